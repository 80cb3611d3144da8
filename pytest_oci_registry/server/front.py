# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What every server here does with a request before and after its own answer: name it, log it, let faults happen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from weakref import WeakKeyDictionary

from aiohttp import web

from ..faults import NO_FAULT, Fault, RuleBook
from ..operations import ADMIN_PREFIX, Operation, classify
from ..request_log import LoggedRequest, RequestLog
from .exchange import Body, Exchange, Interrupted, Stalled, fault_reply
from .reply import Reply, error, reply
from .sending import gone, reset, send

_LOGGER = logging.getLogger("pytest_oci_registry")
_WITH_BODY = ("POST", "PUT", "PATCH")
_WRONG_DIGEST = "sha256:" + "0" * 63 + "1"

Responder = Callable[[Exchange], Awaitable[Reply]]


class Front:
    """Serves requests for one listener: `respond` makes the answers, `admin` those below /_oci/, `expire` those of
    expired tokens.
    """

    def __init__(
        self,
        log: RequestLog,
        rules: RuleBook,
        respond: Responder,
        *,
        admin: Responder | None = None,
        expire: Responder | None = None,
        server: str = "registry",
        body_limit: int = 0,
    ) -> None:
        self.log = log
        self.rules = rules
        self._respond = respond
        self._admin = admin
        self._expire = expire
        self._server = server
        self._body_limit = body_limit
        self._connections: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._connected = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The handler of aiohttp's low-level server."""
        exchange = self._exchange(request)
        if self._admin is not None and exchange.entry.path.startswith(ADMIN_PREFIX):
            return await send(await self._admin(exchange), request)
        self.log.add(exchange.entry)
        try:
            return await self._serve(exchange)
        except ConnectionError:
            reset(request)
            return gone()

    async def _serve(self, exchange: Exchange) -> web.StreamResponse:
        request, fault = exchange.request, exchange.fault
        try:
            answer = await self._answer(exchange)
        except Stalled:
            return await self._silence(request)
        except Interrupted as reason:
            return await self._interrupted(exchange, reason)
        if fault.lose_answer or _resets_now(exchange):
            reset(request)
            return gone()
        answer = _spoiled(answer, fault)
        self._note(exchange.entry, answer)
        return await send(answer, request, _for_answer(exchange, answer))

    async def _answer(self, exchange: Exchange) -> Reply:
        fault = exchange.fault
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.stall and (fault.stall == "silent" or not exchange.body.exists) and not fault.after_bytes:
            await exchange.body.drain()
            raise Stalled(None, "stall")
        if fault.early and not exchange.body.exists:
            return fault_reply(fault)
        if fault.status is not None and not fault.early:
            await exchange.body.drain()
            return _redirected(exchange) if fault.redirect else fault_reply(fault)
        try:
            if fault.expire and self._expire is not None:
                await exchange.body.drain()
                return await self._expire(exchange)
            answer = await self._respond(exchange)
        except (Interrupted, ConnectionError, asyncio.CancelledError):
            raise
        except Exception as problem:
            _LOGGER.exception("cannot answer %s %s", exchange.entry.method, exchange.entry.path)
            answer = error("UNKNOWN", f"the test registry failed: {type(problem).__name__}: {problem}", 500)
        if exchange.body.exists and fault.reset_after is not None:
            raise Interrupted(None)
        return answer

    async def _interrupted(self, exchange: Exchange, reason: Interrupted) -> web.StreamResponse:
        request = exchange.request
        if reason.reply is None:
            reset(request)
            return gone()
        self._note(exchange.entry, reason.reply)
        if reason.then == "drain":
            response = await send(reason.reply, request)
            await exchange.body.drain()
            return response
        response = await send(reason.reply, request, close=reason.then == "close")
        if reason.then == "stall":
            return await self._silence(request)
        response.force_close()
        if request.transport is not None:
            request.transport.close()
        return response

    async def _silence(self, request: web.BaseRequest) -> web.StreamResponse:
        """Read and say nothing until the server ends."""
        if request.transport is not None and request.body_exists:
            request.transport.pause_reading()
        await asyncio.Event().wait()
        return gone()

    def _exchange(self, request: web.BaseRequest) -> Exchange:
        path, _mark, raw_query = _origin_form(request.raw_path).partition("?")
        query = parse_qs(raw_query, keep_blank_values=True)
        operation = classify(request.method, path, query)
        entry = self._entry(request, operation, path, raw_query)
        is_admin = self._admin is not None and path.startswith(ADMIN_PREFIX)
        fault = NO_FAULT if is_admin else self.rules.decide(operation, entry)
        in_answer = not _has_body(request)
        body = Body(request, entry, NO_FAULT if in_answer else fault, 0 if is_admin else self._body_limit)
        return Exchange(request, operation, query, body, entry, fault, f"{request.scheme}://{request.host}")

    def _entry(self, request: web.BaseRequest, operation: Operation, path: str, query: str) -> LoggedRequest:
        return LoggedRequest(
            request.method,
            path,
            query,
            operation.name,
            operation.repository,
            operation.reference,
            list(request.headers.items()),
            started=time.time(),
            connection=self._connection(request.transport),
            server=self._server,
        )

    def _connection(self, transport: object) -> int:
        """The number of a connection; 0 for one that is gone already."""
        if transport is None:
            return 0
        if transport not in self._connections:
            self._connected += 1
            self._connections[transport] = self._connected
        return self._connections[transport]

    @staticmethod
    def _note(entry: LoggedRequest, answer: Reply) -> None:
        entry.status = answer.status
        entry.answer_size = 0 if entry.method == "HEAD" else answer.size or 0


def _origin_form(target: str) -> str:
    """The path of a request target; a client of a proxy sends the whole URL (RFC 9112 section 3.2.2)."""
    if target.startswith("/"):
        return target
    parts = urlsplit(target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "") if parts.netloc else target


def _has_body(request: web.BaseRequest) -> bool:
    return request.method in _WITH_BODY and (bool(request.content_length) or "Transfer-Encoding" in request.headers)


def _resets_now(exchange: Exchange) -> bool:
    """A reset without any body to count bytes of, in request or answer."""
    if exchange.fault.reset_after is None or exchange.body.exists:
        return False
    return exchange.request.method != "GET" or exchange.fault.reset_after == 0


def _for_answer(exchange: Exchange, answer: Reply) -> Fault:
    """The part of the fault that is about the answer's body; only GET has answers worth spoiling."""
    if exchange.request.method != "GET" or answer.status >= 300:
        return NO_FAULT
    return exchange.fault


def _spoiled(answer: Reply, fault: Fault) -> Reply:
    if not fault.wrong_digest:
        return answer
    kept = tuple(item for item in answer.headers if item[0].lower() != "docker-content-digest")
    return replace(answer, headers=kept).adding(Docker_Content_Digest=_WRONG_DIGEST)


def _redirected(exchange: Exchange) -> Reply:
    query = f"?{exchange.entry.query}" if exchange.entry.query else ""
    return reply(exchange.fault.status or 307, Location=exchange.fault.redirect + exchange.entry.path + query)
