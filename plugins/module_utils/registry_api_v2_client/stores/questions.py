# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Questions to one registry: each asked once, several at a time."""

from __future__ import annotations

import asyncio
import typing as t

from ..concurrency import started

CONCURRENT = 16  # questions in flight: enough to hide latency, few enough for any registry

_V = t.TypeVar("_V")


class Questions:
    """Answers by key. `aclose` it."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(CONCURRENT)
        self._asked: dict[tuple[str, ...], asyncio.Future[t.Any]] = {}
        self._forgotten: list[asyncio.Future[t.Any]] = []

    async def once(self, key: tuple[str, ...], ask: t.Callable[[], t.Awaitable[_V]]) -> _V:
        """Return the answer to a question that may have been asked before."""
        if key not in self._asked:
            self._asked[key] = started(self.now(ask))
        return t.cast(_V, await asyncio.shield(self._asked[key]))

    async def now(self, ask: t.Callable[[], t.Awaitable[_V]]) -> _V:
        """Return the answer to a question that is asked each time."""
        async with self._gate:
            return await ask()

    def forget(self) -> None:
        """Ask everything again from here on."""
        self._forgotten += self._asked.values()
        self._asked = {}

    async def aclose(self) -> None:
        """Cancel what is still being asked."""
        futures = [*self._asked.values(), *self._forgotten]
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)
