# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Logins at the embedded registry, over the wire: what it saw, and what it did not."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import typing as t
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from registry_api_v2_client.errors import AuthenticationError, RegistryError
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.request import Answer, Request
from registry_api_v2_client.transport.session import Session

from pytest_oci_registry.server.personalities import PERSONALITIES
from pytest_oci_registry.server.registry import EmbeddedRegistry
from pytest_oci_registry.server.settings import BasicAuth, ServerSettings, TokenAuth

PASSWORD = "s3cr3t-pass"
LOGIN = Login("ci", PASSWORD)
TOKEN = TokenAuth("ci", PASSWORD)
LIST = Request("tags", "GET", "/v2/team/app/tags/list", "the tags of team/app", "team/app", accept=(200, 404))
START = Request("upload_start", "POST", "/v2/team/app/blobs/uploads/", "a layer of team/app", "team/app", accept=(202,))
ZEROS = "sha256:" + "0" * 64
MOUNT = replace(START, operation="upload_mount", mount_from="base/os", accept=(201, 202),
                target=f"/v2/team/app/blobs/uploads/?mount={ZEROS}&from=base/os")
DELETE = Request("manifest_delete", "DELETE", f"/v2/team/app/manifests/{ZEROS}", "app:1", "team/app",
                 accept=(202, 403, 404, 405))


@contextmanager
def serving(auth: t.Any = TOKEN, **settings: t.Any) -> t.Iterator[EmbeddedRegistry]:
    with EmbeddedRegistry(ServerSettings(auth=auth, **settings)) as registry:
        yield registry


def send(registry: EmbeddedRegistry, *requests: Request, login: Login = LOGIN, at_once: bool = False) -> list[int]:
    async def run() -> list[Answer]:
        settings = Settings(registry.url, login=login, retries=0)
        async with Session(settings, environ={"HOME": "/nonexistent"}) as session:
            if at_once:
                return list(await asyncio.gather(*[session.send(request) for request in requests]))
            return [await session.send(request) for request in requests]

    return [answer.status for answer in asyncio.run(run())]


def seen(registry: EmbeddedRegistry) -> list[str]:
    return [f"{entry.status} {entry.operation}" for entry in registry.requests]


def refused(registry: EmbeddedRegistry, request: Request = LIST, login: Login = LOGIN) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as caught:
        send(registry, request, login=login)
    assert PASSWORD not in f"{caught.value!r}{caught.value}{caught.value.details()}"
    return caught.value


def config(tmp_path: Path, registry: EmbeddedRegistry, **entry: str) -> Login:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": {registry.url.partition("//")[2]: entry}}))
    return Login(config_path=str(path))


def test_an_open_registry_sees_one_ping_and_no_login() -> None:
    with serving(None) as registry:
        send(registry, LIST, START)
        assert seen(registry) == ["200 ping", "404 tags", "202 upload_start"]
        assert not any(entry.header("Authorization") for entry in registry.requests)


def test_basic_after_one_ping() -> None:
    with serving(BasicAuth("ci", PASSWORD)) as registry:
        send(registry, LIST, START)
        assert seen(registry) == ["401 ping", "404 tags", "202 upload_start"]


def test_one_token_for_a_repository_is_shared_by_requests_at_once() -> None:
    with serving() as registry:
        send(registry, *[LIST] * 8, at_once=True)
        assert sorted(seen(registry)) == ["200 token", "401 ping"] + ["404 tags"] * 8


@pytest.mark.parametrize("realm", ["same", "other"])
def test_the_realm_may_be_another_host_and_only_it_sees_the_password(realm: str) -> None:
    with serving(replace(TOKEN, realm=realm)) as registry:
        assert send(registry, START, MOUNT) == [202, 202]
        logins = [entry for entry in registry.requests if (entry.header("Authorization") or "").startswith("Basic")]
        assert {entry.operation for entry in logins} == {"token"}


def test_an_identity_token_is_exchanged(tmp_path: Path) -> None:
    with serving(replace(TOKEN, identity_token="1dent1ty")) as registry:
        auth = base64.b64encode(b"ci:").decode()
        assert send(registry, START, login=config(tmp_path, registry, auth=auth, identitytoken="1dent1ty")) == [202]
        assert [entry.method for entry in registry.requests if entry.operation == "token"] == ["POST"]


