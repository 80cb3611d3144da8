# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bodies of requests as aiohttp payloads that serve one attempt each and do not lose an early answer.

aiohttp 3.10 and newer send the same payload again after a lost connection (aiohttp#10790), so a second use is an error.
Older ones return a half-sent connection to their pool, so it is marked for closing before the first byte.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import typing as t

from ...errors import RegistryError
from ...problems import problem, size_text
from ..connection._aiohttp import Payload, version
from ..connection.private_api import abort
from ..request import FileBody, RangeBody, StreamBody
from . import zero_copy
from .body_writer import AnsweredEarlyError, BodyWriter
from .file_slice import open_slice
from .stall_detector import queued_in

if t.TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter

    from ..request import Body, Progress
    from .stall_detector import StallDetector

READ_SIZE = 1024 * 1024  # bytes of one read where the kernel cannot send by itself
EARLY_RESPONSE_WAIT = 2.0  # seconds; after a cut connection the answer that explains it may still be on its way to us
POOL_IS_CAREFUL = (3, 10)  # the aiohttp that does not reuse a connection whose body was not sent to its end


class OneShot(Payload):
    """A body that can be sent once. Kinds of bodies implement `_send`."""

    _default_content_type = "application/octet-stream"
    _autoclose = True  # nothing is held open between two calls

    def __init__(self, value: t.Any, size: int | None, watch: StallDetector, progress: Progress | None) -> None:
        super().__init__(value)
        self._size = size
        self.watch = watch
        self.complete = False
        self.error: RegistryError | None = None  # what our own side did wrong; aiohttp would hide it in its own error
        self._progress = progress
        self._used = False
        self._answered = asyncio.Event()
        self._transport: asyncio.WriteTransport | None = None

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """A body is never text."""
        raise TypeError("a body of a request to a registry is not text")

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Send the body; aiohttp calls this once for each connection that it tries."""
        if self._used:
            raise RuntimeError("one payload serves one attempt")
        self._used = self._consumed = True
        wire = t.cast(t.Any, writer)
        if version() < POOL_IS_CAREFUL:
            wire.protocol.force_close()
        try:
            await self._write(wire)
            self.complete = True
        except OSError:
            await self._await_early_response()
            raise
        except RegistryError as error:
            self.error = error
            raise
        finally:
            if not self.complete:
                wire.protocol.force_close()

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """The same under the name that aiohttp 3.12 calls; the length is ours and known to be right."""
        await self.write(writer)

    def answered(self) -> None:
        """Take note that the answer has begun: what has not been sent by now is not needed."""
        self._answered.set()

    def abort(self) -> None:
        """Close the connection at once where it will not be used again: a peer may have stopped to read or answer."""
        if self._transport is None or (self.complete and version() >= POOL_IS_CAREFUL):
            return
        abort(self._transport)

    async def _write(self, writer: t.Any) -> None:
        transport = writer.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection was closed before the body")
        self._transport = transport
        self.watch.start(queued_in(transport))
        outlet = BodyWriter(writer, self._answered.is_set)
        try:
            await outlet.open()
            await self._send(outlet)
        finally:
            outlet.close()
        self.watch.finished = True

    async def _send(self, outlet: BodyWriter) -> None:
        raise NotImplementedError

    def _moved(self, size: int) -> None:
        self.watch.sent += size
        if self._progress is not None:
            self._progress(size)
        if self._answered.is_set():
            raise AnsweredEarlyError("answered before the end of the body")

    async def _pass(self, outlet: BodyWriter, data: bytes | memoryview) -> None:
        await outlet.write(data)
        self._moved(len(data))

    async def _await_early_response(self) -> None:
        if self._answered.is_set():
            return
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._answered.wait(), EARLY_RESPONSE_WAIT)


class BytesPayload(OneShot):
    """A small body that is at hand: a manifest, a config."""

    def __init__(self, data: bytes, watch: StallDetector) -> None:
        super().__init__(data, len(data), watch, None)
        self._data = memoryview(data)

    async def _send(self, outlet: BodyWriter) -> None:
        for start in range(0, len(self._data), READ_SIZE):
            await self._pass(outlet, self._data[start:start + READ_SIZE])


class FilePayload(OneShot):
    """A part of a file, sent by the kernel where it can, else read in a thread."""

    def __init__(self, body: FileBody, watch: StallDetector, what: str) -> None:
        super().__init__(body, body.size, watch, body.progress)
        self._slice = body.slice
        self._what = what

    async def _send(self, outlet: BodyWriter) -> None:
        fd = open_slice(self._slice)
        try:
            sent = await self._by_kernel(outlet, fd)
            if sent < self._slice.size:
                await self._by_reading(outlet, fd, sent)
        except zero_copy.EndOfFileError as end:
            raise self._truncated(fd, end.sent) from None
        finally:
            os.close(fd)

    async def _by_kernel(self, outlet: BodyWriter, fd: int) -> int:
        """Return how many bytes went out before it turned out that this way is closed."""
        if outlet.socket is None:
            return 0
        try:
            await zero_copy.send(outlet.socket, fd, self._slice.offset, self._slice.size, self._moved)
        except zero_copy.CannotError as error:
            return error.sent
        return self._slice.size

    async def _by_reading(self, outlet: BodyWriter, fd: int, sent: int) -> None:
        loop = asyncio.get_running_loop()
        while sent < self._slice.size:
            count = min(READ_SIZE, self._slice.size - sent)
            with self.watch.paused():
                data = await loop.run_in_executor(None, os.pread, fd, count, self._slice.offset + sent)
            if not data:
                raise zero_copy.EndOfFileError(sent)
            await self._pass(outlet, data)
            sent += len(data)

    def _truncated(self, fd: int, sent: int) -> RegistryError:
        path, size = self._slice.path, os.fstat(fd).st_size
        missing = size_text(self._slice.size - sent)
        return problem("truncated", path=path, member=self._what, missing=missing, size=size_text(size))


class StreamPayload(OneShot):
    """A body that is made while it is sent, in chunked transfer coding unless its size is known."""

    def __init__(self, body: StreamBody | RangeBody, watch: StallDetector) -> None:
        if isinstance(body, RangeBody):
            super().__init__(body, body.size, watch, body.progress)
            self._open: t.Callable[[], t.AsyncIterator[bytes]] = functools.partial(body.open, body.offset, body.size)
        else:
            super().__init__(body, None, watch, body.progress)
            self._open = body.open

    async def _send(self, outlet: BodyWriter) -> None:
        stream = self._open()
        try:
            while True:
                with self.watch.paused():
                    data = await _next(stream)
                if data is None:
                    break
                if data:  # an empty chunk would end the body
                    await self._pass(outlet, data)
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()


async def _next(stream: t.AsyncIterator[bytes]) -> bytes | None:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return None


def payload_of(body: Body, watch: StallDetector, what: str) -> OneShot | None:
    """Return a fresh payload for one attempt, None where there is nothing to send."""
    if isinstance(body, FileBody):
        return FilePayload(body, watch, what) if body.size else None
    if isinstance(body, (RangeBody, StreamBody)):
        return StreamPayload(body, watch)
    return BytesPayload(body, watch) if body else None
