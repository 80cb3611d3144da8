# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The session: sends requests to one registry, with credentials, redirects and retries. Thin; others decide."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
import typing as t
import weakref
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from ..errors import RegistryError
from ..problems import problem
from ..reference import parse_registry
from . import answers
from .auth.authorize import Authorization
from .connection import retry
from .connection._aiohttp import require_aiohttp
from .connection.gate import Gate
from .connection.wire import Wire, beginning
from .operations import OPERATIONS
from .redirects import MAX_REDIRECTS, is_own, redirected, resolve
from .request import FileBody, RangeBody, StreamBody

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from types import TracebackType

    from ..reference import Registry
    from ..settings import Settings
    from .request import Answer, Chunks, Request

MAX_SMALL = 16  # requests without a body under way at once; more only queue up in the registry

_log = logging.getLogger("registry_api_v2_client")


class Session:
    """One client's connection to one registry, for one event loop; `async with`, or `open` and `aclose`.

    `environ` stands for the process environment (proxies, logins), `sleep` for asyncio.sleep, `clock` (seconds) for
    time.monotonic. Raises RegistryError (no-aiohttp, wrong-loop) and ValidationError (bad-url, bad-option).
    """

    def __init__(
        self,
        settings: Settings,
        *,
        environ: Mapping[str, str] | None = None,
        sleep: Callable[[float], Awaitable[t.Any]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        require_aiohttp()
        self._settings = settings
        self._registry = parse_registry(settings.url)
        self._environ = environ
        self._sleep = sleep
        self._clock = clock
        self._failing: weakref.WeakKeyDictionary[asyncio.Task[t.Any], float] = weakref.WeakKeyDictionary()
        self._wire = Wire(settings, self._registry, environ)
        self._pace = retry.Pace()
        self._small = Gate(retry.Concurrency(MAX_SMALL))
        self._uploads = Gate(retry.Concurrency(settings.max_concurrent))
        self._home: tuple[int, asyncio.AbstractEventLoop] | None = None
        self._authorization: Authorization | None = None

    @property
    def registry(self) -> Registry:
        """The registry that is talked to."""
        return self._registry

    @property
    def settings(self) -> Settings:
        """How it is talked to."""
        return self._settings

    async def __aenter__(self) -> Session:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Bind the session to this event loop and process. Sends nothing."""
        self._home = (os.getpid(), asyncio.get_running_loop())
        self._authorization = Authorization(
            self._registry, self._settings.login, self._environ, self._bare, self._wire.address
        )
        await self._wire.open()

    async def aclose(self) -> None:
        """Close all connections."""
        self._check_home()
        await self._wire.aclose()
        self._home = None

    async def send(self, request: Request) -> Answer:
        """Return the answer when its status is accepted; see Sender.send for what is tried again.

        Raises RegistryError; docs/troubleshooting.md lists the codes.
        """
        tries = 0
        while True:
            tries += 1
            try:
                return replace(await self._once(request), tries=tries)
            except RegistryError as error:
                if request.once or OPERATIONS[request.operation].one_try:
                    raise
                await self.pause(tries, error)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[tuple[Answer, Chunks]]:
        """Give the answer with its body as chunks; tried again until the headers of an accepted answer are there."""
        async with AsyncExitStack() as stack:
            yield await self._first_good(stack, request)

    async def _first_good(self, stack: AsyncExitStack, request: Request) -> tuple[Answer, Chunks]:
        tries = 0
        while True:
            tries += 1
            try:
                return await stack.enter_async_context(self._streamed(request))
            except RegistryError as error:
                await self.pause(tries, error)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for the turn of one upload; at most `settings.max_concurrent` run at once, fewer after a 429."""
        async with self._uploads.enter():
            yield

    async def pause(self, tries: int, error: RegistryError, what: str = "") -> None:
        """Wait before the next try after `tries` failed ones; raises the error where none is left or none can help.

        The log record carries a Pause as `pause`, for whoever shows progress.
        """
        task = t.cast("asyncio.Task[t.Any]", asyncio.current_task())
        since = self._failing.setdefault(task, self._clock()) if tries > 1 else self._clock()
        self._failing[task] = since
        if not error.retryable or tries > self._settings.retries:
            raise retry.exhausted(error, tries, self._clock() - since)
        seconds = retry.delay(tries, random.random())
        if error.status is not None and retry.slows_all(error.status):
            self._pace.pause_for(seconds, self._clock())
        seconds = max(seconds, self._pace.wait(self._clock()))
        pause = retry.Pause(what, tries + 1, self._settings.retries + 1, seconds, error.status)
        _log.debug("try %d failed, next in %.1f s: %s", tries, seconds, error.message, extra={"pause": pause})
        await self._sleep(seconds)

    async def _once(self, request: Request) -> Answer:
        self._check_home()
        located = replace(request, target=resolve(self._registry, request.target, request.what))
        if isinstance(request.body, (FileBody, RangeBody, StreamBody)):
            return await self._settled(located)
        async with self._small.enter():
            return await self._settled(located)

    async def _settled(self, request: Request) -> Answer:
        """Return the accepted answer to one request whose credentials are settled before its body goes out."""
        await self._keep_pace()
        ready = await self._authorized(request)
        answer = await self._followed(ready)
        if answer.status == 401 and 401 not in request.accept:
            renewed = await self._renewed(ready, answer)
            if renewed is not None:
                ready, answer = renewed, await self._followed(renewed)
        if request.method == "HEAD" and answer.status not in request.accept:
            answer = await self._retry_head_as_get(ready, answer)
        if answer.status not in request.accept:
            raise await self._refusal(ready, answer)
        error = answers.page_for_people(self._registry, request, answer)
        if error is not None:
            raise error
        return answer

    async def _authorized(self, request: Request) -> Request:
        if not request.authorize:
            return request
        return await t.cast(Authorization, self._authorization).authorized(request)

    async def _renewed(self, request: Request, answer: Answer) -> Request | None:
        if not request.authorize or not is_own(self._registry, answer.url):
            return None
        renewed = await t.cast(Authorization, self._authorization).renewed(request, answer)
        if renewed is not None and isinstance(request.body, StreamBody):
            raise self._again(request, answer)  # a stream is made anew by whoever made it
        return renewed

    def _again(self, request: Request, answer: Answer) -> RegistryError:
        return problem(
            "gave-up", registry=self._registry.netloc, cause="answered 401 and took a new token", what=request.what,
            doing=OPERATIONS[request.operation].doing, retryable=True, advice="Run the task again",
        )

    async def _refusal(self, request: Request, answer: Answer) -> RegistryError:
        if not is_own(self._registry, answer.url):
            return answers.foreign_failure(self._registry, request, answer)
        if answer.status not in (401, 403) or not request.authorize:
            return answers.failure(self._registry, request, answer)
        words = answers.said(answer)
        if answer.status == 403 and (words.absent or answers.is_html(answer)):
            return answers.failure(self._registry, request, answer)
        return await t.cast(Authorization, self._authorization).refusal(request, answer, words.code, words.message)

    async def _retry_head_as_get(self, request: Request, answer: Answer) -> Answer:
        """Return the answer to the same by GET: a refused HEAD has no words, and Gitea answers every HEAD 401."""
        if retry.is_temporary(answer.status) or answer.redirected:
            return answer
        try:
            operation = request.operation.replace("head", "get")
            return await self._wire.peek(replace(request, method="GET", operation=operation))
        except RegistryError:
            return answer

    async def _followed(self, request: Request) -> Answer:
        """Return the answer behind redirects, each judged by redirects.py."""
        for hop in range(MAX_REDIRECTS):
            answer = replace(await self._logged(request), redirected=hop > 0)
            following = redirected(self._registry, request, answer)
            if following is None:
                return answer
            request = following
        raise problem(
            "hostile-answer", registry=self._registry.netloc, what=request.what, cause="redirects without end"
        )

    async def _bare(self, request: Request) -> Answer:
        """Send a request of the authorization as it is: no further credentials, no redirect of a token request."""
        if request.operation == "token":  # a realm on the registry's host may have another port (GitLab): not mended
            answer = await self._logged(request)
        else:
            target = resolve(self._registry, request.target, request.what)
            answer = await self._followed(replace(request, target=target))
        if answer.status not in request.accept:
            raise answers.failure(self._registry, request, answer)
        # a HEAD, which often follows, would not show these words
        door = answers.wrong_door(self._registry, answer) if request.operation == "ping" else None
        if door is not None:
            raise door
        return answer

    async def _logged(self, request: Request) -> Answer:
        answer = await self._wire.exchange(request)
        _log.debug("%s: %s %s for %s", request.operation, request.method, answer.status, request.what)
        self._learn(answer)
        return answer

    def _learn(self, answer: Answer) -> None:
        """Let one host's answer set the pace of all requests to it."""
        if not is_own(self._registry, answer.url):
            return
        if answer.status == 429:
            self._small.concurrency.on_throttled()
            self._uploads.concurrency.on_throttled()
        else:
            self._small.concurrency.on_success()
            self._uploads.concurrency.on_success()
            self._small.refresh()
            self._uploads.refresh()
        asked = retry.parse_delay(answer.headers, time.time()) if retry.is_temporary(answer.status) else None
        if asked is not None:
            self._pace.pause_for(asked, self._clock())

    async def _keep_pace(self) -> None:
        seconds = self._pace.wait(self._clock())
        if seconds:
            await self._sleep(seconds)

    @asynccontextmanager
    async def _streamed(self, request: Request) -> AsyncIterator[tuple[Answer, Chunks]]:
        self._check_home()
        await self._keep_pace()
        located = replace(request, target=resolve(self._registry, request.target, request.what))
        ready = await self._authorized(located)
        for _hop in range(MAX_REDIRECTS + 1):
            async with self._wire.stream(ready) as (answer, chunks):
                self._learn(answer)
                if answer.status in request.accept:
                    yield answer, chunks
                    return
                answer = replace(answer, body=await beginning(chunks, self._settings.timeout))
            ready = await self._next_stream(ready, answer)
        raise problem(
            "hostile-answer", registry=self._registry.netloc, what=request.what, cause="redirects without end"
        )

    async def _next_stream(self, request: Request, answer: Answer) -> Request:
        """Return the request that may succeed after this answer; raises what the answer means where there is none."""
        following = redirected(self._registry, request, answer)
        if following is not None:
            return following
        renewed = await self._renewed(request, answer) if answer.status == 401 else None
        if renewed is None or renewed.headers == request.headers:
            raise await self._refusal(request, answer)
        return renewed

    def _check_home(self) -> None:
        if self._home is None or self._home != (os.getpid(), asyncio.get_running_loop()):
            raise problem("wrong-loop")
