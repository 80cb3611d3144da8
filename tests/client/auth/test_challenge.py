# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""WWW-Authenticate as registries write it, and as nobody should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.transport.auth.challenge import Challenge, choose, header_values, read_challenges

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push"'
HUB_PARTS = (
    ("realm", "https://auth.docker.io/token"),
    ("service", "registry.docker.io"),
    ("scope", "repository:samalba/my-app:pull,push"),
)


def bearer(**parameters: str) -> Challenge:
    return Challenge("bearer", tuple(parameters.items()))


def basic(realm: str) -> Challenge:
    return Challenge("basic", (("realm", realm),))


def quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(HUB, [Challenge("bearer", HUB_PARTS)], id="docker hub"),
        pytest.param('Basic realm="Registry Realm"', [basic("Registry Realm")], id="htpasswd"),
        pytest.param(
            'Bearer realm="https://gitlab.example/jwt/auth",service="container_registry",error="invalid_token"',
            [bearer(realm="https://gitlab.example/jwt/auth", service="container_registry", error="invalid_token")],
            id="gitlab",
        ),
        pytest.param(
            'Basic realm="x", Bearer realm="https://a/t"',
            [basic("x"), bearer(realm="https://a/t")],
            id="two in one header",
        ),
        pytest.param(
            'Negotiate, NTLM TlRMTVNTUAAB==, Basic realm="x"',
            [Challenge("negotiate"), Challenge("ntlm", token68="TlRMTVNTUAAB=="), basic("x")],
            id="token68",
        ),
        pytest.param("BEARER  Realm = https://a/t , Service=s", [bearer(realm="https://a/t", service="s")], id="bare"),
        pytest.param(r'Basic realm="a \"b\" \\ c, d=e"', [basic('a "b" \\ c, d=e')], id="escapes"),
        pytest.param('Bearer realm="a" Basic realm="x"', [bearer(realm="a"), basic("x")], id="no comma between"),
        pytest.param('Bearer realm="https://a/t', [bearer(realm="https://a/t")], id="quote never closed"),
        pytest.param(',, , Basic realm=""', [basic("")], id="empty elements"),
        pytest.param('realm="lost", Basic realm="x"', [basic("x")], id="parameter of nobody"),
        pytest.param('Bearer realm="a", realm="b"', [bearer(realm="a")], id="the first of two realms"),
        pytest.param("", [], id="empty"),
        pytest.param('"""===@@', [], id="rubbish"),
    ],
)
def test_headers_are_read_as_written(header: str, expected: list[Challenge]) -> None:
    assert list(read_challenges([header])) == expected


def test_several_headers_add_up() -> None:
    assert [one.scheme for one in read_challenges(["Negotiate", HUB])] == ["negotiate", "bearer"]


@pytest.mark.parametrize(
    ("header", "scheme"),
    [
        ('Basic realm="x", Bearer realm="https://a/t"', "bearer"),
        ('Bearer error="x", Basic realm="x"', "basic"),
        ('Bearer realm="", Basic realm="x"', "basic"),
        ("Basic", "basic"),
        ("Negotiate", None),
        ("Bearer", None),
    ],
)
def test_bearer_is_chosen_where_it_names_a_realm(header: str, scheme: str | None) -> None:
    chosen = choose(read_challenges([header]))
    assert (chosen.scheme if chosen else None) == scheme


@given(st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_read_without_an_exception(headers: list[str]) -> None:
    for challenge in read_challenges(headers):
        assert challenge.scheme == challenge.scheme.lower() != ""


@given(st.text(alphabet='Basic Bearer="\\, \t%1', max_size=400))
def test_text_that_looks_like_challenges_is_read_without_an_exception(header: str) -> None:
    assert len(read_challenges([header])) <= 16


@given(st.dictionaries(st.sampled_from(["realm", "service", "scope", "error"]), st.text(max_size=50), min_size=1))
def test_quoted_values_come_back_as_they_were(parameters: dict[str, str]) -> None:
    written = ",".join(f"{name}={quoted(value)}" for name, value in parameters.items())
    assert read_challenges([f"Bearer {written}"]) == (bearer(**parameters),)


def test_a_huge_header_is_cut() -> None:
    assert len(read_challenges(["Basic, " * 100_000])) == 16


def test_header_names_are_found_in_any_case() -> None:
    assert header_values({"www-AUTHENTICATE": "Basic", "Other": "x"}, "WWW-Authenticate") == ("Basic",)
