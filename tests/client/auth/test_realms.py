# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which token realms credentials may go to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.errors import AuthenticationError
from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.transport.auth.realms import token_realm

PUBLIC = "https://registry.example.com"


@pytest.mark.parametrize(
    ("registry", "realm"),
    [
        (PUBLIC, "https://auth.docker.io/token"),
        (PUBLIC, "https://auth.example.org:8443/token?account=x"),
        ("http://registry.example.com:5000", "http://auth.example.com/token"),
        ("http://registry.example.com:5000", "https://auth.example.com/token"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token"),
        ("http://localhost:5000", "http://10.0.0.7/token"),
        ("https://10.0.0.5", "https://10.0.0.6/token"),
        ("https://registry.lan", "https://192.168.1.2/token"),
        ("https://registry", "https://192.168.1.2/token"),
        (PUBLIC, "https://8.8.8.8/token"),
        ("https://169.254.1.1", "https://169.254.1.1/token"),
    ],
)
def test_realms_of_real_registries_are_accepted(registry: str, realm: str) -> None:
    assert token_realm(realm, parse_registry(registry)) == realm


def test_a_path_is_a_realm_on_the_registry_itself() -> None:
    assert token_realm("/token", parse_registry(PUBLIC)) == f"{PUBLIC}/token"


@pytest.mark.parametrize(
    ("registry", "realm", "cause"),
    [
        (PUBLIC, "http://registry.example.com:5001/token", "the realm is not"),
        (PUBLIC, "http://auth.example.com/token", "the realm is not"),
        (PUBLIC, "https://user:secret@auth.example.com/token", "holds a user"),
        (PUBLIC, "https://@auth.example.com/token", "holds a user"),
        (PUBLIC, "file:///etc/passwd", "no URL"),
        (PUBLIC, "gopher://auth.example.com/", "gopher"),
        (PUBLIC, "Registry Realm", "no URL"),
        (PUBLIC, "//auth.example.com/token", "neither http nor https"),
        (PUBLIC, "https://auth.example.com:port/token", "no URL"),
        (PUBLIC, "https://auth.example.com\\@evil.example/token", "no URL"),
        (PUBLIC, "https://auth.example.com/\r\nX: y", "no URL"),
        (PUBLIC, "https://[::1/token", "no URL"),
        (PUBLIC, "https://10.0.0.5/token", "private address"),
        (PUBLIC, "https://localhost/token", "private address"),
        (PUBLIC, "https://127.1/token", "private address"),
        (PUBLIC, "https://2130706433/token", "private address"),
        (PUBLIC, "https://0x7f.0.0.1/token", "private address"),
        (PUBLIC, "https://[::ffff:10.0.0.5]/token", "private address"),
        (PUBLIC, "https://[fd00::1]/token", "private address"),
        ("https://8.8.8.8", "https://192.168.0.1/token", "private address"),
        ("https://10.0.0.5", "https://169.254.169.254/latest", "metadata"),
        ("http://10.0.0.5", "http://[fe80::1%25eth0]/token", "metadata"),
        ("http://localhost:5000", "http://[fd00:ec2::254]/token", "metadata"),
    ],
)
def test_other_realms_get_no_credentials(registry: str, realm: str, cause: str) -> None:
    with pytest.raises(AuthenticationError) as caught:
        token_realm(realm, parse_registry(registry))
    assert caught.value.code == "unsafe-realm"
    assert cause in caught.value.message
    assert caught.value.hint.startswith(("Have the registry's operator set its token realm to", "Set realm_host: "))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("registry", "realm", "read"), [
    (PUBLIC, "http://registry.example.com/token?a=b", f"{PUBLIC}/token?a=b"),
    (PUBLIC, "http://Registry.example.com:80/token", f"{PUBLIC}/token"),
    ("https://registry.example.com:5000", "http://registry.example.com:5000/token",
     "https://registry.example.com:5000/token"),
])
def test_http_on_the_registrys_own_host_is_read_as_https(registry: str, realm: str, read: str) -> None:
    assert token_realm(realm, parse_registry(registry)) == read


@pytest.mark.parametrize(("address", "trusted", "accepted"), [
    ("10.0.0.4", None, True), ("fd00::4", None, True), ("9.9.9.9", None, False), (None, None, False),
    ("8.8.8.8", None, False), ("8.8.8.8", "10.0.0.5", True), (None, "10.0.0.5", True), (None, "10.0.0.6", False),
])
def test_the_address_that_was_reached_decides_what_is_private(address, trusted, accepted) -> None:
    """Harbor by a dotted name that resolves to a private address, with a realm on the private address itself."""
    def read() -> str:
        return token_realm("https://10.0.0.5/token", parse_registry(PUBLIC), address, trusted)

    if accepted:
        assert read() == "https://10.0.0.5/token"
        return
    with pytest.raises(AuthenticationError) as caught:
        read()
    assert "Set realm_host: 10.0.0.5" in caught.value.hint


def test_a_trusted_host_still_needs_https() -> None:
    with pytest.raises(AuthenticationError):
        token_realm("http://10.0.0.5/token", parse_registry(PUBLIC), None, "10.0.0.5")


@given(st.one_of(st.text(max_size=80), st.text(max_size=60).map("https://".__add__)))
def test_any_text_is_a_safe_url_or_one_sentence(realm: str) -> None:
    try:
        url = token_realm(realm, parse_registry(PUBLIC))
    except AuthenticationError:
        return
    assert url.startswith("https://")
