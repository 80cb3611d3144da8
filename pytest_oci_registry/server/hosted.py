# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A server on its own thread: what the embedded registry and the fault proxy have in common."""

from __future__ import annotations

import secrets
from types import TracebackType
from typing import TypeVar

from ..fault_controls import FaultControls
from ..faults import RuleBook
from ..request_log import RequestLog
from .exchange import Exchange
from .front import Front, Responder
from .listener import Listener
from .reply import Reply
from .resources.admin import AdminGuard, admin, is_loopback
from .thread import LoopThread, StartError
from .tls import Certificates

S = TypeVar("S", bound="HostedServer")


class HostedServer(FaultControls):
    """Listens after `start`.

    `requests` is the log of all requests, `rules` the faults. Usable in `with`, or by `start` and `stop`.
    `admin_key` opens `/_oci/` as a bearer token, if the address is not a loopback one; else it is empty.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        tls: Certificates | None,
        start_timeout: float,
        body_limit: int = 0,
        account: tuple[str, str] | None = None,
    ) -> None:
        self.requests = RequestLog()
        self._rules = RuleBook()
        self.tls = tls
        self._bind = bind
        key = secrets.token_urlsafe(16)
        self.admin_key = "" if is_loopback(bind) else key
        self._guard = AdminGuard(bind, account, key)
        self._body_limit = body_limit
        self._start_timeout = start_timeout
        self._thread: LoopThread | None = None
        self._main = self._listener(self._respond, "registry", port)
        self._listeners = [self._main]

    @property
    def rules(self) -> RuleBook:
        """All fault rules."""
        return self._rules

    def start(self: S) -> S:
        """Listen, and return this object.

        OSError when the address is taken, StartError when it takes too long or runs already.
        """
        if self._thread is not None:
            raise StartError("it is running already")
        self._thread = LoopThread("oci-registry", self._start_timeout)
        try:
            self._thread.run(self._open())
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Reset all connections and end the thread. Calling it twice is fine."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            thread.run(self._close())
        finally:
            thread.stop()

    def down(self) -> None:
        """Refuse connections, until `up`; the port stays ours."""
        self._running().run(self._main.close(keep_port=True))

    def up(self) -> None:
        """Accept connections again, on the same port."""
        self._running().run(self._main.open())

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
        """The port; 0 before the first start when none was asked for."""
        return self._main.port

    @property
    def ca_file(self) -> str | None:
        """The file with the certificate authority that clients must trust; None without TLS."""
        return str(self.tls.ca_file) if self.tls else None

    def _listener(self, respond: Responder, server: str, port: int = 0) -> Listener:
        front = Front(
            self.requests,
            self.rules,
            respond,
            admin=self._admin if server == "registry" else None,
            expire=self._expired,
            server=server,
            body_limit=self._body_limit,
        )
        return Listener(front.handle, self._bind, port, self.tls.context if self.tls else None)

    async def _open_second(self, server: str, respond: Responder) -> str:
        """Listen on one more port, and return its URL."""
        listener = self._listener(respond, server)
        await listener.open()
        self._listeners.append(listener)
        return listener.url

    async def _open(self) -> None:
        await self._main.open()

    async def _close(self) -> None:
        for listener in self._listeners:
            await listener.close()
        self._listeners = [self._main]

    def _running(self) -> LoopThread:
        if self._thread is None:
            raise RuntimeError("it is not running: use it in a with block, or call start()")
        return self._thread

    async def _admin(self, exchange: Exchange) -> Reply:
        return self._guard.refusal(exchange) or await admin(self.requests, self, exchange)

    async def _respond(self, exchange: Exchange) -> Reply:
        raise NotImplementedError

    async def _expired(self, exchange: Exchange) -> Reply:
        raise NotImplementedError

    def __enter__(self: S) -> S:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
