# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What holds one session with one registry, and bounds each call by the deadline of its settings."""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

from ..problems import problem, system_problem
from ..settings import RegistryConfig, Settings, connection_settings
from .session import Session

if t.TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ..settings import Connection

_V = t.TypeVar("_V")
_Self = t.TypeVar("_Self", bound="Connected")


class Connected:
    """A session with a registry, open inside of `async with`."""

    def __init__(self, config: Settings | RegistryConfig | str, **options: Unpack[Connection]) -> None:
        self.settings = _settings(config, options)
        self._session = Session(self.settings)
        self._open = False

    async def __aenter__(self: _Self) -> _Self:
        if self._open:
            raise problem("wrong-loop")
        with _system_problems():
            await self._session.open()
        self._open = True
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._session.aclose()
        self._open = False

    async def run(self, call: t.Callable[[Session], t.Coroutine[t.Any, t.Any, _V]], what: str) -> _V:
        """Return what a call of an engine gives for this session; `what` names it if it takes too long."""
        return await self._bounded(call(self._session), what)

    async def _bounded(self, work: t.Coroutine[t.Any, t.Any, _V], what: str) -> _V:
        limit = self.settings.total_timeout
        try:
            with _system_problems():
                return await asyncio.wait_for(work, limit)
        except asyncio.TimeoutError:
            raise problem("out-of-time", what=what, timeout=limit, retryable=True) from None


@contextlib.contextmanager
def _system_problems() -> t.Iterator[None]:
    """Turn a limit of open files, and a module that cannot be loaded, into a RegistryError."""
    try:
        yield
    except (OSError, ImportError) as error:
        known = system_problem(error)
        if known is None:
            raise
        raise known from error


def _settings(config: Settings | RegistryConfig | str, options: t.Mapping[str, t.Any]) -> Settings:
    if isinstance(config, str):
        return connection_settings(config, Settings.timeout, None, options)
    if options:
        raise TypeError("keyword arguments go with a URL; write them into the settings otherwise")
    return config.settings if isinstance(config, RegistryConfig) else config
