# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Debian's docker-registry in the settings that people run: htpasswd, TLS by an own CA, a token server, behind nginx.

Each is a context manager that ends what it started. nginx keeps bodies in memory: its workers may not write here.
"""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import time
import typing as t
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import trustme
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pytest_oci_registry.backends.process import find_executable, htpasswd_line, running, wait_for_port
from pytest_oci_registry.settings import Settings

USER = "ci"
PASSWORD = "s3cr3t-pass"


@dataclass(frozen=True)
class Files:
    """An authority of its own, and the certificate of 127.0.0.1 and localhost, as files."""

    authority: trustme.CA = field(repr=False)
    ca: Path
    certificate: Path
    key: Path


def make_files(folder: Path, *names: str) -> Files:
    """Make an authority and a server's certificate, for this machine and other names, in a folder."""
    authority = trustme.CA(organization_name="Own CA")
    issued = authority.issue_cert("127.0.0.1", "localhost", *names, key_type=trustme.KeyType.RSA)
    files = Files(authority, folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority.cert_pem.write_to_path(str(files.ca))
    issued.cert_chain_pems[0].write_to_path(str(files.certificate))
    issued.private_key_pem.write_to_path(str(files.key))
    return files


def client_pair(files: Files, folder: Path) -> tuple[Path, Path]:
    """Return the files of a client's certificate and key by the same authority."""
    issued = files.authority.issue_cert("client@example.com")
    certificate, key = folder / "client.cert", folder / "client.key"
    issued.cert_chain_pems[0].write_to_path(str(certificate))
    issued.private_key_pem.write_to_path(str(key))
    return certificate, key


@contextmanager
def distribution(
    folder: Path, auth: t.Mapping[str, t.Any] | None = None, files: Files | None = None
) -> t.Iterator[str]:
    """Run docker-registry on a free port; give its URL."""
    http: dict[str, t.Any] = {"addr": "127.0.0.1:0", "secret": "only for tests"}
    if files is not None:
        http["tls"] = {"certificate": str(files.certificate), "key": str(files.key)}
    storage = {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}}
    document = {"version": "0.1", "log": {"level": "info"}, "storage": storage, "http": http}
    if auth is not None:
        document["auth"] = auth
    config, log = folder / "config.yml", folder / "registry.log"
    config.write_text(json.dumps(document))
    with log.open("wb") as output, running([find_executable(Settings()), "serve", str(config)], output) as process:
        yield f"{'https' if files else 'http'}://127.0.0.1:{wait_for_port(process, log, 10)}"


@contextmanager
def with_htpasswd(folder: Path, files: Files | None = None) -> t.Iterator[str]:
    """Run docker-registry with the one login of this module; give its URL."""
    with distribution(folder, htpasswd(folder), files) as url:
        yield url


def htpasswd(folder: Path) -> dict[str, t.Any]:
    """Return distribution's settings for the one login of this module."""
    path = folder / "htpasswd"
    path.write_text(htpasswd_line(USER, PASSWORD))
    return {"htpasswd": {"realm": "tests", "path": str(path)}}


@contextmanager
def with_token_server(folder: Path, files: Files) -> t.Iterator[tuple[str, list[str]]]:
    """Run docker-registry and a token server on another port, both by TLS; give the URL and all scopes asked for."""
    with _token_server(files) as (realm, log):
        settings = {"realm": realm, "service": "tests", "issuer": "tests", "rootcertbundle": str(files.ca)}
        with distribution(folder, {"token": settings}, files) as url:
            yield url, log


@contextmanager
def behind_nginx(folder: Path, inner: str, files: Files) -> t.Iterator[str]:
    """Run nginx with TLS, obligatory client certificates and a body limit of 1 MB before a registry; give its URL."""
    port = _free_port()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, inner=inner, files=files))
    command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_open(port, process)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


_NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {files.certificate}; ssl_certificate_key {files.key};
    ssl_client_certificate {files.ca}; ssl_verify_client on;
    client_max_body_size 1m; client_body_buffer_size 1m; proxy_buffering off;
    location / {{
      proxy_pass {inner};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
    }}
  }}
}}
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"nginx did not listen: status {process.poll()}")


@contextmanager
def _token_server(files: Files) -> t.Iterator[tuple[str, list[str]]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    log: list[str] = []
    handler = type("Handler", (_TokenHandler,), {"files": files, "log": log})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://localhost:{server.server_address[1]}/token", log
        finally:
            server.shutdown()
            thread.join()


class _TokenHandler(BaseHTTPRequestHandler):
    """Gives the one login of this module a signed token for whatever it asks ("Token Authentication Specification")."""

    files: Files
    log: list[str]

    def do_GET(self) -> None:
        login = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        allowed = self.headers.get("Authorization") == login
        scopes = parse_qs(urlsplit(self.path).query).get("scope", [])
        self.log.append(" ".join(scopes))
        body = {"token": _signed(self.files, scopes)} if allowed else {"details": "incorrect username or password"}
        data = json.dumps(body).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def _signed(files: Files, scopes: list[str]) -> str:
    now = int(time.time())
    access = [_access(scope) for scope in scopes]
    claims = {"iss": "tests", "sub": USER, "aud": "tests", "exp": now + 300, "nbf": now - 10, "iat": now,
              "jti": uuid.uuid4().hex, "access": access}
    der = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
    head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    text = f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"
    key = t.cast(RSAPrivateKey, load_pem_private_key(files.key.read_bytes(), None))
    return f"{text}.{_encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _access(scope: str) -> dict[str, t.Any]:
    kind, _colon, rest = scope.partition(":")
    name, _colon, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
