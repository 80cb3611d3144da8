# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Runs the decisions of auth.py: sends their requests, searches logins in a thread, one at a time per client."""

from __future__ import annotations

import asyncio
import typing as t

from .credentials import Found, Lookup

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    from ..errors import RegistryError
    from .auth import Authorizer, Reply, Step
    from .request import Answer, Request

    Send = Callable[[Request], Awaitable[Answer]]

_Outcome = t.TypeVar("_Outcome")


class Authorization:
    """The authorization of one session. `send` sends one request just as it is, without asking here again.

    It must not follow redirects of operation "token". Make it in the loop that uses it.
    """

    def __init__(self, authorizer: Authorizer, send: Send) -> None:
        self._authorizer = authorizer
        self._send = send
        self._lock = asyncio.Lock()  # requests that need the same token wait for one token request

    async def authorized(self, request: Request) -> Request:
        """Return the request with its Authorization header."""
        ready = self._authorizer.known(request)
        return ready if ready is not None else await self._locked(self._authorizer.flow(request))

    async def renewed(self, request: Request, answer: Answer) -> Request | None:
        """Return the request with a fresh header after a 401, None where nothing is left to try; ask once."""
        return await self._locked(self._authorizer.renewed(request, answer))

    async def refusal(
        self, request: Request, answer: Answer, code: str | None = None, message: str | None = None
    ) -> RegistryError:
        """Return the error that explains a final 401 or 403."""
        return await self._locked(self._authorizer.refusal(request, answer, code, message))

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
    if isinstance(step, Lookup):
        return t.cast(Found, await asyncio.get_running_loop().run_in_executor(None, step.run))
    return await send(step)
