# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One listening address: it can vanish and come back on the same port."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import web

_LOGGER = logging.getLogger("pytest_oci_registry.http")
_BACKLOG = 512

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """Accepts connections on an address and hands requests to a handler.

    All methods but `port` run in the server's loop.
    """

    def __init__(self, handler: Handler, host: str, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = port
        self.scheme = "https" if context else "http"
        self._handler = handler
        self._context = context
        self._server: asyncio.AbstractServer | None = None
        self._web: web.Server | None = None
        self._reserved: socket.socket | None = None

    @property
    def netloc(self) -> str:
        """Host and port as they stand in a URL; the wildcard address is reached as 127.0.0.1."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.netloc}"

    async def open(self) -> None:
        """Listen.

        Port 0 becomes the port that the system chose and is kept from then on. OSError when the port is taken.
        """
        self._release()
        sock = self._bound()
        self._web = _server(self._handler)
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._web, sock=sock, ssl=self._context, backlog=_BACKLOG
            )
        except BaseException:
            sock.close()
            raise
        self.port = sock.getsockname()[1]

    async def close(self, keep_port: bool = False) -> None:
        """Stop listening and reset what is connected; with `keep_port` nobody else gets the port meanwhile."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if keep_port:
            self._reserved = self._bound()
        else:
            self._release()
        if self._web is not None:
            connections, self._web = self._web, None
            for protocol in list(connections.connections):
                _abort(protocol.transport)
            await connections.shutdown(0.01)
            await asyncio.sleep(0)  # the transports tell their protocols in the loop's next turn

    def _bound(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((self.host, self.port))
        except BaseException:
            sock.close()
            raise
        return sock

    def _release(self) -> None:
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None


def _server(handler: Handler) -> web.Server:
    # Bodies are content here: a Content-Encoding belongs to the client's bytes and must not be undone.
    return web.Server(handler, access_log=None, auto_decompress=False, logger=_LOGGER, keepalive_timeout=75)


def _abort(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.Transport):
        transport.abort()
