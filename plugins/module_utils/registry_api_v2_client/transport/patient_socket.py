# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A socket whose failed sending does not end the reading.

A registry that answers 413 in the middle of a body and closes leaves two things behind: its answer, unread, and a
reset, on which the next send fails. asyncio's transports close at that and throw the answer away. So the send of a
connection that carries a body says nothing of the reset; the reading that follows finds the answer, then the end.
"""

from __future__ import annotations

import asyncio
import socket
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable


class PatientSocket(socket.socket):
    """A socket that takes bytes for a peer that is gone as sent."""

    __slots__ = ()

    def send(self, data: t.Any, flags: int = 0) -> int:
        """Return how many bytes were sent, all of them where the peer has closed the connection."""
        try:
            return super().send(data, flags)
        except (BrokenPipeError, ConnectionResetError):
            return memoryview(data).nbytes

    def sendmsg(self, buffers: Iterable[t.Any], *more: t.Any) -> int:
        """The same for several buffers at once, which asyncio uses since Python 3.12."""
        pieces = list(buffers)
        try:
            return super().sendmsg(pieces, *more)
        except (BrokenPipeError, ConnectionResetError):
            return sum(memoryview(piece).nbytes for piece in pieces)


def make_patient(transport: asyncio.BaseTransport) -> None:
    """Let the socket of a transport of asyncio's own loops be a patient one; others are left as they are.

    asyncio has no way to bring a socket class of one's own for all the versions of aiohttp that we run with.
    """
    plain = getattr(transport.get_extra_info("socket"), "_sock", None)
    if plain.__class__ is socket.socket:  # neither a subclass, nor what another loop has
        plain.__class__ = PatientSocket
