# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The embedded registry as tests hold it: start, stop, look inside, let things go wrong."""

from __future__ import annotations

import ssl
from types import TracebackType

from ..fault_controls import FaultControls
from ..faults import RuleBook
from ..operations import OTHER
from ..request_log import RequestLog
from .access import challenge, refusal
from .digests import is_repository
from .exchange import Exchange
from .front import Front
from .listener import Listener
from .reply import Reply, error
from .resources import blobs, catalog, manifests, ping, referrers, second_origins, tags, uploads
from .resources.admin import admin
from .settings import ServerSettings, TokenAuth
from .state import State
from .store import Store
from .thread import LoopThread
from .tls import Certificates, certificates

_HANDLERS = {
    "ping": ping.ping, "blob_head": blobs.read_blob, "blob_get": blobs.read_blob, "blob_delete": blobs.delete_blob,
    "upload_start": uploads.start, "upload_mount": uploads.mount, "upload_patch": uploads.patch, "upload_put": uploads.put,
    "upload_status": uploads.status, "upload_cancel": uploads.cancel, "manifest_head": manifests.read_manifest_of,
    "manifest_get": manifests.read_manifest_of, "manifest_put": manifests.put_manifest, "manifest_delete": manifests.delete_manifest,
    "tags": tags.tags, "referrers": referrers.referrers, "catalog": catalog.catalog, "token": second_origins.token,
}
_READS = ("GET", "HEAD")


class EmbeddedRegistry(FaultControls):
    """A registry in this process, on its own thread. Use it in `with`, or call `start` and `stop`.

    `requests` is the log of all requests, `rules` the faults, `store` what it holds; `settings` never change. StartError when it cannot
    start within `start_timeout` seconds; OSError when the address is taken.
    """

    def __init__(self, settings: ServerSettings | None = None, *, start_timeout: float = 10.0) -> None:
        self.settings = settings or ServerSettings()
        self.requests = RequestLog()
        self.rules = RuleBook()
        self.tls: Certificates | None = certificates(self.settings)
        self._state = State(self.settings)
        self._start_timeout = start_timeout
        self._thread: LoopThread | None = None
        self._listeners: list[Listener] = []
        self._main = self._listener(self._respond, "registry", self.settings.port, self.tls.context if self.tls else None)

    def start(self) -> EmbeddedRegistry:
        """Listen, and return this object."""
        self._thread = LoopThread("oci-registry", self._start_timeout)
        try:
            self._thread.run(self._open())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Reset all connections, end the thread, give temporary files back. Calling it twice is fine."""
        thread, self._thread = self._thread, None
        if thread is not None:
            try:
                thread.run(self._close())
            finally:
                thread.stop()
        self._state.uploads.forget()
        self._state.store.close()

    def down(self) -> None:
        """Refuse connections, until `up`; the port stays ours."""
        self._running().run(self._main.close(keep_port=True))

    def up(self) -> None:
        """Accept connections again, on the same port."""
        self._running().run(self._main.open())

    def reset(self) -> None:
        """Forget content, log, rules, uploads and tokens; a persistent folder's files stay."""
        self._state.uploads.forget()
        self._state.tokens.revoke()
        self._state.store.clear()
        self.rules.clear()
        self.requests.clear()

    def forget_uploads(self) -> int:
        """Lose all open upload sessions, and say how many there were; clients get 404 BLOB_UPLOAD_UNKNOWN."""
        return self._state.uploads.forget()

    def forget_blob(self, repository: str, digest: str) -> None:
        """Lose a blob, as by careless garbage collection; nothing claims any more that it is there."""
        self._state.store.delete_blob(repository, digest)

    def lie_about(self, repository: str, digest: str) -> None:
        """Claim a blob whose bytes are gone: HEAD 200, mounts 201, GET truncated. Uploading it again heals it."""
        self._state.store.lie(repository, digest)

    @property
    def store(self) -> Store:
        """What the registry holds."""
        return self._state.store

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return self._main.url

    @property
    def netloc(self) -> str:
        """Host and port, as image names have them."""
        return self._main.netloc

    @property
    def host(self) -> str:
        """The host of the URL."""
        return self.netloc.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port; 0 before the first start."""
        return self._main.port

    @property
    def ca_file(self) -> str | None:
        """The file with the certificate authority that clients must trust; None without TLS."""
        return str(self.tls.ca_file) if self.tls else None

    def _listener(self, respond: object, server: str, port: int = 0, context: ssl.SSLContext | None = None) -> Listener:
        is_main = server == "registry"
        front = Front(self.requests, self.rules, respond, admin=self._admin if is_main else None,  # type: ignore[arg-type]
                      expire=self._expired, server=server, body_limit=self.settings.max_body)
        return Listener(front.handle, self.settings.bind, port, context)

    async def _open(self) -> None:
        await self._main.open()
        self._listeners = [self._main]
        auth = self.settings.auth
        self._state.token_url = self.url
        if isinstance(auth, TokenAuth) and auth.realm == "other":
            self._state.token_url = await self._open_second("token", second_origins.token)
        elif isinstance(auth, TokenAuth) and auth.realm != "same":
            self._state.token_url = auth.realm
        if self.settings.cdn:
            self._state.cdn_url = await self._open_second("cdn", second_origins.cdn)

    async def _open_second(self, server: str, handler: object) -> str:
        async def respond(exchange: Exchange) -> Reply:
            return await handler(self._state, exchange)  # type: ignore[operator,no-any-return]

        listener = self._listener(respond, server, context=self.tls.context if self.tls else None)
        await listener.open()
        self._listeners.append(listener)
        return listener.url

    async def _close(self) -> None:
        for listener in self._listeners:
            await listener.close()

    def _running(self) -> LoopThread:
        if self._thread is None:
            raise RuntimeError("the registry is not running: use it in a with block, or call start()")
        return self._thread

    async def _admin(self, exchange: Exchange) -> Reply:
        return await admin(self.requests, self, exchange)

    async def _expired(self, exchange: Exchange) -> Reply:
        self._state.tokens.revoke()
        return challenge(self._state, exchange, "invalid_token")

    async def _respond(self, exchange: Exchange) -> Reply:
        answer = self._unanswerable(exchange) or refusal(self._state, exchange)
        if answer is not None:
            await exchange.body.drain()
        else:
            answer = await _HANDLERS[exchange.operation.name](self._state, exchange)
        return self._dressed(answer)

    def _unanswerable(self, exchange: Exchange) -> Reply | None:
        if exchange.operation.name == OTHER:
            return error("UNSUPPORTED", "the specification knows no such request", 405 if exchange.repository else 404)
        if exchange.repository and not is_repository(exchange.repository):
            return error("NAME_INVALID", f"{exchange.repository!r} is no repository name")
        if self.settings.read_only and exchange.entry.is_write:
            return error("UNSUPPORTED", "this registry is read-only")
        return None

    def _dressed(self, answer: Reply) -> Reply:
        answer = answer.adding(Docker_Distribution_Api_Version="registry/2.0")
        for text in self.settings.warnings:
            answer = answer.adding(Warning=f'299 - "{text}"')
        return answer

    def __enter__(self) -> EmbeddedRegistry:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


