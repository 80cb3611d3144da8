# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The embedded registry as tests hold it: start, stop, look inside, let things go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..operations import OTHER
from .access import challenge, refusal
from .digests import is_repository
from .distribution import lists as distribution_lists
from .distribution import uploads as distribution_uploads
from .distribution.routes import routed
from .exchange import Exchange
from .front import Responder
from .hosted import HostedServer
from .reply import Reply, error
from .resources import blobs, catalog, manifests, ping, referrers, second_origins, tags, uploads
from .settings import ServerSettings, TokenAuth
from .state import State
from .store import Store
from .tls import certificates

Handler = Callable[[State, Exchange], Awaitable[Reply]]

_HANDLERS: dict[str, Handler] = {
    "ping": ping.ping,
    "blob_head": blobs.read_blob,
    "blob_get": blobs.read_blob,
    "blob_delete": blobs.delete_blob,
    "upload_start": uploads.start,
    "upload_mount": uploads.mount,
    "upload_patch": uploads.patch,
    "upload_put": uploads.put,
    "upload_status": uploads.status,
    "upload_cancel": uploads.cancel,
    "manifest_head": manifests.read_manifest_of,
    "manifest_get": manifests.read_manifest_of,
    "manifest_put": manifests.put_manifest,
    "manifest_delete": manifests.delete_manifest,
    "tags": tags.tags,
    "referrers": referrers.referrers,
    "catalog": catalog.catalog,
    "token": second_origins.token,
}
_DISTRIBUTION_HANDLERS: dict[str, Handler] = {
    **_HANDLERS,
    "upload_start": distribution_uploads.start,
    "upload_patch": distribution_uploads.patch,
    "upload_put": distribution_uploads.put,
    "upload_status": distribution_uploads.status,
    "upload_cancel": distribution_uploads.cancel,
    "tags": distribution_lists.tags,
    "catalog": distribution_lists.catalog,
}


class EmbeddedRegistry(HostedServer):
    """A registry in this process, on its own thread. Use it in `with`, or call `start` and `stop`.

    `requests` is the log of all requests, `rules` the faults, `store` what it holds; `settings` never change.
    StartError when it cannot start within `start_timeout` seconds; OSError when the address is taken.
    """

    def __init__(self, settings: ServerSettings | None = None, *, start_timeout: float = 10.0) -> None:
        self.settings = settings or ServerSettings()
        self._state = State(self.settings)
        self._handlers = _DISTRIBUTION_HANDLERS if self.settings.quirks.distribution else _HANDLERS
        auth = self.settings.auth
        super().__init__(
            self.settings.bind,
            self.settings.port,
            certificates(self.settings),
            start_timeout,
            self.settings.max_body,
            (auth.username, auth.password) if auth else None,
        )

    def stop(self) -> None:
        """Reset all connections, end the thread, give temporary files back. Calling it twice is fine."""
        super().stop()
        self._state.uploads.forget()
        self._state.store.close()

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
    def cdn_url(self) -> str:
        """The second origin that blobs are redirected to; empty without one."""
        return self._state.cdn_url

    @property
    def token_url(self) -> str:
        """Where the token service lives; the registry's own URL unless `realm` says otherwise."""
        return self._state.token_url

    async def _open(self) -> None:
        await super()._open()
        auth = self.settings.auth
        self._state.token_url = self.url
        if isinstance(auth, TokenAuth) and auth.realm == "other":
            self._state.token_url = await self._open_second("token", self._handled_by(second_origins.token))
        elif isinstance(auth, TokenAuth) and auth.realm != "same":
            self._state.token_url = auth.realm
        if self.settings.cdn:
            second = await self._open_second("cdn", self._handled_by(second_origins.cdn))
            # Another name of the same address: a client that forwards credentials to it would be seen.
            self._state.cdn_url = second.replace("//127.0.0.1:", "//localhost:")

    def _handled_by(self, handler: Handler) -> Responder:
        async def respond(exchange: Exchange) -> Reply:
            return await handler(self._state, exchange)

        return respond

    async def _expired(self, exchange: Exchange) -> Reply:
        self._state.tokens.revoke()
        return self._dressed(challenge(self._state, exchange, "invalid_token"))

    async def _respond(self, exchange: Exchange) -> Reply:
        answer = self._unanswerable(exchange) or refusal(self._state, exchange) or self._state.guard.refusal(exchange)
        if answer is not None:
            await exchange.body.drain()
        else:
            answer = await self._handlers[exchange.operation.name](self._state, exchange)
        return self._dressed(self._state.guard.marked(answer, exchange))

    def _unanswerable(self, exchange: Exchange) -> Reply | None:
        if self.settings.quirks.distribution and exchange.operation.name != "token":
            answer = routed(self.settings.quirks.distribution, exchange)
            if answer is not None:
                return answer
        if exchange.operation.name == OTHER:
            return error("UNSUPPORTED", "the specification knows no such request", 405 if exchange.repository else 404)
        if exchange.repository and not is_repository(exchange.repository):
            return error("NAME_INVALID", f"{exchange.repository!r} is no repository name")
        if self.settings.quirks.needs_namespace and exchange.repository and "/" not in exchange.repository:
            return error("DENIED", "requested access to the resource is denied", 401)
        if self.settings.read_only and exchange.entry.is_write:
            return error("UNSUPPORTED", "this registry is read-only")
        return None

    def _dressed(self, answer: Reply) -> Reply:
        answer = answer.adding(Docker_Distribution_Api_Version="registry/2.0")
        for text in self.settings.warnings:
            answer = answer.adding(Warning=f'299 - "{text}"')
        return answer
