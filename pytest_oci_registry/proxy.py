# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A streaming reverse proxy before any registry: the same faults, the same request log, the same words."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from yarl import URL

from .faults import Rule
from .server.content import CHUNK
from .server.exchange import Body, Exchange
from .server.hosted import HostedServer
from .server.reply import Reply, Stream, error
from .server.settings import ServerSettings
from .server.tls import certificates

_HOP_BY_HOP = (
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
)
_REWRITTEN = ("location", "link", "www-authenticate")
_UPLOAD = re.compile(r"/v2/.+/blobs/uploads/([^/?]+)")
_SMALL = 1024 * 1024


class FaultProxy(HostedServer):
    """Forwards to `target_url`; absolute Locations, Links and token realms of the target come back as this proxy's.

    `tls` puts TLS in front (True or Tls), `target_ca` is the file of the authority that the target's certificate is
    checked against (None: not checked, this is for tests). Faults that need a registry's inside are imitated at its
    door.
    """

    def __init__(
        self,
        target_url: str,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        tls: Any = False,
        target_ca: str | None = None,
        start_timeout: float = 10.0,
        max_body: int = 0,
    ) -> None:
        self.target_url = target_url.rstrip("/")
        self._target_ca = target_ca
        self._session: aiohttp.ClientSession | None = None
        self._uploads: set[str] = set()
        self._forgotten: set[str] = set()
        self._tokens: set[str] = set()
        self._expired_tokens: set[str] = set()
        self._lies: dict[str, Rule] = {}
        self._challenge = ""
        super().__init__(bind, port, certificates(ServerSettings(tls=tls, bind=bind)), start_timeout, max_body)

    def reset(self) -> None:
        """Forget log, rules and what was remembered of uploads and tokens; the target keeps its content."""
        self.rules.clear()
        self.requests.clear()
        for remembered in (self._uploads, self._forgotten, self._tokens, self._expired_tokens):
            remembered.clear()

    def forget_uploads(self) -> int:
        """Answer 404 BLOB_UPLOAD_UNKNOWN for all upload sessions seen so far, and say how many."""
        count = len(self._uploads)
        self._forgotten |= self._uploads
        self._uploads.clear()
        return count

    def forget_blob(self, repository: str, digest: str) -> Rule:
        """Answer 404 BLOB_UNKNOWN to every HEAD and GET of a blob."""
        return self.fail(
            ("blob_head", "blob_get"), status=404, code="BLOB_UNKNOWN", repo=repository, ref=digest, times=None
        )

    def lie_about(self, repository: str, digest: str) -> Rule:
        """Cut every GET of a blob until it is uploaded again, while HEAD still reports it as present."""
        self._lies[digest] = self.fail("blob_get", truncate=0, repo=repository, ref=digest, times=None)
        return self._lies[digest]

    async def _open(self) -> None:
        await super()._open()
        # A new connection each time: nothing is replayed behind our back, and no request suffers for another.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def _close(self) -> None:
        await super()._close()
        if self._session is not None:
            await self._session.close()

    async def _expired(self, exchange: Exchange) -> Reply:
        self._expired_tokens |= self._tokens
        return self._unauthorized()

    async def _respond(self, exchange: Exchange) -> Reply:
        refused = self._refused(exchange)
        if refused is not None:
            await exchange.body.drain()
            return refused
        try:
            answer = await self._forward(exchange)
        except aiohttp.ClientError as problem:
            if exchange.body.interrupted is not None:
                raise exchange.body.interrupted from None
            return error("UNAVAILABLE", f"the proxy cannot reach its registry: {type(problem).__name__}", 502)
        if exchange.body.interrupted is not None:
            raise exchange.body.interrupted
        healed = self._lies.get(exchange.parameter("digest")) if exchange.operation.name == "upload_put" else None
        if healed is not None and answer.status == 201:
            healed.end()
        return answer

    def _refused(self, exchange: Exchange) -> Reply | None:
        token = exchange.header("Authorization")
        if token.lower().startswith("bearer "):
            self._tokens.add(token)
            if token in self._expired_tokens:
                return self._unauthorized()
        session = exchange.operation.session
        return (
            error("BLOB_UPLOAD_UNKNOWN", "there is no such upload") if session and session in self._forgotten else None
        )

    def _unauthorized(self) -> Reply:
        answer = error("UNAUTHORIZED", "the token has expired")
        return answer.adding(WWW_Authenticate=self._challenge) if self._challenge else answer

    async def _forward(self, exchange: Exchange) -> Reply:
        if self._session is None:
            raise aiohttp.ClientConnectionError("not started")
        headers = [(name, value) for name, value in exchange.request.headers.items() if name.lower() not in _HOP_BY_HOP]
        if exchange.body.declared is not None and exchange.request.method not in ("GET", "HEAD"):
            headers.append(("Content-Length", str(exchange.body.declared)))
        target = URL(self.target_url + exchange.request.raw_path, encoded=True)
        answer = await self._session.request(
            exchange.request.method,
            target,
            headers=headers,
            allow_redirects=False,
            ssl=self._ssl(),
            data=_sent(exchange.body) if exchange.body.exists else None,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        return await self._returned(exchange, answer)

    def _ssl(self) -> Any:
        if self._target_ca is None:
            return False
        import ssl

        return ssl.create_default_context(cafile=self._target_ca)

    async def _returned(self, exchange: Exchange, answer: aiohttp.ClientResponse) -> Reply:
        dropped = (*_HOP_BY_HOP[:8], "content-length", "date", "server")
        headers = tuple(
            (name, self._rewritten(name, value, exchange))
            for name, value in answer.headers.items()
            if name.lower() not in dropped
        )
        self._learn(answer.status, headers)
        size = answer.content_length
        if exchange.request.method == "HEAD":
            answer.release()
            return Reply(answer.status, headers, Stream(_nothing(), size or 0))
        if size is not None and size <= _SMALL:
            return Reply(answer.status, headers, await answer.read())
        return Reply(answer.status, headers, Stream(_received(answer), size))

    def _learn(self, status: int, headers: tuple[tuple[str, str], ...]) -> None:
        for name, value in headers:
            if name.lower() == "www-authenticate" and status == 401:
                self._challenge = value
            found = _UPLOAD.search(unquote(value)) if name.lower() == "location" else None
            if found is not None:
                self._uploads.add(found[1])

    def _rewritten(self, name: str, value: str, exchange: Exchange) -> str:
        if name.lower() not in _REWRITTEN:
            return value
        target = urlsplit(self.target_url)
        return re.sub(rf"https?://{re.escape(target.netloc)}(?=[/?\"]|$)", lambda _found: exchange.origin, value)


async def _sent(body: Body) -> AsyncIterator[bytes]:
    async for piece in body.chunks():
        yield piece


async def _received(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        try:
            async for piece in answer.content.iter_chunked(CHUNK):
                yield piece
        except aiohttp.ClientError:
            # What the registry cut must be cut for the client, too.
            raise ConnectionResetError("the registry's answer ended early") from None


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""