def test_a_refused_identity_token_is_a_refused_login(tmp_path: Path) -> None:
    with serving(replace(TOKEN, identity_token="1dent1ty")) as registry:
        login = config(tmp_path, registry, identitytoken="0ld")
        error = refused(registry, login=login)
        assert error.code == "login-refused"
        assert f"refused the login <token> from {login.config_path} (401" in error.message
        assert "0ld" not in str(error)


def test_a_login_from_a_file_works_and_its_source_is_named_when_refused(tmp_path: Path) -> None:
    with serving() as registry:
        good, bad = (base64.b64encode(f"ci:{word}".encode()).decode() for word in (PASSWORD, "wrong"))
        assert send(registry, START, login=config(tmp_path, registry, auth=good)) == [202]
        error = refused(registry, login=config(tmp_path, registry, auth=bad))
        assert f"refused the login ci from {tmp_path}/config.json (401" in error.message


def test_a_revoked_token_is_renewed_once() -> None:
    with serving() as registry:
        async def run() -> int:
            async with Session(Settings(registry.url, login=LOGIN, retries=0), environ={"HOME": "/"}) as session:
                await session.send(START)
                registry._state.tokens.revoke()
                return (await session.send(START)).status

        assert asyncio.run(run()) == 202
        assert seen(registry)[1:] == [
            "200 token", "202 upload_start", "401 upload_start", "200 token", "202 upload_start"]


@pytest.mark.parametrize("personality", sorted(PERSONALITIES))
def test_every_personality_lets_us_in(personality: str) -> None:
    with serving(personality=personality) as registry:
        started = replace(START, accept=(202, 404))  # ECR makes no repository by itself
        assert send(registry, started, DELETE)[0] in (202, 404)


def test_nobody_is_told_to_log_in_without_a_401() -> None:
    with serving() as registry:
        assert refused(registry, login=Login(anonymous=True)).code == "no-credentials"
        assert refused(registry, login=Login("ci", "wrong")).code == "login-refused"


def test_basic_that_is_refused_names_the_login() -> None:
    with serving(BasicAuth("ci", PASSWORD)) as registry:
        error = refused(registry, login=Login("ci", "wrong"))
        assert error.code == "login-refused"
        assert "refused the login ci from username and password (401 UNAUTHORIZED" in error.message


def test_a_pull_without_login_where_that_is_allowed() -> None:
    with serving(replace(TOKEN, anonymous_pull=True)) as registry:
        assert send(registry, LIST, login=Login(anonymous=True)) == [404]
        assert refused(registry, START, login=Login(anonymous=True)).code == "no-credentials"


class Moved(BaseHTTPRequestHandler):
    """Sends every caller on to `elsewhere`."""

    elsewhere = ""

    def do_GET(self) -> None:
        self.send_response(307)
        self.send_header("Location", self.elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def moving(elsewhere: str) -> t.Iterator[str]:
    handler = type("Handler", (Moved,), {"elsewhere": elsewhere})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_token_request_that_is_sent_elsewhere_stops_there() -> None:
    with serving() as stranger, moving(f"{stranger.url}/token") as realm:
        with serving(replace(TOKEN, realm=f"{realm}/token")) as registry:
            with pytest.raises(RegistryError, match=r"a redirect to .*, where no login is sent"):
                send(registry, LIST)
        assert len(stranger.requests) == 0


def test_a_registry_that_sends_us_elsewhere_teaches_no_realm() -> None:
    with serving() as stranger, moving(f"{stranger.url}/v2/") as url:
        with pytest.raises(RegistryError):
            send(t.cast(EmbeddedRegistry, SimpleNamespace(url=url)), LIST)
        assert len(stranger.requests) > 0
        assert not any(entry.header("Authorization") for entry in stranger.requests)


def test_the_log_holds_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving() as registry:
        send(registry, START)
        tokens = [(entry.header("Authorization") or "").partition(" ")[2] for entry in registry.requests]
    assert "asks for bearer: login ci from username and password" in caplog.text
    for secret in filter(None, [PASSWORD, *tokens]):
        assert secret not in caplog.text
