# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A session that is closed holds no socket any more, whatever the server said of the connection."""

from __future__ import annotations

import asyncio
import gc
import ssl
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
import trustme
from raw_server import RawServer, answer
from registry_api_v2_client.settings import Login, Settings, Tls
from registry_api_v2_client.transport.connection.closing import Transports
from registry_api_v2_client.transport.request import PING
from registry_api_v2_client.transport.session import Session


@pytest.fixture(params=["http", "https"])
def settings(request, tmp_path):
    """For a server that says `Connection: close` to GET and then neither closes nor hears our farewell."""
    over = threading.Event()

    def hold():
        yield answer(200, {}, Connection="close")
        over.wait(30)

    with RawServer(lambda asked: hold() if asked.method == "GET" else answer(200)) as server:
        found = Settings(server.url, Login(anonymous=True), retries=0, timeout=5)
        if request.param == "https":
            authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            authority.cert_pem.write_to_path(tmp_path / "ca.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
            found = replace(found, url=f"https://{server.netloc}", tls=Tls(ca_path=str(tmp_path / "ca.pem")))
        yield found
        over.set()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("methods", [["GET"], ["HEAD"], ["GET", "HEAD", "GET"]], ids="-".join)
def test_no_socket_is_left_open(settings, methods):
    async def work():
        async with Session(settings, environ={}) as session:
            return [(await session.send(replace(PING, method=method))).status for method in methods]

    assert asyncio.run(work()) == [200] * len(methods)
    gc.collect()  # a transport that is still open warns when it goes, and pytest makes an error of that


def test_transports_that_know_no_weak_references_are_left_to_their_loop():
    class Transport:
        """A transport of uvloop."""

        __slots__ = ()

        def get_extra_info(self, _name):
            return "192.0.2.1", 443

    async def create(_request):
        return SimpleNamespace(transport=Transport())

    connector = SimpleNamespace(_create_connection=create)
    transports = Transports(SimpleNamespace(connector=connector))
    request = SimpleNamespace(proxy=None, url=SimpleNamespace(host="registry.example"))
    assert asyncio.run(connector._create_connection(request)).transport is not None
    assert transports.addresses == {"registry.example": "192.0.2.1"}
