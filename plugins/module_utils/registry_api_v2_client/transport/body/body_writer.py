# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where the bytes of a body leave: the socket itself, or under TLS the transport, without losing an answer.

A transport whose write fails throws away what it has not read yet, and that may be the 413 which explains the failure.
So bytes go to a duplicate of the socket, whose errors the transport does not see. TLS has to go by the transport: there
incoming bytes are let in before each record, and private_api.py keeps a failure from the transport.
"""

from __future__ import annotations

import asyncio
import os
import select
import typing as t

from ..connection.private_api import tolerate_resets
from . import zero_copy

if t.TYPE_CHECKING:
    from collections.abc import Callable

RECORD = 64 * 1024  # bytes handed to TLS at once; between two of them an answer is noticed
IN_BUFFER = 256 * 1024  # bytes that may wait in the transport before the next are handed over
_NEWS_ROUNDS = 100  # turns of the loop that incoming bytes are given to be read


class AnsweredEarlyError(ConnectionResetError):
    """The registry has answered, so the rest of the body is not sent."""


class BodyWriter:
    """The way out of one body. `close` it; the transport stays aiohttp's."""

    def __init__(self, writer: t.Any, answered: Callable[[], bool]) -> None:
        self._writer = writer
        self._transport: asyncio.WriteTransport = writer.transport
        self._answered = answered
        self._chunked = bool(writer.chunked)
        self._socket = zero_copy.duplicate(self._transport)
        self._is_tls = self._transport.get_extra_info("sslcontext") is not None
        tolerate_resets(self._transport)

    @property
    def socket(self) -> int | None:
        """The socket that takes plain bytes, None under TLS and where there is none."""
        return None if self._is_tls else self._socket

    def close(self) -> None:
        """Give the duplicate back."""
        if self._socket is not None:
            os.close(self._socket)
            self._socket = None

    async def open(self) -> None:
        """Send the request's head, after which the body may follow."""
        if hasattr(self._writer, "send_headers"):  # aiohttp 3.12 keeps them back for the first write
            self._writer.send_headers()
        await zero_copy.drained(self._transport)

    async def write(self, data: bytes | memoryview) -> None:
        """Send bytes, as one chunk where the body is chunked. Raises AnsweredEarlyError, OSError."""
        if self._answered():
            raise AnsweredEarlyError("answered before the end of the body")
        rest = memoryview(b"".join((b"%x\r\n" % len(data), data, b"\r\n")) if self._chunked else data)
        if self.socket is not None:
            try:
                await zero_copy.send_bytes(self.socket, rest)
                return
            except zero_copy.CannotError as error:
                rest, self._is_tls = rest[error.sent:], True  # from here on by the transport, as if it were TLS
        for start in range(0, len(rest), RECORD):
            await self._by_transport(rest[start:start + RECORD])

    async def _by_transport(self, record: memoryview) -> None:
        for _round in range(_NEWS_ROUNDS):
            if self._answered():
                raise AnsweredEarlyError("answered before the end of the body")
            if not self._has_news():
                break
            await asyncio.sleep(0)
        if not self._transport.is_closing():
            self._transport.write(record)
        await zero_copy.drained(self._transport, IN_BUFFER)

    def _has_news(self) -> bool:
        if self._socket is None:
            return False
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        return bool(poller.poll(0))
