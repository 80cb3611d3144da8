# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Requests through a proxy that wants a login: what the proxy sees, and what the registry behind it sees."""

from __future__ import annotations

import asyncio
import base64
import socket
import typing as t
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from real_registries import make_files
from registry_api_v2_client.errors import ConnectionFailedError
from registry_api_v2_client.settings import Login, Settings, Tls
from registry_api_v2_client.transport.request import Request
from registry_api_v2_client.transport.session import Session

from pytest_oci_registry.server.registry import EmbeddedRegistry
from pytest_oci_registry.server.settings import BasicAuth, ServerSettings
from pytest_oci_registry.server.settings import Tls as ServerTls

LIST = Request("catalog", "GET", "/v2/_catalog", "the repositories")
PASSWORD = "s3cr3t-pass"
WANTED = "Basic " + base64.b64encode(b"pro:xy-s3cr3t").decode()


class Proxy:
    """Forwards every connection to one port, whatever name was asked for, when its login is right."""

    def __init__(self, target: int) -> None:
        self.heads: list[str] = []
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        workers: list[Thread] = []
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                break
            workers.append(Thread(target=self._serve, args=(connection,)))
            workers[-1].start()
        for worker in workers:
            worker.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            head = _read_head(connection)
            self.heads.append(head)
            if f"proxy-authorization: {WANTED}".lower() not in head.lower():
                connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", self._target), 10) as inner:
                if head.startswith("CONNECT "):
                    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    line, _end, rest = head.partition("\r\n")
                    method, url, version = line.split(" ")
                    path = "/" + url.split("/", 3)[3]
                    inner.sendall(f"{method} {path} {version}\r\nConnection: close\r\n{rest}".encode())
                back = Thread(target=_pump, args=(inner, connection))
                back.start()
                _pump(connection, inner)
                back.join()


def _read_head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        chunk = connection.recv(65536)
        if not chunk:
            break
        head += chunk
    return head.decode()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@contextmanager
def proxied(tmp_path: Path, scheme: str) -> t.Iterator[tuple[EmbeddedRegistry, Proxy, Tls]]:
    files = make_files(tmp_path, "registry.test")
    tls = ServerTls(files.certificate, files.key, files.ca) if scheme == "https" else False
    settings = ServerSettings(auth=BasicAuth("ci", PASSWORD), tls=tls)
    with EmbeddedRegistry(settings) as registry:
        proxy = Proxy(int(registry.url.rpartition(":")[2]))
        try:
            yield registry, proxy, Tls(ca_path=str(files.ca))
        finally:
            proxy.close()


def send(scheme: str, tls: Tls, **environ: str) -> int:
    async def run() -> int:
        url = f"{scheme}://registry.test:5000"
        settings = Settings(url, login=Login("ci", PASSWORD), tls=tls, retries=0, timeout=5)
        async with Session(settings, environ={"HOME": "/nonexistent", **environ}) as session:
            return (await session.send(LIST)).status

    return asyncio.run(run())


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # start_tls of Python before 3.11
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_each_sees_its_own_login_only(tmp_path: Path, scheme: str) -> None:
    with proxied(tmp_path, scheme) as (registry, proxy, tls):
        assert send(scheme, tls, ALL_PROXY=f"http://pro:xy-s3cr3t@127.0.0.1:{proxy.port}") == 200
        assert all(entry.header("Proxy-Authorization") in (None, WANTED) for entry in registry.requests)
        tunnels = [head for head in proxy.heads if head.startswith("CONNECT registry.test:5000 ")]
        assert len(tunnels) == (len(proxy.heads) if scheme == "https" else 0)
        assert not any("\r\nauthorization:" in head.lower() for head in tunnels)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_one_sentence(tmp_path: Path, scheme: str) -> None:
    with proxied(tmp_path, scheme) as (registry, proxy, tls):
        url = f"http://127.0.0.1:{proxy.port}"
        with pytest.raises(ConnectionFailedError) as caught:
            send(scheme, tls, ALL_PROXY=url.replace("//", "//pro:wr0ng@"))
        assert f"the proxy {url} (from ALL_PROXY) says 407." in caught.value.message
        assert "wr0ng" not in str(caught.value)
        assert len(registry.requests) == 0
