# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A door that lets a changing number through at once."""

from __future__ import annotations

import asyncio
import typing as t
from collections import deque
from contextlib import asynccontextmanager

from .retry import Concurrency

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Gate:
    """Waits in order of arrival; how many are let in follows `concurrency`, which may change while they wait."""

    def __init__(self, concurrency: Concurrency) -> None:
        self.concurrency = concurrency
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Be inside; leaves in any case."""
        await self._acquire()
        try:
            yield
        finally:
            self._inside -= 1
            self.refresh()

    async def _acquire(self) -> None:
        if self._inside < self.concurrency.allowed and not self._waiting:
            self._inside += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # let in and cancelled in the same moment
                self._inside -= 1
                self.refresh()
            raise

    def refresh(self) -> None:
        """Let in whoever may come in now."""
        while self._waiting and (self._waiting[0].done() or self._inside < self.concurrency.allowed):
            place = self._waiting.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)
