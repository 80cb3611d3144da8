# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a TLS context trusts and shows, judged by handshakes with a real TLS server on this machine."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import typing as t
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from registry_api_v2_client.errors import ConnectionFailedError, ValidationError
from registry_api_v2_client.reference import Registry, parse_registry
from registry_api_v2_client.settings import Tls
from registry_api_v2_client.transport.tls.certificate import Certificate, read_certificate
from registry_api_v2_client.transport.tls.certs_d import certificate_folders
from registry_api_v2_client.transport.tls.contexts import ssl_context
from registry_api_v2_client.transport.tls.tls_errors import (
    certificate_wanted,
    explain_tls,
    fetch_certificate,
    is_tls_record,
    speaks_tls,
    tls_error,
    wants_certificate,
)

HOST = "https://registry.example.com:5000"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Test Org")


def server_context(certificate: trustme.LeafCert, clients: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@contextmanager
def serving(context: ssl.SSLContext | None) -> t.Iterator[Registry]:
    """Answer each connection with `hi` after the handshake, or with plain HTTP where there is no context."""
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_accept, args=(listener, context))
    thread.start()
    try:
        yield Registry("https", "localhost", listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


def _accept(listener: socket.socket, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _peer = listener.accept()
        except OSError:
            return
        connection.settimeout(10)
        with connection:
            _greet(connection, context)


def _greet(connection: socket.socket, context: ssl.SSLContext | None) -> None:
    try:
        if context is None:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.sendall(b"hi")
    except OSError:
        return


def greeting(context: ssl.SSLContext, registry: Registry) -> bytes:
    with socket.create_connection(("127.0.0.1", registry.port), 10) as connection:
        with context.wrap_socket(connection, server_hostname=registry.host) as encrypted:
            return encrypted.recv(2)


def make(tmp_path: Path, registry: Registry, **options: t.Any) -> ssl.SSLContext:
    return ssl_context(Tls(**options), registry, {"HOME": str(tmp_path)}, etc=str(tmp_path / "etc"))


def stored(path: Path, *blobs: trustme.Blob) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return str(path)


def test_an_unknown_ca_is_not_trusted_and_named(tmp_path: Path, authority: trustme.CA) -> None:
    with serving(server_context(authority.issue_cert("localhost"))) as registry:
        with pytest.raises(ssl.SSLError) as caught:
            greeting(make(tmp_path, registry), registry)
        error = explain_tls(caught.value, registry, fetch_certificate(registry))
    assert isinstance(error, ConnectionFailedError)
    assert error.message.endswith(f'does not trust the certificate of {registry.netloc}: its CA "Test Org" is unknown.')
    assert f"/etc/docker/certs.d/{registry.netloc}/ca.crt" in error.hint


def test_ca_path_is_a_file_or_a_folder_and_certs_d_needs_none(tmp_path: Path, authority: trustme.CA) -> None:
    with serving(server_context(authority.issue_cert("localhost"))) as registry:
        path = stored(tmp_path / "trust" / "own.crt", authority.cert_pem)
        assert greeting(make(tmp_path, registry, ca_path=path), registry) == b"hi"
        assert greeting(make(tmp_path, registry, ca_path=str(tmp_path / "trust")), registry) == b"hi"
        stored(tmp_path / "etc/docker/certs.d" / registry.netloc / "ca.crt", authority.cert_pem)
        assert greeting(make(tmp_path, registry), registry) == b"hi"


def test_the_certificate_itself_may_be_what_is_trusted(tmp_path: Path, authority: trustme.CA) -> None:
    leaf = authority.issue_cert("localhost")
    with serving(server_context(leaf)) as registry:
        path = stored(tmp_path / "leaf.pem", leaf.cert_chain_pems[0])
        assert greeting(make(tmp_path, registry, ca_path=path), registry) == b"hi"


def test_without_validation_any_certificate_will_do(tmp_path: Path, authority: trustme.CA) -> None:
    with serving(server_context(authority.issue_cert("other.example.com"))) as registry:
        assert greeting(make(tmp_path, registry, validate_certs=False), registry) == b"hi"


def test_the_systems_own_trust_stays(tmp_path: Path, authority: trustme.CA) -> None:
    path = stored(tmp_path / "ca.pem", authority.cert_pem)
    registry = parse_registry(HOST)
    plain = make(tmp_path, registry).cert_store_stats()["x509_ca"]
    assert make(tmp_path, registry, ca_path=path).cert_store_stats()["x509_ca"] == plain + 1


def test_tls_before_1_2_is_not_spoken(tmp_path: Path) -> None:
    assert make(tmp_path, parse_registry(HOST)).minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_wrong_name_lists_the_right_ones(tmp_path: Path, authority: trustme.CA) -> None:
    path = stored(tmp_path / "ca.pem", authority.cert_pem)
    with serving(server_context(authority.issue_cert("other.example.com", "10.1.2.3"))) as registry:
        with pytest.raises(ssl.SSLError) as caught:
            greeting(make(tmp_path, registry, ca_path=path), registry)
        error = explain_tls(caught.value, registry, fetch_certificate(registry))
    assert error.message.endswith(": it is for other.example.com, 10.1.2.3.")
    assert error.hint == "Use one of those names in registry_url."


def test_an_ended_certificate_says_when(tmp_path: Path, authority: trustme.CA) -> None:
    from datetime import datetime, timezone

    path = stored(tmp_path / "ca.pem", authority.cert_pem)
    ended = authority.issue_cert("localhost", not_before=datetime(2019, 1, 1, tzinfo=timezone.utc),
                                 not_after=datetime(2020, 2, 3, tzinfo=timezone.utc))
    with serving(server_context(ended)) as registry:
        with pytest.raises(ssl.SSLError) as caught:
            greeting(make(tmp_path, registry, ca_path=path), registry)
        error = explain_tls(caught.value, registry, fetch_certificate(registry))
    assert error.message.endswith(": it ended on 2020-02-03.")
    assert error.hint.startswith("Renew it")


@pytest.mark.parametrize("place", ["options", "one file", "certs.d"])
def test_a_client_certificate_is_shown(tmp_path: Path, authority: trustme.CA, place: str) -> None:
    pair = authority.issue_cert("client@example.com")
    with serving(server_context(authority.issue_cert("localhost"), clients=authority)) as registry:
        folder = tmp_path / "etc/containers/certs.d" / registry.netloc
        stored(folder / "ca.crt", authority.cert_pem)
        options = {}
        if place == "options":
            options = {"client_cert": stored(tmp_path / "c.pem", *pair.cert_chain_pems),
                       "client_key": stored(tmp_path / "k.pem", pair.private_key_pem)}
        elif place == "one file":
            options = {"client_cert": stored(tmp_path / "both.pem", pair.private_key_and_cert_chain_pem)}
        else:
            stored(folder / "client.cert", *pair.cert_chain_pems)
            stored(folder / "client.key", pair.private_key_pem)
        assert greeting(make(tmp_path, registry, **options), registry) == b"hi"


def test_a_client_certificate_that_is_missing_is_explained(tmp_path: Path, authority: trustme.CA) -> None:
    path = stored(tmp_path / "ca.pem", authority.cert_pem)
    with serving(server_context(authority.issue_cert("localhost"), clients=authority)) as registry:
        with pytest.raises(ssl.SSLError) as caught:
            greeting(make(tmp_path, registry, ca_path=path), registry)
        error = explain_tls(caught.value, registry)
    assert (error.code, "wants a client certificate" in error.message) == ("no-tls", True)
    assert "Set client_cert and client_key" in error.hint


def test_plain_http_on_the_port_is_the_wrong_scheme(tmp_path: Path) -> None:
    with serving(None) as registry:
        with pytest.raises(ssl.SSLError) as caught:
            greeting(make(tmp_path, registry), registry)
        error = explain_tls(caught.value, registry)
    assert error.message == f"{registry.netloc} speaks plain http, but registry_url says https."


@pytest.fixture
def files(tmp_path: Path, authority: trustme.CA) -> dict[str, str]:
    one, other = authority.issue_cert("one@example.com"), authority.issue_cert("other@example.com")
    key = stored(tmp_path / "key.pem", one.private_key_pem)
    locked = str(tmp_path / "locked.pem")
    subprocess.run(["openssl", "pkcs8", "-topk8", "-in", key, "-passout", "pass:x", "-out", locked], check=True)
    (tmp_path / "empty").mkdir()
    return {
        "cert": stored(tmp_path / "cert.pem", *one.cert_chain_pems), "key": key, "locked": locked,
        "other": stored(tmp_path / "other.pem", other.private_key_pem), "missing": str(tmp_path / "missing.pem"),
        "folder": str(tmp_path / "empty"), "rubbish": stored(tmp_path / "rubbish.pem", trustme.Blob(b"s3cr3t")),
        "broken": stored(tmp_path / "broken.pem", trustme.Blob(
            b"-----BEGIN CERTIFICATE-----\ns3cr3t\n-----END CERTIFICATE-----\n")),
        "broken_key": stored(tmp_path / "broken_key.pem", trustme.Blob(
            b"-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n")),
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"ca_path": "missing"}, "ca_path {missing} cannot be read: no such file or directory"),
        ({"ca_path": "folder"}, "ca_path {folder} is a folder without a .pem, .crt or .cer file"),
        ({"ca_path": "rubbish"}, "ca_path {rubbish} holds no certificate in PEM form"),
        ({"ca_path": "broken"}, "ca_path {broken} holds no certificate in PEM form"),
        ({"ca_path": "key"}, "ca_path {key} holds no certificate in PEM form"),
        ({"client_cert": "missing"}, "client_cert {missing} cannot be read: no such file or directory"),
        ({"client_cert": "folder"}, "client_cert {folder} is no file"),
        ({"client_cert": "cert"}, "client_cert {cert} holds no private key; give it as client_key"),
        ({"client_cert": "key", "client_key": "key"}, "client_cert {key} holds no certificate in PEM form"),
        ({"client_cert": "cert", "client_key": "cert"}, "client_key {cert} holds no private key"),
        ({"client_cert": "cert", "client_key": "missing"}, "client_key {missing} cannot be read"),
        ({"client_cert": "cert", "client_key": "other"}, "client_cert {cert} is not of the key {other}"),
        ({"client_cert": "cert", "client_key": "locked"}, "client_key {locked} is encrypted"),
        ({"client_cert": "cert", "client_key": "broken_key"}, "client_cert {cert} is damaged, or its key is"),
        ({"client_cert": "broken", "client_key": "key"}, "client_cert {broken} is damaged, or its key is"),
        ({"client_key": "key"}, "client_key is given without client_cert"),
    ],
)
def test_a_file_that_will_not_do_is_one_sentence(
    tmp_path: Path, files: dict[str, str], options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        make(tmp_path, parse_registry(HOST), **{name: files[kind] for name, kind in options.items()})
    assert caught.value.message.startswith(sentence.format(**files))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("name", ["client.cert", "client.key"])
def test_half_a_pair_in_certs_d_is_one_sentence(tmp_path: Path, name: str) -> None:
    stored(tmp_path / "etc/docker/certs.d/registry.example.com:5000" / name)
    with pytest.raises(ValidationError, match=rf"{name} has no client\.(key|cert) beside it"):
        make(tmp_path, parse_registry(HOST))


def test_other_hosts_are_not_shown_the_client_certificate(tmp_path: Path, files: dict[str, str]) -> None:
    tls = Tls(client_cert=files["missing"])
    ssl_context(tls, parse_registry(HOST), {"HOME": str(tmp_path)}, client=False, etc=str(tmp_path))


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://r.example.com", ["r.example.com", "r.example.com:443"]),
        ("https://r.example.com:5000", ["r.example.com:5000"]),
        ("http://r:80", ["r", "r:80"]),
        ("https://[::1]:5000", ["[::1]:5000"]),
        ("https://..", []),
    ],
)
def test_certs_d_folders_are_named_by_host_and_port(url: str, names: list[str]) -> None:
    folders = certificate_folders(parse_registry(url), {"HOME": "/h"})
    parents = ["/h/.docker/certs.d", "/h/.config/containers/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d"]
    assert list(folders) == [f"{parent}/{name}" for parent in parents for name in names]


