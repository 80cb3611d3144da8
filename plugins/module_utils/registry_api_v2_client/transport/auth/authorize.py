# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Runs the decisions of auth.py: sends their requests, searches logins in a thread, one at a time per client.

Where nobody gave a login and the registry lets everybody in, auth.py and what it stands on are not even imported.
"""

from __future__ import annotations

import asyncio
import typing as t

from ...settings import Login
from ..redirects import is_own, resolve
from ..request import PING, Request

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Mapping

    from ...errors import RegistryError
    from ...reference import Registry
    from ..request import Answer
    from .auth import Authorizer, Reply, Step

    Send = Callable[[Request], Awaitable[Answer]]

_Outcome = t.TypeVar("_Outcome")


class Authorization:
    """The authorization of one session. `send` sends one request just as it is, without asking here again.

    It must not follow redirects of operation "token". Make it in the loop that uses it. Raises ValidationError
    (bad-option) for half a login.
    """

    def __init__(
        self, registry: Registry, login: Login, environ: Mapping[str, str] | None, send: Send,
        address: Callable[[], str | None],
    ) -> None:
        self._registry = registry
        self._login = login
        self._environ = environ
        self._send = send
        self._address = address
        self._lock = asyncio.Lock()  # requests that need the same token wait for one token request
        self._ping: Answer | None = None
        self._authorizer: Authorizer | None = None
        if login != Login(realm_host=login.realm_host):
            self._current_authorizer()

    async def authorized(self, request: Request) -> Request:
        """Return the request with its Authorization header."""
        if self._authorizer is None and await self._let_in(request):
            return request
        judge = self._current_authorizer()
        ready = judge.known(request)
        return ready if ready is not None else await self._locked(judge.flow(request))

    async def _let_in(self, request: Request) -> bool:
        """Return whether a request needs no login, for all that is known; the first one asks /v2/."""
        if request.operation == "ping" or not is_own(
            self._registry, resolve(self._registry, request.target, request.what)
        ):
            return True
        if self._ping is None:
            async with self._lock:
                if self._ping is None:
                    self._ping = await self._send(PING)
        return self._ping.status != 401

    def _current_authorizer(self) -> Authorizer:
        if self._authorizer is None:
            from .auth import Authorizer

            self._authorizer = Authorizer(self._registry, self._login, self._environ, address=self._address)
            if self._ping is not None:
                self._authorizer.pinged(self._ping)
        return self._authorizer

    async def renewed(self, request: Request, answer: Answer) -> Request | None:
        """Return the request with a fresh header after a 401, None where nothing is left to try; ask once."""
        return await self._locked(self._current_authorizer().renewed(request, answer))

    async def refusal(
        self, request: Request, answer: Answer, code: str | None = None, message: str | None = None
    ) -> RegistryError:
        """Return the error that explains a final 401 or 403."""
        return await self._locked(self._current_authorizer().refusal(request, answer, code, message))

    async def _locked(self, steps: Generator[Step, Reply, _Outcome]) -> _Outcome:
        async with self._lock:
            return await run(steps, self._send)


async def run(steps: Generator[Step, Reply, _Outcome], send: Send) -> _Outcome:
    """Return the outcome of a generator of auth.py; errors of its steps are raised inside it first."""
    try:
        step = next(steps)
        while True:
            try:
                reply = await _reply(step, send)
            except Exception as error:
                step = steps.throw(error)
            else:
                step = steps.send(reply)
    except StopIteration as stop:
        return t.cast(_Outcome, stop.value)
    finally:
        steps.close()


async def _reply(step: Step, send: Send) -> Reply:
    if isinstance(step, Request):
        return await send(step)
    return await asyncio.get_running_loop().run_in_executor(None, step.run)
