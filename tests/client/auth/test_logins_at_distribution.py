# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Logins and TLS at Debian's docker-registry: htpasswd, own CA, a token server, nginx with client certificates."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from real_registries import PASSWORD, USER, Files, behind_nginx, client_pair, distribution, make_files, with_htpasswd
from real_registries import with_token_server as token_registry
from registry_api_v2_client.errors import AuthenticationError, ConnectionFailedError, RegistryError
from registry_api_v2_client.settings import Login, Settings, Tls
from registry_api_v2_client.transport.request import Request
from registry_api_v2_client.transport.session import Session

START = Request("upload_start", "POST", "/v2/team/app/blobs/uploads/", "a layer of team/app", "team/app", accept=(202,))
MOUNT = replace(START, operation="upload_mount", mount_from="base/os", accept=(201, 202),
                target=f"/v2/team/app/blobs/uploads/?mount=sha256:{'0' * 64}&from=base/os")
LIST = Request("catalog", "GET", "/v2/_catalog", "the repositories")
WORDS = Login(USER, PASSWORD)


@dataclass(frozen=True)
class Place:
    """A registry that runs, the files of its TLS, and the folder that stands for our home."""

    url: str
    files: Files
    home: Path

    @property
    def tls(self) -> Tls:
        return Tls(ca_path=str(self.files.ca))

    def send(self, *requests: Request, login: Login = WORDS, tls: Tls | None = None, url: str = "",
             **environ: str) -> list[int]:
        async def run() -> list[int]:
            settings = Settings(url or self.url, login=login, tls=tls or self.tls, retries=0)
            async with Session(settings, environ={"HOME": str(self.home), "PATH": os.defpath, **environ}) as session:
                return [(await session.send(request)).status for request in requests]

        return asyncio.run(run())

    def write(self, path: str, document: t.Any) -> str:
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(document if isinstance(document, str) else json.dumps(document))
        return str(target)


@pytest.fixture
def place(tmp_path: Path) -> t.Iterator[Place]:
    files = make_files(tmp_path)
    (tmp_path / "home").mkdir()
    with with_htpasswd(tmp_path, files) as url:
        yield Place(url, files, tmp_path / "home")


def logins(place: Place) -> dict[str, t.Any]:
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return {"auths": {place.url.partition("//")[2]: {"auth": auth}}}


def test_words(place: Place) -> None:
    assert place.send(START, LIST) == [202, 200]


@pytest.mark.parametrize("path", [".docker/config.json", ".config/containers/auth.json"])
def test_a_usual_file(place: Place, path: str) -> None:
    place.write(path, logins(place))
    assert place.send(START, login=Login()) == [202]


def test_a_file_that_an_option_or_a_variable_names(place: Place) -> None:
    path = place.write("some/config.json", logins(place))
    assert place.send(START, login=Login(config_path=path)) == [202]
    assert place.send(START, login=Login(), REGISTRY_AUTH_FILE=path) == [202]
    assert place.send(START, login=Login(), DOCKER_CONFIG=str(Path(path).parent)) == [202]


@pytest.mark.parametrize("setting", ["credsStore", "credHelpers"])
def test_a_helper(place: Place, setting: str) -> None:
    answer = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper = Path(place.write("bin/docker-credential-tests", f"#!/bin/sh\necho '{answer}'\n"))
    helper.chmod(0o755)
    host = place.url.partition("//")[2]
    place.write(".docker/config.json", {setting: "tests" if setting == "credsStore" else {host: "tests"}})
    assert place.send(START, login=Login(), PATH=str(helper.parent)) == [202]


def test_a_wrong_password_and_none(place: Place) -> None:
    with pytest.raises(AuthenticationError, match=r"refused the login ci from username and password \(401 UNAUTH"):
        place.send(START, login=Login(USER, "wrong"))
    with pytest.raises(AuthenticationError, match=r"wants a login for team/app, .* has none \(looked at: "):
        place.send(START, login=Login())


def test_an_own_ca_in_certs_d(place: Place) -> None:
    host = place.url.partition("//")[2]
    place.write(f".docker/certs.d/{host}/ca.crt", place.files.ca.read_text())
    assert place.send(START, tls=Tls()) == [202]


def test_an_own_ca_that_nobody_named(place: Place) -> None:
    with pytest.raises(ConnectionFailedError, match='its CA "Own CA" is unknown'):
        place.send(START, tls=Tls())
    assert place.send(START, tls=Tls(validate_certs=False)) == [202]


def test_the_wrong_scheme(place: Place) -> None:
    with pytest.raises(ConnectionFailedError, match="speaks https, but registry_url says http"):
        place.send(START, url=place.url.replace("https", "http"))


def test_a_token_server_on_another_port(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    with token_registry(tmp_path, files) as (url, log):
        place = Place(url, files, tmp_path)
        assert place.send(START, MOUNT, START, LIST) == [202, 202, 202, 200]
        assert log == ["repository:team/app:pull,push", "repository:team/app:pull,push repository:base/os:pull",
                       "registry:catalog:*"]
        with pytest.raises(AuthenticationError, match=r"refused the login ci .*401 \"incorrect username or password\""):
            place.send(START, login=Login(USER, "wrong"))


def test_certs_d_of_the_registry_counts_for_its_token_server(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    with token_registry(tmp_path, files) as (url, _log):
        place = Place(url, files, tmp_path)
        place.write(f".docker/certs.d/{url.partition('//')[2]}/ca.crt", files.ca.read_text())
        assert place.send(START, tls=Tls()) == [202]


def test_a_client_certificate_behind_nginx(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    certificate, key = client_pair(files, tmp_path)
    with distribution(tmp_path) as inner, behind_nginx(tmp_path, inner, files) as url:
        place = Place(url, files, tmp_path)
        shown = replace(place.tls, client_cert=str(certificate), client_key=str(key))
        assert place.send(START, LIST, tls=shown) == [202, 200]
        with pytest.raises(RegistryError, match="client certificate"):
            place.send(START)


def test_nginx_limits_the_size_of_a_body(tmp_path: Path) -> None:
    files = make_files(tmp_path)
    certificate, key = client_pair(files, tmp_path)
    with distribution(tmp_path) as inner, behind_nginx(tmp_path, inner, files) as url:
        place = Place(url, files, tmp_path)
        big = replace(START, method="POST", body=b"x" * 2_000_000, target=f"{START.target}?digest=sha256:{'0' * 64}")
        with pytest.raises(RegistryError) as caught:
            place.send(big, tls=replace(place.tls, client_cert=str(certificate), client_key=str(key)))
        assert caught.value.code == "body-too-large"
