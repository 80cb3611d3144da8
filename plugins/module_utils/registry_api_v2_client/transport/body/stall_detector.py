# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Does a body still move: the verdict on one transfer, from bytes sent and bytes that wait in buffers.

A clock on reading alone does not do: aiohttp's `sock_read` fires while megabytes are still on their way out.
"""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
import time
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator


class StallDetector:
    """One transfer. `timeout` is seconds without a byte moving, `answer_timeout` seconds after the last one."""

    def __init__(
        self, timeout: float, answer_timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.timeout = timeout
        self.answer_timeout = answer_timeout
        self.sent = 0
        self.finished = False
        self._clock = clock
        self._queued: Callable[[], int] = _nothing
        self._mark: tuple[int, int, bool] | None = None
        self._since = 0.0
        self._waits_for_us = True  # until the connection stands; connecting has its own timeout

    @property
    def step(self) -> float:
        """Seconds between two looks."""
        return max(0.05, min(1.0, self.timeout / 4))

    def start(self, queued: Callable[[], int]) -> None:
        """Begin to count; `queued` tells how many bytes wait in buffers."""
        self._queued = queued
        self._waits_for_us = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count while our own side makes the next bytes."""
        self._waits_for_us = True
        try:
            yield
        finally:
            self._waits_for_us = False

    def check(self) -> str:
        """Return what is wrong in words that follow the registry's name, "" as long as nothing is."""
        now = self._clock()
        queued = self._queued()
        mark = (self.sent, queued, self.finished)
        if mark != self._mark or self._waits_for_us:
            self._mark, self._since = mark, now
            return ""
        if self.finished and not queued:
            return f"sent no answer for {self.answer_timeout:g} s" if now - self._since >= self.answer_timeout else ""
        return f"took no byte for {self.timeout:g} s" if now - self._since >= self.timeout else ""


def _nothing() -> int:
    return 0


def queued_in(transport: asyncio.WriteTransport) -> Callable[[], int]:
    """Return a function that counts what the transport and the kernel have not yet got rid of, in bytes."""
    socket = transport.get_extra_info("socket")

    def queued() -> int:
        if transport.is_closing():
            return 0
        return transport.get_write_buffer_size() + (_in_kernel(socket.fileno()) if socket is not None else 0)

    return queued


def _in_kernel(fd: int) -> int:
    if fd < 0 or not sys.platform.startswith("linux"):  # elsewhere the request number has another meaning
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0\0\0\0"))[0])
    except OSError:
        return 0
