# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the connection, each under all of its names, on a registry with TLS and a login."""

from __future__ import annotations

import pytest


@pytest.fixture
def look(secure_registry, modules, tmp_path):
    """Call it with options, whose values may be FILE (a config.json) and CA: what registry_info says."""
    named = {"FILE": str(secure_registry.write_auth_file(tmp_path)), "CA": secure_registry.ca_file}

    def call(address="registry_url", **options):
        given = {name: named.get(value, value) for name, value in options.items()}
        return modules("registry_info", **{address: secure_registry.url}, retries=0, **given)

    return call


@pytest.mark.parametrize("address", ["registry_url", "registry", "url"])
@pytest.mark.parametrize("trust", [
    {"ca_path": "CA"}, {"ca_cert": "CA"}, {"validate_certs": False}, {"tls_verify": False},
], ids=str)
def test_address_and_trust(look, address, trust):
    assert look(address, **trust)["reachable"]


def test_without_trust_there_is_no_registry(look):
    told = look()
    assert not told["reachable"] and told["problem"]["code"] == "untrusted-certificate"


@pytest.mark.parametrize("name", ["config_path", "auth_file"])
def test_a_file_of_logins(look, name):
    told = look(ca_path="CA", **{name: "FILE"})
    assert told["authenticated"] and told["login"]["source"].endswith("config.json")


@pytest.mark.parametrize(("user", "password"), [
    ("username", "password"), ("registry_username", "registry_password"), ("username", "registry_password"),
])
def test_user_and_password(look, secure_registry, user, password):
    login = {user: secure_registry.username, password: secure_registry.password}
    assert look(ca_path="CA", **login)["authenticated"]
    assert not look(ca_path="CA", **{**login, password: "wrong"})["authenticated"]


@pytest.mark.parametrize(("options", "words"), [
    ({"username": "", "password": "", "token": "t0ken-of-ci"}, None),
    ({"username": "", "token": "t0ken-of-ci"}, None),
    ({"username": "ci", "password": "s3cr3t-of-ci", "token": "t0ken-of-ci"}, "token is given beside username"),
    ({"username": "ci"}, "username is given without password"),
    ({"password": "s3cr3t-of-ci"}, "password is given without username"),
])
def test_an_empty_text_is_as_good_as_none(registry, modules, options, words):
    """A variable that is not set arrives as an empty text."""
    told = modules("registry_info", registry_url=registry.url, **options)
    assert told.get("reachable") if words is None else words in told["msg"], told


def test_a_default_address_is_named_when_it_fails(modules, monkeypatch):
    monkeypatch.delenv("REGISTRY_URL", raising=False)
    told = modules("registry_tags_info", name="app", retries=0, timeout=1)
    assert "registry_url is http://localhost:15000, its default" in told["msg"] + told["error"]["hint"]


def test_total_timeout_ends_what_never_answers(registry, modules):
    registry.stall("ping")
    told = modules("registry_info", registry_url=registry.url, timeout=30, total_timeout=1, retries=0)
    assert told["error"]["code"] == "out-of-time"
