# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One request on the wire: connection, body, headers of the answer; no retry, no credentials, no redirect.

Most runs find nothing to do: what sends bodies or makes TLS contexts is imported where it is used. What explains
failures is not: an import fails when no file can be opened, or when the files of the task were removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import typing as t
from dataclasses import replace
from functools import partial

from ...concurrency import started
from ...errors import RegistryError
from ...problems import problem
from ...problems.masking import Secrets
from ...reference import Registry, parse_registry
from ..answers import MAX_ERROR, decoded
from ..operations import OPERATIONS
from ..request import Answer, Headers
from ._aiohttp import URL, aiohttp
from .attempt import Attempt
from .closing import Transports
from .deadline import RESPONSE_TIMEOUT_FACTOR, within
from .failures import explain, silent
from .private_api import never_repeat
from .proxies import proxy_for, proxy_refusal

if t.TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Mapping

    from ...settings import Settings
    from ..body.payloads import OneShot
    from ..request import Chunks, Request

READ_SIZE = 1024 * 1024  # bytes of one chunk of a blob
TARGET = re.compile(r"[\x21-\x7e]+")  # a request line with anything else can be read as two requests
_V = t.TypeVar("_V")


class Wire:
    """The open connections of one client. `open` it in the loop that uses it and `aclose` it there."""

    def __init__(self, settings: Settings, registry: Registry, environ: Mapping[str, str] | None) -> None:
        self._settings = settings
        self._registry = registry
        self._environ = environ
        self._http: aiohttp.ClientSession | None = None
        self._transports: Transports | None = None
        self._tls: dict[tuple[Registry, bool], ssl.SSLContext] = {}
        self._secrets = Secrets()

    async def open(self) -> None:
        """Make the pool. Nothing is connected yet."""
        settings = self._settings
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # gates bound what is under way
            cookie_jar=aiohttp.DummyCookieJar(),  # Harbor's session cookie would make it ask for a CSRF token
            auto_decompress=False,  # a bomb is met by our own bounded reading
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=settings.timeout, sock_read=settings.timeout),
            headers={"User-Agent": settings.user_agent, "Accept-Encoding": "identity"},
            skip_auto_headers=("Content-Type",),
        )
        never_repeat(self._http)
        self._transports = Transports(self._http)

    async def aclose(self) -> None:
        """Close every connection."""
        transports, self._http, self._transports = self._transports, None, None
        if transports is not None:
            await transports.close()

    def address(self) -> str | None:
        """Return the IP address under which the registry was reached, None if a proxy reached it."""
        return self._transports.addresses.get(self._registry.host) if self._transports else None

    async def exchange(self, request: Request) -> Answer:
        """Return whatever the host answers, with its bounded body.

        The body of an error is cut at MAX_ERROR bytes; another one beyond `max_answer` raises RefusedError
        (hostile-answer). Raises ConnectionFailedError where no answer comes.
        """
        async with self._asked(request) as (response, attempt):
            if request.method == "HEAD":
                return _answer(response)
            if response.status >= 300:
                return await self._short(response, attempt)
            return replace(_answer(response), body=await self._whole(response, request, attempt))

    async def peek(self, request: Request) -> Answer:
        """Return what the host answers, with its body only where it is an error."""
        async with self._asked(request) as (response, attempt):
            return await self._short(response, attempt) if response.status >= 300 else _answer(response)

    async def _short(self, response: aiohttp.ClientResponse, attempt: Attempt) -> Answer:
        body = await beginning(_chunks(response, attempt), attempt.timeout)
        return replace(_answer(response), body=decoded(body, _coding(response), MAX_ERROR) or b"")

    @contextlib.asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[tuple[Answer, Chunks]]:
        """Give an answer with its body as it comes. Chunks raise ConnectionFailedError (cut-answer, silent)."""
        async with self._asked(request) as (response, attempt):
            chunks = _chunks(response, attempt)
            try:
                yield _answer(response), chunks
            finally:
                await chunks.aclose()

    @contextlib.asynccontextmanager
    async def _asked(self, request: Request) -> AsyncIterator[tuple[aiohttp.ClientResponse, Attempt]]:
        if not TARGET.fullmatch(request.target):  # aiohttp 3.8 and 3.9 would write it into the request as it is
            raise problem(
                "hostile-answer", registry=self._registry.netloc, what=request.what, cause="a name that no URL may hold"
            )
        host = parse_registry("/".join(request.target.split("/")[:3]).partition("?")[0])
        proxy = proxy_for(request.target, self._environ)
        attempt = Attempt(self._registry, host, request, self._settings.timeout, proxy)
        self._keep_secrets(attempt)
        payload = self._payload(request)
        response: aiohttp.ClientResponse | None = None
        try:
            response = await self._headers(attempt, payload)
            yield response, attempt
        finally:
            if payload is not None:
                payload.answered()
                payload.abort()
            if response is not None:
                response.close() if payload is not None and not payload.complete else response.release()

    def _keep_secrets(self, attempt: Attempt) -> None:
        """Remember what is sent here that no error may repeat."""
        request, proxy = attempt.request, attempt.proxy
        headers = (*request.headers, proxy.header) if proxy is not None and proxy.header else request.headers
        form = request.body if request.operation == "token" and isinstance(request.body, bytes) else b""
        is_signed = request.operation != "token" and attempt.host != self._registry
        self._secrets.learn(headers, form, request.target if is_signed else "")

    def _payload(self, request: Request) -> OneShot | None:
        if not request.body:
            return None
        from ..body.payloads import payload_of
        from ..body.stall_detector import StallDetector

        timeout = self._settings.timeout
        watch = StallDetector(timeout, timeout * (RESPONSE_TIMEOUT_FACTOR if OPERATIONS[request.operation].slow else 1))
        return payload_of(request.body, watch, request.what)

    async def _headers(self, attempt: Attempt, payload: OneShot | None) -> aiohttp.ClientResponse:
        options = await self._options(attempt, payload)
        try:
            response = await _watched(self._call(attempt.request, options), payload, attempt)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError) as error:
            if payload is not None and payload.error is not None:
                raise payload.error from None
            raise await explain(error, attempt) from None
        if payload is not None:
            payload.answered()
        if response.status == 407 and attempt.proxy is not None and attempt.host.scheme == "http":
            response.close()
            raise proxy_refusal(attempt.place, attempt.proxy, response.status)
        return response

    async def _call(self, request: Request, options: dict[str, t.Any]) -> aiohttp.ClientResponse:
        http = t.cast("aiohttp.ClientSession", self._http)
        method = request.method.lower()  # sent in capitals; see never_repeat
        return await http.request(method, URL(request.target, encoded=True), allow_redirects=False, **options)

    async def _options(self, attempt: Attempt, payload: OneShot | None) -> dict[str, t.Any]:
        request = attempt.request
        options: dict[str, t.Any] = {"headers": list(request.headers), "data": payload}
        if payload is None and request.method in ("POST", "PUT", "PATCH"):
            options["headers"].append(("Content-Length", "0"))
        if payload is not None:
            options["timeout"] = aiohttp.ClientTimeout(total=None, sock_connect=self._settings.timeout)
        if attempt.host.scheme == "https":
            client = attempt.host == self._registry or request.operation == "token"
            options["ssl"] = await self._context(attempt.host, client)
        if attempt.proxy is not None:
            options["proxy"] = attempt.proxy.url
            if attempt.proxy.header is not None and attempt.host.scheme == "https":
                options["proxy_headers"] = [attempt.proxy.header]  # of the CONNECT; nothing of it is in the tunnel
            elif attempt.proxy.header is not None:
                options["headers"].append(attempt.proxy.header)
        return options

    async def _context(self, host: Registry, client: bool) -> ssl.SSLContext:
        """Return the context for a host; the registry and its token realm are shown the client certificate."""
        if (host, client) not in self._tls:
            from ..tls.contexts import ssl_context

            behind = None if host == self._registry else self._registry
            make = partial(ssl_context, self._settings.tls, host, self._environ, client=client, behind=behind)
            made = await asyncio.get_running_loop().run_in_executor(None, make)
            self._tls.setdefault((host, client), made)
        return self._tls[host, client]

    async def _whole(self, response: aiohttp.ClientResponse, request: Request, attempt: Attempt) -> bytes:
        reading = _read(_chunks(response, attempt), request.max_answer + 1)
        body = await _in_time(reading, attempt, RESPONSE_TIMEOUT_FACTOR)
        plain = decoded(body, _coding(response), request.max_answer)
        if plain is None or len(plain) > request.max_answer:
            raise self._too_much(request)
        return plain

    def _too_much(self, request: Request) -> RegistryError:
        cause = f"more than {request.max_answer} bytes, or in a coding that was not asked for"
        return problem("hostile-answer", registry=self._registry.netloc, what=request.what, cause=cause)


