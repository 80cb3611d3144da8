# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""No answer came: each way in which that happens has its sentence, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest
import trustme
from registry_api_v2_client.endpoints.manifests import head_manifest
from registry_api_v2_client.endpoints.ping import ping
from registry_api_v2_client.errors import ConnectionFailedError
from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.settings import Tls
from registry_api_v2_client.transport.tls.tls_errors import wrong_scheme
from scripted import no_wait
from sending import certificate_files, talk


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certificate_files(tmp_path_factory.mktemp("tls"))


def error_of(url, call=ping, **settings):
    with pytest.raises(ConnectionFailedError) as caught:
        talk(url, call, sleep=no_wait, retries=1, **settings)
    return caught.value


def against(handle, context=None, scheme="http", **settings):
    """Return the error of a ping to a server whose connections `handle` treats."""

    connections = []

    async def kept(reader, writer):
        connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await handle(reader, writer)

    async def main():
        server = await asyncio.start_server(kept, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        try:
            url = f"{scheme}://127.0.0.1:{port}"
            return port, await asyncio.get_running_loop().run_in_executor(None, lambda: error_of(url, **settings))
        finally:
            server.close()
            for writer in connections:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    return asyncio.run(main())


async def answer_200(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    writer.close()


async def answer_400(reader, writer):
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    writer.close()


async def hang_up(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def say_nothing(reader, writer):
    await reader.read()
    writer.close()


async def say_something_else(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    writer.close()


def context_of(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[0], files[1])
    return context


@contextlib.contextmanager
def openssl_server(context):
    """A server that speaks TLS, and answers plain bytes with an alert as OpenSSL does; gives its port."""

    def serve():
        with contextlib.suppress(OSError):  # the end: listener is closed
            while True:
                meet(listener.accept()[0])

    def meet(connection):
        connection.settimeout(10)
        with contextlib.suppress(OSError), connection:
            if connection.recv(1, socket.MSG_PEEK) == b"\x16":
                context.wrap_socket(connection, server_side=True).close()
            else:
                connection.recv(65536)
                connection.sendall(b"\x15\x03\x01\x00\x02\x02\x46")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def test_nobody_listens():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        error = error_of(f"http://127.0.0.1:{port}")
    assert error.code == "unreachable" and f"refused by 127.0.0.1:{port}" in error.message and error.retryable


def test_nobody_has_that_name():
    error = error_of("http://no-such-host.invalid")
    assert error.code == "unreachable" and "its name" in error.message


def test_a_server_that_hangs_up():
    port, error = against(hang_up)
    assert error.code == "silent"
    assert error.message.startswith(f"127.0.0.1:{port} cut the connection while its API was asked for (2 tries in ")


def test_a_server_that_says_nothing():
    _port, error = against(say_nothing, timeout=0.3)
    assert error.code == "silent" and "sent nothing for 0.3 s" in error.message


def test_a_server_of_another_protocol():
    with pytest.raises(Exception, match="something that is no HTTP"):
        against(say_something_else)


def test_http_to_a_tls_port(files):
    with openssl_server(context_of(files)) as port:
        error = error_of(f"http://127.0.0.1:{port}")
    assert error.code == "wrong-scheme" and "speaks https, but registry_url says http" in error.message


def test_another_host_of_the_wrong_scheme_is_not_blamed_on_registry_url():
    other = parse_registry("https://storage.example")
    error = wrong_scheme(other, parse_registry("https://registry.example"))
    assert "but the address that registry.example returned" in error.message and "registry_url" not in str(error)
    assert error.hint.startswith("Have the operator of registry.example correct that address")


def test_any_request_by_http_to_a_tls_port_of_go():
    """Go answers so to every method, HEAD too, with a body that hides from whoever asked by HEAD."""

    async def refuse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
        writer.close()

    _port, error = against(refuse, call=lambda session: head_manifest(session, "app", "1"))
    assert error.code == "wrong-scheme"


def test_http_to_a_tls_port_that_hangs_up_without_a_word(files):
    _port, error = against(answer_200, context_of(files))
    assert error.code == "wrong-scheme" and "speaks https" in error.message


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_missing_client_certificate(files, version):
    context = context_of(files)
    context.load_verify_locations(files[2])
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    with openssl_server(context) as port:
        error = error_of(f"https://127.0.0.1:{port}", tls=Tls(ca_path=files[2]))
    assert error.code == "no-tls" and "certificate" in error.message and "client_cert" in error.hint


def test_https_to_a_plain_port():
    _port, error = against(answer_400, scheme="https")
    assert error.code == "wrong-scheme" and "speaks plain http, but registry_url says https" in error.message


def test_a_certificate_of_an_unknown_authority_is_named(files):
    _port, error = against(answer_200, context_of(files), "https")
    assert error.code == "untrusted-certificate" and "trustme" in error.message and "ca_path" in error.hint


def test_a_certificate_of_a_known_authority_is_trusted(files):
    with pytest.raises(pytest.fail.Exception):
        against(answer_200, context_of(files), "https", tls=Tls(ca_path=str(files[2])))


def test_a_certificate_for_another_name_lists_its_names(files, tmp_path):
    authority = trustme.CA()
    issued = authority.issue_cert("other.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    _port, error = against(answer_200, context, "https", tls=Tls(ca_path=str(path)))
    assert error.code == "untrusted-certificate" and "it is for other.example" in error.message
