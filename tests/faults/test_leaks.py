# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry that sends us elsewhere: what reaches a second and a third host, and that no login is among it.

The registry and the others stand on ports of one machine; another port is another origin.
"""

from __future__ import annotations

import base64
import json
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from raw_server import RawServer, answer

USER, PASSWORD = "deployer", "pa55-word-of-registry"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
TOKEN = "token-that-the-realm-gave"
SECRETS = (PASSWORD, BASIC.partition(" ")[2], TOKEN, "session-cookie")
OPERATIONS = {
    "ping": ("GET", "/v2/"), "manifest_head": ("HEAD", "/manifests/"), "blob_head": ("HEAD", "/blobs/"),
    "upload_start": ("POST", "/uploads/"), "upload_patch": ("PATCH", "/uploads/"), "upload_put": ("PUT", "/uploads/"),
    "manifest_put": ("PUT", "/manifests/"), "tags": ("GET", "/tags/list"), "catalog": ("GET", "/_catalog"),
    "manifest_get": ("GET", "/manifests/"),
}


@dataclass
class Scene:
    """A registry with a login, and two hosts that should hear nothing of it."""

    bearer: bool = False
    sends_away: tuple = ()  # method, part of the path, status
    location: bool = False  # uploads go to the second host
    link: bool = False  # the second page of lists is there
    second_asks: str = ""  # the challenge with which the second host answers
    servers: ExitStack = field(default_factory=ExitStack)

    def __enter__(self):
        self.third = self.servers.enter_context(RawServer(lambda asked: answer(200, {"token": "third"})))
        self.second = self.servers.enter_context(RawServer(self.at_second))
        self.realm = self.servers.enter_context(RawServer(self.at_realm))
        self.registry = self.servers.enter_context(RawServer(self.at_registry))
        return self

    def __exit__(self, *problem):
        self.servers.close()

    def at_realm(self, asked):
        right = asked.headers.get("authorization") == BASIC or PASSWORD.encode() in asked.body
        return answer(200, {"token": TOKEN}) if right else answer(401)

    def at_second(self, asked):
        if self.second_asks:
            return answer(401, WWW_Authenticate=self.second_asks.format(third=self.third.url, second=self.second.url))
        return usual(asked, self.second.url)

    def at_registry(self, asked):
        expected = f"Bearer {TOKEN}" if self.bearer else BASIC
        if asked.headers.get("authorization") != expected:
            challenge = f'Bearer realm="{self.realm.url}/token",service="r"' if self.bearer else 'Basic realm="r"'
            return answer(401, WWW_Authenticate=challenge, Set_Cookie="sid=session-cookie")
        if self.sends_away and asked.method == self.sends_away[0] and self.sends_away[1] in asked.path:
            away = f"{self.second.url}{asked.target}"
            return answer(self.sends_away[2], Location=away, Set_Cookie="sid=session-cookie")
        return usual(asked, (self.second if self.location else self.registry).url, self.link and self.second.url)

    def run(self, modules, tars):
        """Push, list and look; what becomes of it is no matter here."""
        words = {"registry_url": self.registry.url, "username": USER, "password": PASSWORD, "retries": 0, "debug": True}
        push = {"path": str(tars["small"].path), "name": "team/app", "tags": ["1"]}
        results = [
            modules("docker_tar_push", **words, **push), modules("docker_tar_push", **words, **push, chunk_size="64K"),
            modules("registry_tags_info", **words, name="team/app"), modules("registry_info", **words),
            modules("registry_image_info", **words, name="team/app", tag="1"),
        ]
        return json.dumps(results)

    def strangers(self):
        """Everything that reached the second and the third host, in one text."""
        return [f"{one.method} {one.target} {one.headers} {one.body[:2000]}" for server in (self.second, self.third)
                for one in server.requests]


def usual(asked, uploads, link=None):
    """What an empty registry answers."""
    if asked.method == "HEAD" or (asked.method == "GET" and "/manifests/" in asked.path):
        return answer(404)
    if asked.method == "POST":
        return answer(202, Location=f"{uploads}/v2/team/app/blobs/uploads/1?_state=x", Set_Cookie="sid=session-cookie")
    if asked.method == "PATCH":
        return answer(202, Location=f"{uploads}/v2/team/app/blobs/uploads/1?_state=y")
    if asked.method == "PUT":
        return answer(201)
    names = {"tags": ["1"], "repositories": ["team/app"], "name": "team/app"}
    return answer(200, names, **({"Link": f'<{link}{asked.path}?last=1>; rel="next"'} if link else {}))


def check(scene, modules, tars, reaches_second=True):
    said = scene.run(modules, tars)
    heard = scene.strangers()
    assert bool(heard) == reaches_second
    assert not [line for line in heard for secret in SECRETS if secret in line]
    assert not [one for server in (scene.second, scene.third) for one in server.requests
                if {"authorization", "cookie", "proxy-authorization"} & one.headers.keys()]
    assert not [secret for secret in SECRETS if secret in said]
    assert not [one for one in scene.registry.requests if "cookie" in one.headers]


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_redirect_takes_no_login_along(operation, bearer, modules, tars):
    method, part = OPERATIONS[operation]
    with Scene(bearer, (method, part, 307)) as scene:
        check(scene, modules, tars)


@pytest.mark.parametrize("status", [301, 302, 303, 308])
def test_nor_does_any_other_kind(status, modules, tars):
    with Scene(True, ("GET", "/v2/", status)) as scene:
        check(scene, modules, tars)


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
def test_an_upload_elsewhere_takes_no_login_along(bearer, modules, tars):
    with Scene(bearer, location=True) as scene:
        check(scene, modules, tars)
        assert {"PUT", "PATCH"} <= {one.method for one in scene.second.requests}


def test_the_next_page_is_not_fetched_elsewhere(modules, tars):
    with Scene(link=True) as scene:
        check(scene, modules, tars, reaches_second=False)


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
@pytest.mark.parametrize("challenge", [
    'Basic realm="{second}"', 'Bearer realm="{third}/token",service="r"', 'Bearer realm="{second}/token",service="r"',
])
@pytest.mark.parametrize("way", ["redirect", "location"])
def test_what_a_second_host_asks_for_is_not_given(way, challenge, bearer, modules, tars):
    sends_away = ("GET", "/v2/", 307) if way == "redirect" else ()
    with Scene(bearer, sends_away, location=way == "location", second_asks=challenge) as scene:
        check(scene, modules, tars)
        assert not scene.third.requests


def test_the_realm_that_the_registry_names_gets_the_login_and_no_token(modules, tars):
    with Scene(bearer=True) as scene:
        scene.run(modules, tars)
        assert {one.headers.get("authorization") for one in scene.realm.requests} <= {BASIC, None}
        assert TOKEN not in str(scene.realm.requests) and not scene.strangers()
        assert not [one for one in scene.realm.requests if "cookie" in one.headers]
