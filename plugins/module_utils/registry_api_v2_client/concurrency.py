# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Many coroutines at once that end together: the first failure cancels the rest and is raised."""

from __future__ import annotations

import asyncio
import typing as t

_V = t.TypeVar("_V")


def started(work: t.Coroutine[t.Any, t.Any, _V]) -> asyncio.Task[_V]:
    """Return the work as a task whose failure asyncio does not print if nobody awaits it any more."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


async def run_all(calls: t.Iterable[t.Coroutine[t.Any, t.Any, _V]]) -> list[_V]:
    """Return all results in order; on the first exception, or when cancelled, nothing is left running.

    (asyncio.TaskGroup needs Python 3.11, and targets run 3.9.)
    """
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
