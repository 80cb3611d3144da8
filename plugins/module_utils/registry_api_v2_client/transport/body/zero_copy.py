# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From file to socket by the kernel, while the event loop goes on reading from that socket.

`loop.sendfile` pauses reading, so that an early 401 or 413 is lost, and fails on other loops. `os.sendfile` on a
duplicate of the socket with `loop.add_writer` has neither fault, at the same cost.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

SLICE = 4 * 1024 * 1024  # bytes of one call: enough to cost nothing, few enough to see an answer in time
LONGEST_LOOK = 0.02  # seconds between two looks at a buffer that drains slowly
READ_AHEAD = 4 * SLICE  # bytes; a call blocks the loop for as long as the disk takes, so the disk is asked beforehand

_CANNOT = frozenset(
    {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOTSOCK, errno.EOVERFLOW, errno.ESPIPE}
)


class CannotError(Exception):
    """This file, socket or event loop cannot do it; `sent` bytes had gone out by then."""

    def __init__(self, sent: int) -> None:
        super().__init__(sent)
        self.sent = sent


class EndOfFileError(Exception):
    """The file ended after `sent` bytes, before the size that was asked for."""

    def __init__(self, sent: int) -> None:
        super().__init__(sent)
        self.sent = sent


def duplicate(transport: asyncio.WriteTransport) -> int | None:
    """Return a duplicate of the transport's socket, to be closed by the caller; None where it has no socket."""
    socket = transport.get_extra_info("socket")
    return os.dup(socket.fileno()) if socket is not None and socket.fileno() >= 0 else None


async def drained(transport: asyncio.WriteTransport, left: int = 0) -> None:
    """Wait until the transport's own buffer holds at most `left` bytes; raises ConnectionResetError when it closes.

    aiohttp's own drain leaves a future behind when it is cancelled, whose error is then reported out of the blue.
    """
    seconds = 0.0
    while transport.get_write_buffer_size() > left and not transport.is_closing():
        await asyncio.sleep(seconds)
        seconds = min(seconds * 2 or 0.0005, LONGEST_LOOK)
    if transport.is_closing():
        raise ConnectionResetError("the connection was closed before the end of the body")


async def send(out: int, fd: int, offset: int, size: int, moved: Callable[[int], None]) -> None:
    """Send `size` bytes of the file `fd` from `offset` to the socket `out`; `moved` is told of each step.

    Raises EndOfFileError, CannotError, OSError of the socket, and whatever `moved` raises.
    """
    sent = advised = 0
    while sent < size:
        if sent + SLICE > advised:
            _advise(fd, offset + advised, READ_AHEAD)
            advised += READ_AHEAD
        count = _send_slice(out, fd, offset + sent, min(SLICE, size - sent), sent)
        if count is None:
            await _writable(out, sent)
            continue
        if not count:
            raise EndOfFileError(sent)
        sent += count
        moved(count)
        await asyncio.sleep(0)  # lets the loop see an early answer


def _send_slice(out: int, fd: int, offset: int, size: int, sent: int) -> int | None:
    try:
        return os.sendfile(out, fd, offset, size)
    except (BlockingIOError, InterruptedError):
        return None
    except AttributeError as error:  # a system without it
        raise CannotError(sent) from error
    except OSError as error:
        if error.errno in _CANNOT:
            raise CannotError(sent) from error
        raise


async def send_bytes(out: int, data: memoryview) -> None:
    """Send bytes to the socket `out`. Raises CannotError, and OSError of the socket."""
    sent = 0
    while sent < len(data):
        try:
            sent += os.write(out, data[sent:sent + SLICE])
        except (BlockingIOError, InterruptedError):
            await _writable(out, sent)


def _advise(fd: int, offset: int, size: int) -> None:
    with contextlib.suppress(AttributeError, OSError):  # it is advice; macOS has no such call
        os.posix_fadvise(fd, offset, size, os.POSIX_FADV_WILLNEED)


async def _writable(out: int, sent: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    try:
        loop.add_writer(out, _settle, ready)
    except NotImplementedError as error:
        raise CannotError(sent) from error
    try:
        await ready
    finally:
        loop.remove_writer(out)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
