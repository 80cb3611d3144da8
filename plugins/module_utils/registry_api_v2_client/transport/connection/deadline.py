# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A bound on work within one task, for every Python that this runs on: asyncio.timeout came with 3.11.

asyncio.wait_for makes a task of its own, whose detour through the loop is enough for a cut connection to be noticed
before the bytes that came over it are read.
"""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

RESPONSE_TIMEOUT_FACTOR = 10  # times `timeout`: a registry may move and hash a large blob before it answers
AGAIN = 0.1  # seconds; asyncio.wait_for of Python before 3.12 may swallow a cancellation that meets its result


@contextlib.contextmanager
def within(seconds: float) -> t.Iterator[None]:
    """Raise asyncio.TimeoutError where the block, which is in a task, takes longer; a cancellation passes through."""
    loop, task = asyncio.get_running_loop(), t.cast(t.Any, asyncio.current_task())
    timer: asyncio.TimerHandle
    cancelled = 0

    def end() -> None:
        nonlocal cancelled, timer
        cancelled += 1
        task.cancel()
        timer = loop.call_later(AGAIN, end)

    timer = loop.call_later(seconds, end)
    try:
        yield
    except asyncio.CancelledError:
        if cancelled and not _others_want_it(task, cancelled):
            raise asyncio.TimeoutError from None
        raise
    finally:
        timer.cancel()


def _others_want_it(task: t.Any, ours: int) -> bool:
    """Take our own cancellations back; True where somebody else has cancelled the task too, which 3.11 can tell."""
    return hasattr(task, "uncancel") and [task.uncancel() for _each in range(ours)][-1] > 0
