# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One request on its way through a server, and its body, which faults may slow down or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from ..faults import NO_FAULT, Fault
from ..operations import Operation, Query, first
from ..request_log import LoggedRequest
from .reply import Reply, error, error_of_status

MAX_SMALL_BODY = 1024 * 1024


class Interrupted(Exception):
    """A fault or limit ends the exchange here; `reply` is what is still said, None when the connection is reset."""

    def __init__(self, reply: Reply | None, then: str = "drain") -> None:
        super().__init__(reply, then)
        self.reply = reply
        self.then = then


class Stalled(Interrupted):
    """Nothing is said any more, the connection stays open."""


class Body:
    """The bytes of a request, in pieces, never whole."""

    def __init__(self, request: web.BaseRequest, entry: LoggedRequest, fault: Fault = NO_FAULT, limit: int = 0) -> None:
        self.declared = request.content_length
        self.interrupted: Interrupted | None = None
        self._request = request
        self._entry = entry
        self._fault = fault
        self._limit = limit
        self._expects = request.headers.get("Expect", "").lower() == "100-continue"

    @property
    def exists(self) -> bool:
        """Whether the request may have a body at all."""
        return bool(self.declared) or "chunked" in self._request.headers.get("Transfer-Encoding", "").lower()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces as they arrive. Interrupted when a fault or the limit ends them."""
        self._check_limit(self.declared or 0)
        self._check_fault(0)
        self._continue()
        while True:
            piece = await self._request.content.readany()
            if not piece:
                break
            for part in self._paced(piece):
                await self._pace(part)
                before = self._entry.body_size
                self._entry.body_size += len(part)
                cut = self._cut(before, len(part))
                if cut:
                    yield part[:cut]
                self._check_fault(self._entry.body_size)
                self._check_limit(self._entry.body_size)
        self._check_end()

    async def read(self, limit: int = MAX_SMALL_BODY) -> bytes | None:
        """A small body whole; None when it is bigger than limit bytes, the rest having been read and dropped."""
        data = bytearray()
        async for piece in self.chunks():
            data += piece[: limit + 1 - len(data)]
        return bytes(data) if len(data) <= limit else None

    async def drain(self) -> None:
        """Read and drop the rest."""
        self._continue()
        while True:
            piece = await self._request.content.readany()
            if not piece:
                return
            self._entry.body_size += len(piece)

    def _continue(self) -> None:
        if self._expects and self._request.transport is not None:
            self._expects = False
            self._request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _threshold(self) -> int | None:
        """After how many bytes the fault strikes; None when it is none about the body."""
        if self._fault.reset_after is not None:
            return self._fault.reset_after
        return self._fault.after_bytes if self._fault.early or self._fault.stall == "unread" else None

    def _cut(self, before: int, size: int) -> int:
        threshold = self._threshold()
        return size if threshold is None else min(size, max(0, threshold - before))

    def _check_fault(self, received: int) -> None:
        threshold = self._threshold()
        if threshold is not None and received >= threshold:
            self._interrupt()

    def _check_end(self) -> None:
        if self._threshold() is not None:
            self._interrupt()

    def _interrupt(self) -> None:
        fault = self._fault
        if fault.stall:
            self._stop(Stalled(None, "stall"))
        if fault.reset_after is not None:
            self._stop(Interrupted(None))
        self._stop(Interrupted(fault_reply(fault), fault.then))

    def _check_limit(self, size: int) -> None:
        if self._limit and size > self._limit:
            message = f"the request's body is bigger than {self._limit} bytes"
            self._stop(Interrupted(error("SIZE_INVALID", message, 413), "close"))

    def _stop(self, reason: Interrupted) -> None:
        self.interrupted = reason
        raise reason

    def _paced(self, piece: bytes) -> list[bytes]:
        rate = self._fault.bytes_per_second
        if not rate:
            return [piece]
        step = max(1, rate // 20)
        return [piece[at : at + step] for at in range(0, len(piece), step)]

    async def _pace(self, part: bytes) -> None:
        if self._fault.bytes_per_second:
            await asyncio.sleep(len(part) / self._fault.bytes_per_second)


@dataclass
class Exchange:
    """A request with everything that was found out about it.

    `origin` is scheme and authority as the client wrote them.
    """

    request: web.BaseRequest
    operation: Operation
    query: Query
    body: Body
    entry: LoggedRequest
    fault: Fault
    origin: str

    @property
    def repository(self) -> str:
        """The repository of the path, or the empty string."""
        return self.operation.repository

    @property
    def reference(self) -> str:
        """The tag, digest or session of the path."""
        return self.operation.reference

    def parameter(self, name: str) -> str:
        """The first value of a query parameter, or the empty string."""
        return first(self.query, name)

    def header(self, name: str) -> str:
        """All values of a request header as one comma list; the empty string when there is none."""
        return ", ".join(self.request.headers.getall(name, []))


def fault_reply(fault: Fault) -> Reply:
    """The answer that a fault with a status or redirect gives."""
    headers = {} if fault.retry_after is None else {"Retry_After": _seconds(fault.retry_after)}
    return error_of_status(fault.status or 500, fault.code, fault.message, **headers)


def _seconds(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"
