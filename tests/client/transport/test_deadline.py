# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A bound on work: it ends what takes too long, once, and never takes somebody else's cancellation for its own."""

from __future__ import annotations

import asyncio

import pytest
from registry_api_v2_client.transport.connection.deadline import within


def test_what_is_done_in_time_is_not_touched():
    async def work():
        with within(0.05):
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        return "done"

    assert asyncio.run(work()) == "done"


def test_what_takes_too_long_ends():
    async def work():
        with within(0.01):
            await asyncio.sleep(60)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(work())


def test_work_that_swallows_the_first_cancellation_ends_with_the_next():
    async def deaf():
        for _attempt in range(2):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(60)

    async def work():
        with within(0.01):
            await deaf()

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(work())


def test_the_inner_bound_leaves_the_outer_one_alone():
    async def work():
        with within(5):
            with pytest.raises(asyncio.TimeoutError):
                with within(0.01):
                    await asyncio.sleep(60)
            await asyncio.sleep(0.01)
            return "done"

    assert asyncio.run(work()) == "done"


def test_the_outer_bound_passes_through_the_inner_one():
    async def work():
        with within(0.01):
            with within(5):
                await asyncio.sleep(60)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(work())


def test_a_cancellation_passes_through():
    async def work():
        with within(5):
            await asyncio.sleep(60)

    async def main():
        task = asyncio.ensure_future(work())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.cancelled()

    assert asyncio.run(main())


def test_wait_for_around_it_still_tells_its_own_end():
    """Python 3.12's wait_for counts cancellations; ours must be taken back."""

    async def work():
        with pytest.raises(asyncio.TimeoutError):
            with within(0.01):
                await asyncio.sleep(60)
        await asyncio.sleep(0)
        return "done"

    async def main():
        return await asyncio.wait_for(work(), 5)

    assert asyncio.run(main()) == "done"
