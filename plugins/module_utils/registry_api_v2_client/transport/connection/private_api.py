# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""All that relies on private parts of aiohttp and asyncio; tests/client/transport/test_private_api.py checks each.

There is no public way to do these for all the versions that we run with.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import typing as t
import weakref

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ._aiohttp import aiohttp


def never_repeat(http: aiohttp.ClientSession) -> None:
    """Keep aiohttp from sending a PUT or DELETE again after a lost connection (aiohttp#10790).

    3.12 and newer have this switch; 3.10 and 3.11 repeat only methods that they are given in capitals.
    """
    if hasattr(http, "_retry_connection"):
        http._retry_connection = False


def transports_of(http: aiohttp.ClientSession, addresses: dict[str, str]) -> weakref.WeakSet[t.Any]:
    """Return a set that every transport joins when the session's connector makes it, in the pool or not.

    `addresses` gets the IP address of each host that is reached without a proxy.
    """
    connector: t.Any = http.connector
    create = connector._create_connection  # of this name in aiohttp 3.8 to 3.14
    made: weakref.WeakSet[t.Any] = weakref.WeakSet()

    async def noted(*words: t.Any, **options: t.Any) -> t.Any:
        protocol = await create(*words, **options)
        with contextlib.suppress(TypeError):  # uvloop's know no weak references; it closes them itself
            made.add(protocol.transport)
        peer = protocol.transport.get_extra_info("peername")
        if peer and words[0].proxy is None:
            addresses[words[0].url.host] = peer[0]
        return protocol

    connector._create_connection = noted
    return made


def abort(transport: t.Any) -> None:
    """Cut a connection, also one that is closed already."""
    with contextlib.suppress(AttributeError):  # asyncio's transports have no loop any more when they are closed twice
        transport.abort()
        transport.close()  # asyncio before 3.11 otherwise takes an aborted TLS transport for a leaked one


def tolerate_resets(transport: asyncio.BaseTransport) -> None:
    """Keep a failed send from ending the reading, for transports of asyncio's own loops; others are left alone.

    A registry that answers 413 in the middle of a body and closes leaves two things behind: its answer, unread, and a
    reset, on which the next send fails. asyncio's transports close at that and throw the answer away. With this socket
    the send reports nothing; the reading that follows finds the answer, then the end.
    """
    plain = getattr(transport.get_extra_info("socket"), "_sock", None)
    if plain.__class__ is socket.socket:  # neither a subclass, nor what another loop has
        plain.__class__ = ResetTolerantSocket


class ResetTolerantSocket(socket.socket):
    """A socket that treats bytes for a peer that is gone as sent."""

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
