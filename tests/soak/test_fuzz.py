# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Ten thousand hostile tars, names, challenges, Links and files of logins: a value or our error, in flat memory."""

from __future__ import annotations

import json

import pytest
from fuzzing import TEXT, fuzz, outcome, pieces
from hypothesis import strategies as st
from registry_api_v2_client import reference
from registry_api_v2_client.reference import Registry
from registry_api_v2_client.settings import Login
from registry_api_v2_client.transport.auth.challenge import choose, read_challenges
from registry_api_v2_client.transport.auth.credentials import CredentialLookup
from registry_api_v2_client.transport.auth.realms import token_realm
from registry_api_v2_client.transport.auth.tokens import basic
from registry_api_v2_client.transport.redirects import is_own, location, next_page, redirected, resolve
from registry_api_v2_client.transport.request import Answer, Headers, Request
from soak_scale import SCALE
from tar_fuzz import DAMAGES, check

HEX = "0123456789abcdef" * 4
REGISTRIES = (
    Registry("https", "registry.example", 443), Registry("http", "registry.example", 5000), Registry("https", "::1", 1),
)
registries = st.sampled_from(REGISTRIES)


@pytest.mark.parametrize("damage", DAMAGES)
def test_tars(damage):
    fuzz(damage, DAMAGES[damage], SCALE.cases, check)


NAMES = pieces(
    "a", "App", "0", ".", "-", "__", "/", ":", "@", "localhost", "docker.io", "[::1]", "5000", "latest", "\n", " ",
    f"sha256:{HEX}", "sha512:", "http://", "https://", "?", "#", "%", "user:pass@", "é", "[", "]", "a" * 256,
)
READERS = (
    reference.parse_image_name, reference.parse_registry, reference.check_repository, reference.check_tag,
    reference.check_reference,
)


def read_names(text):
    for reader in READERS:
        outcome(reader, text)
    outcome(reference.check_repository, text, host=False)


def test_names():
    fuzz("names", NAMES, SCALE.cases, read_names)


CHALLENGES = st.tuples(registries, st.lists(pieces(
    "Basic", "Bearer ", "bearer\t", "Negotiate", " ", ",", "=", '"', "\\", ";", 'realm="', "realm=", "service=",
    "https://registry.example/token", "http://169.254.169.254/", "file:///etc/passwd", "//x", "[::1]", "TlRMTVNTUAAB==",
), max_size=4))


def read_offers(case):
    registry, headers = case
    chosen = choose(read_challenges(headers))
    if chosen is not None and chosen.scheme == "bearer":
        url = outcome(token_realm, chosen.get("realm"), registry)
        assert url is None or url.startswith(("http://", "https://"))


def test_challenges():
    fuzz("challenges", CHALLENGES, SCALE.cases, read_offers)


LINKS = st.tuples(registries, pieces(
    "<", ">", ";", ",", '"', " ", "rel", "=", "next", 'rel="next"', "</v2/app/tags/list?last=b>", "https://", "http://",
    "registry.example", ":5000", ":99999", ":0", "[::1]:1", "u:p@", "/", "?", "#", "%", "//", "..", "\\", "[", "@",
))


def follow(case):
    registry, text = case
    answer = Answer(307, Headers([("Link", text), ("Location", text)]), f"{registry.url}/v2/app/tags/list")
    request = Request("tags", "GET", answer.url, "tags", headers=(("Authorization", "Basic eDp5"),))
    page = outcome(next_page, answer, "tags", registry)
    assert page is None or is_own(registry, page)
    place = outcome(location, answer, "tags", registry)
    if place is not None:
        outcome(resolve, registry, place, "tags")
    following = outcome(redirected, registry, request, answer)
    assert following is None or is_own(registry, following.target) or not following.headers


def test_links_and_locations():
    fuzz("Links", LINKS, SCALE.cases, follow)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT
    | st.sampled_from(["Y2k6cGFzcw==", "Y2k=", "registry.example", "<token>", "mine"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "auths", "credHelpers", "credsStore", "auth", "username", "password", "identitytoken", "registrytoken",
        "registry.example", "https://registry.example/v1/", "registry.example:5000/team", "[::1]:1", "\ud800",
    ]), inner, max_size=4),
    max_leaves=12,
)
LOGINS = st.tuples(registries, VALUES.map(lambda value: json.dumps(value).encode()) | st.fixed_dictionaries({
    "auths": st.dictionaries(pieces("registry.example", ":5000", "/", "https://", "[::1]:1"), VALUES, max_size=3),
}, optional={"credHelpers": VALUES, "credsStore": VALUES}).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=100) | st.sampled_from([b"[" * 100_000, b'{"auths":' * 50_000, b"1" * 5000]))


def test_files_of_logins(tmp_path):
    path, environ = tmp_path / "config.json", {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    (tmp_path / "docker-credential-mine").write_text("#!/bin/sh\nread -r key; echo $key; exit 1\n")
    (tmp_path / "docker-credential-mine").chmod(0o755)

    def find(case):
        registry, data = case
        path.write_bytes(data)
        found = outcome(CredentialLookup(registry, "team/app", Login(config_path=str(path)), environ).run)
        if found is not None and found.credentials is not None:
            basic(found.credentials.username or "", found.credentials.password or "")

    fuzz("files of logins", LOGINS, SCALE.cases, find)