async def _watched(
    call: t.Coroutine[t.Any, t.Any, aiohttp.ClientResponse], payload: OneShot | None, attempt: Attempt
) -> aiohttp.ClientResponse:
    """Return the response, unless the body stops to move before."""
    if payload is None:
        return await _in_time(call, attempt, 2)  # one timeout for the connection, one for the headers
    task = started(call)
    try:
        while not (await asyncio.wait({task}, timeout=payload.watch.step))[0]:
            trouble = payload.watch.check()
            if trouble:
                payload.abort()
                raise silent(attempt, trouble)
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _answer(response: aiohttp.ClientResponse) -> Answer:
    return Answer(response.status, Headers(response.headers.items()), str(response.url))


def _coding(response: aiohttp.ClientResponse) -> str:
    return response.headers.get("Content-Encoding", "")


async def _chunks(response: aiohttp.ClientResponse, attempt: Attempt) -> t.AsyncGenerator[bytes, None]:
    try:
        while True:
            with within(attempt.timeout):
                chunk = await response.content.read(READ_SIZE)
            if not chunk:
                return
            yield chunk
    except (asyncio.TimeoutError, TimeoutError):
        raise silent(attempt, f"sent nothing for {attempt.timeout:g} s") from None
    except (aiohttp.ClientError, OSError):
        raise problem(
            "cut-answer", registry=attempt.place, what=attempt.request.what, cause="the connection was cut",
            retryable=True,
        ) from None


async def beginning(chunks: Chunks, timeout: float) -> bytes:
    """Return what can be had of an error's body in so many seconds; its status is the answer all the same."""
    body = bytearray()
    with contextlib.suppress(RegistryError, asyncio.TimeoutError), within(timeout):
        await _read(chunks, MAX_ERROR, body)
    return bytes(body[:MAX_ERROR])


async def _read(chunks: Chunks, limit: int, body: bytearray | None = None) -> bytes:
    """Return the chunks, or as many as reach the limit; `body` holds what came until a failure."""
    body = bytearray() if body is None else body
    async for chunk in chunks:
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body)


async def _in_time(work: t.Awaitable[_V], attempt: Attempt, times: int) -> _V:
    """Return what the work returns: an answer that comes byte by byte keeps all other clocks from ending it."""
    seconds = times * attempt.timeout
    try:
        with within(seconds):
            return await work
    except asyncio.TimeoutError as error:
        if isinstance(error, aiohttp.ServerTimeoutError):
            raise  # of aiohttp's own clocks, which explain() tells apart
        raise silent(attempt, f"did not finish its answer in {seconds:g} s") from None