def test_the_words_of_a_certificate_are_read(authority: trustme.CA) -> None:
    pem = authority.issue_cert("a.example.com", "*.b.example.com", "::1").cert_chain_pems[0].bytes().decode()
    der = ssl.PEM_cert_to_DER_cert(pem)
    certificate = read_certificate(der)
    assert (certificate.issuer, certificate.names) == ("Test Org", ("a.example.com", "*.b.example.com", "::1"))
    assert certificate.not_before is not None
    for end in range(0, len(der), 7):
        assert isinstance(read_certificate(der[:end]), Certificate)
        assert isinstance(read_certificate(der[:end] + b"\xff" + der[end + 1:]), Certificate)


def test_nobody_there_has_no_certificate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert fetch_certificate(Registry("https", "127.0.0.1", port), 1) is None


def test_the_tls_failure_is_found_inside_what_an_http_library_raises() -> None:
    inner = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    outer = OSError("connector")
    outer.__cause__ = inner
    assert tls_error(outer) is inner
    assert tls_error(ValueError()) is None
    wrapped = OSError()
    wrapped.certificate_error = inner  # type: ignore[attr-defined]  # as aiohttp's connector errors hold it
    assert tls_error(wrapped) is inner


@pytest.mark.parametrize(
    ("body", "https", "certificate"),
    [
        (b"Client sent an HTTP request to an HTTPS server.\n", True, False),
        (b"<center>The plain HTTP request was sent to HTTPS port</center>", True, False),
        (b"<center>No required SSL certificate was sent</center>", False, True),
        (b"<title>400 The SSL certificate error</title>", False, True),
        (b"{}", False, False),
    ],
)
def test_a_400_may_mean_tls(body: bytes, https: bool, certificate: bool) -> None:
    assert (speaks_tls(400, body), wants_certificate(400, body)) == (https, certificate)
    assert not speaks_tls(404, body)


def test_tls_bytes_are_no_http() -> None:
    assert is_tls_record(b"\x15\x03\x01\x00\x02\x02\x16")
    assert not is_tls_record(b"HTTP/1.1 200")


def test_a_wish_for_a_certificate_has_a_next_step() -> None:
    assert certificate_wanted(parse_registry(HOST)).code == "no-tls"


@pytest.mark.parametrize(
    ("reason", "words"),
    [("TLSV1_ALERT_PROTOCOL_VERSION", "offers no TLS 1.2"), ("UNSUPPORTED_PROTOCOL", "offers no TLS 1.2"),
     ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "client certificate"),
     ("TLSV1_ALERT_INTERNAL_ERROR", "tlsv1 alert internal error"), (None, "cut in the handshake")],
)
def test_other_handshake_failures_say_what_is_known(reason: str | None, words: str) -> None:
    error = ssl.SSLError(1, "x")
    error.reason = reason  # type: ignore[assignment]  # None where the connection ended
    assert words in explain_tls(error, parse_registry(HOST)).message
