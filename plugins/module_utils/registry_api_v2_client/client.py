# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""RegistryClient: one session with one registry, many calls."""

from __future__ import annotations

import asyncio
import typing as t

from .problems import problem
from .push.request import PushOptions, Source
from .settings import Settings
from .transport.session import Session

if t.TYPE_CHECKING:
    from types import TracebackType

    from .push.request import PushProgress
    from .push.result import PushResult

_V = t.TypeVar("_V")


class RegistryClient:
    """A registry, talked to over one pool of connections: `async with RegistryClient(settings) as registry`.

    Belongs to the event loop and process in which it was opened; elsewhere its calls raise RegistryError (wrong-loop).
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._session = Session(settings)

    async def __aenter__(self) -> RegistryClient:
        await self._session.open()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._session.aclose()

    async def push(
        self, sources: t.Sequence[Source], options: PushOptions = PushOptions(), *, check: bool = False,
        progress: PushProgress | None = None,
    ) -> PushResult:
        """Push image archives; with `check` only tell what would be sent, by GET and HEAD.

        What fails is part of the result (`result.error`). Raises ValidationError for names that break the grammar and
        for two contents under one name, ConnectionFailedError (out-of-time) after `settings.total_timeout` seconds.
        """
        from .push.engine import push  # loads the archive readers, which other calls do not need

        work = push(self._session, sources, options, check=check, progress=progress)
        return await self._bounded(work, "The push")

    async def _bounded(self, work: t.Coroutine[t.Any, t.Any, _V], what: str) -> _V:
        limit = self.settings.total_timeout
        try:
            return await asyncio.wait_for(work, limit)
        except asyncio.TimeoutError:
            raise problem("out-of-time", what=what, timeout=limit, retryable=True) from None
