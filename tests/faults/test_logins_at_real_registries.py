# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushed and listed at docker-registry with htpasswd, with a token server, and behind nginx, by each way to log in."""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from real_registries import (
    PASSWORD,
    USER,
    behind_nginx,
    client_pair,
    distribution,
    htpasswd,
    make_files,
    with_htpasswd,
    with_token_server,
)

from pytest_oci_registry.look.http_source import HttpSource
from pytest_oci_registry.look.validator import validate_image

AUTH = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class Place:
    """A registry that runs: its options for modules, and where it can be read from by other means."""

    url: str
    options: dict
    inner: HttpSource = field(repr=False)

    @property
    def host(self):
        return self.url.partition("//")[2]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """The three registries by name."""
    with ExitStack() as stack:
        yield {
            "htpasswd": htpasswd_place(stack, tmp_path_factory.mktemp("htpasswd")),
            "token": token_place(stack, tmp_path_factory.mktemp("token")),
            "nginx": nginx_place(stack, tmp_path_factory.mktemp("nginx")),
        }


def htpasswd_place(stack, folder):
    files = make_files(folder)
    url = stack.enter_context(with_htpasswd(folder, files))
    return Place(url, {"ca_path": str(files.ca)}, HttpSource(url, USER, PASSWORD, str(files.ca)))


def token_place(stack, folder):
    files = make_files(folder)
    url, _log = stack.enter_context(with_token_server(folder, files))
    return Place(url, {"ca_path": str(files.ca)}, HttpSource(url, USER, PASSWORD, str(files.ca)))


def nginx_place(stack, folder):
    files = make_files(folder)
    certificate, key = client_pair(files, folder)
    inner = stack.enter_context(distribution(folder, htpasswd(folder)))
    url = stack.enter_context(behind_nginx(folder, inner, files))
    shown = {"ca_path": str(files.ca), "client_cert": str(certificate), "client_key": str(key)}
    return Place(url, shown, HttpSource(inner, USER, PASSWORD))


@dataclass
class Given:
    """How the login is given: options of the module, and variables of its environment."""

    options: dict = field(default_factory=dict)
    variables: dict = field(default_factory=dict)


def by_words(place, home):
    return Given({"username": USER, "password": PASSWORD})


def by_config_path(place, home):
    return Given({"config_path": str(written(home / "some.json", {"auths": {place.host: {"auth": AUTH}}}))})


def by_docker_config(place, home):
    written(home / "docker" / "config.json", {"auths": {place.host: {"auth": AUTH}}})
    return Given(variables={"DOCKER_CONFIG": str(home / "docker")})


def by_registry_auth_file(place, home):
    path = written(home / "auth.json", {"auths": {f"{place.host}/team": {"auth": AUTH}}})
    return Given(variables={"REGISTRY_AUTH_FILE": str(path)})


def by_home(place, home):
    written(home / ".docker" / "config.json", {"auths": {f"https://{place.host}": {"auth": AUTH}}})
    return Given()


def by_helper(place, home, **entry):
    helper = home / "bin" / "docker-credential-tests"
    answer = json.dumps({"Username": USER, "Secret": PASSWORD})
    written(helper, f"#!/bin/sh\ncat >/dev/null\necho '{answer}'\n").chmod(0o755)
    written(home / ".docker" / "config.json", entry or {"credHelpers": {place.host: "tests"}})
    return Given(variables={"PATH": f"{helper.parent}:/usr/bin:/bin"})


def by_store(place, home):
    return by_helper(place, home, credsStore="tests")


def by_token(place, home):
    """A token that somebody else fetched: it is sent as it is."""
    context = ssl.create_default_context(cafile=place.options["ca_path"])
    with pytest.raises(urllib.error.HTTPError) as asked:
        urllib.request.urlopen(f"{place.url}/v2/", context=context)
    realm = re.search(r'realm="([^"]+)"', asked.value.headers["WWW-Authenticate"])[1]
    asked.value.close()
    query = "service=tests&scope=repository:team/token:pull,push"
    request = urllib.request.Request(f"{realm}?{query}", headers={"Authorization": f"Basic {AUTH}"})
    with urllib.request.urlopen(request, context=context) as answer:
        return Given({"token": json.load(answer)["token"]})


def written(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


WAYS = [by_words, by_config_path, by_docker_config, by_registry_auth_file, by_home, by_helper, by_store]
CASES = [(place, way) for place in ("htpasswd", "token", "nginx") for way in WAYS] + [("token", by_token)]


@pytest.mark.parametrize(("name", "way"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_pushed_and_listed(places, name, way, modules, tars, tmp_path):
    place, repository = places[name], f"team/{way.__name__[3:]}"
    given = way(place, tmp_path)
    variables = {"HOME": str(tmp_path), **given.variables}
    words = {"registry_url": place.url, **place.options, **given.options, "variables": variables}
    pushed = modules("docker_tar_push", path=str(tars["small"].path), name=repository, tags=["1"], **words)
    assert pushed["changed"] and not pushed.get("failed"), pushed["msg"]
    assert validate_image(place.inner, repository, "1").problems == []
    assert modules("registry_tags_info", name=repository, **words)["tags"] == ["1"]
    assert PASSWORD not in json.dumps(pushed)


@pytest.mark.parametrize("name", ["htpasswd", "token", "nginx"])
def test_no_login_and_a_wrong_one(places, name, modules, tars, tmp_path):
    place = places[name]
    image = {"path": str(tars["small"].path), "name": "team/no", "tags": ["1"]}
    words = {"registry_url": place.url, **place.options, **image}
    nobody = modules("docker_tar_push", **words, variables={"HOME": str(tmp_path)})
    assert nobody["error"]["code"] == "no-credentials" and "has none (looked at: " in nobody["msg"]
    wrong = modules("docker_tar_push", **words, username=USER, password="mistaken-one")
    assert wrong["error"]["code"] == "login-refused" and "mistaken-one" not in json.dumps(wrong)


def test_a_body_that_nginx_refuses_is_explained_and_chunks_cure_it(places, modules, tars):
    place = places["nginx"]
    words = {"registry_url": place.url, **place.options, "username": USER, "password": PASSWORD, "name": "team/big",
             "tags": ["1"], "path": str(tars["big"].path)}
    refused = modules("docker_tar_push", **words)
    assert refused["error"]["code"] == "body-too-large"
    assert "client_max_body_size" in refused["msg"] and "chunk_size" in refused["msg"]
    cured = modules("docker_tar_push", **words, chunk_size="900K")
    assert cured["changed"] and not cured.get("failed"), cured["msg"]
    assert validate_image(place.inner, "team/big", "1").problems == []


def test_without_the_certificate_nginx_lets_nobody_in(places, modules, tars):
    place = places["nginx"]
    refused = modules("registry_tags_info", registry_url=place.url, ca_path=place.options["ca_path"], name="team/app",
                      username=USER, password=PASSWORD)
    assert "client certificate" in refused["msg"]
