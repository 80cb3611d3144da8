# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A thread with an event loop of its own, so that sync tests, async tests and other processes can all talk to the
server.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def _monotonic() -> float:
    return time.clock_gettime(time.CLOCK_MONOTONIC)


class StartError(RuntimeError):
    """The server did not start; the message says why."""


class LoopThread:
    """Runs coroutines for other threads until it is stopped."""

    def __init__(self, name: str, timeout: float) -> None:
        self._timeout = timeout
        self._loop = asyncio.new_event_loop()
        # Tests freeze `time.monotonic`, by which a loop measures; the registry's delays have to end all the same.
        self._loop.time = _monotonic  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the coroutine, or what it raised.

        StartError when it takes longer than the timeout (seconds).
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this would wait for the registry inside the registry's own thread")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(self._timeout)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise StartError(f"the registry's thread did not answer within {self._timeout:g} s") from None

    def stop(self) -> None:
        """End all tasks, close the loop and wait for the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(self._timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._cancel_rest()
        finally:
            self._loop.close()

    def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        if rest:
            self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
