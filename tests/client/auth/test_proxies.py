# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which proxy a URL goes through."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.transport.connection.proxies import Proxy, proxy_for, proxy_refusal

URL = "https://registry.example.com:5000/v2/"
PROXY = "http://proxy.example.com:3128"


def via(url: str = URL, **environ: str) -> str | None:
    proxy = proxy_for(url, environ)
    return proxy.url if proxy else None


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        (URL, {}, None),
        (URL, {"HTTPS_PROXY": PROXY}, PROXY),
        (URL, {"https_proxy": PROXY}, PROXY),
        (URL, {"ALL_PROXY": PROXY}, PROXY),
        (URL, {"all_proxy": PROXY}, PROXY),
        (URL, {"HTTP_PROXY": PROXY}, None),
        ("http://registry/v2/", {"HTTP_PROXY": PROXY}, PROXY),
        ("http://registry/v2/", {"HTTPS_PROXY": PROXY}, None),
        (URL, {"https_proxy": PROXY, "HTTPS_PROXY": "http://other:1"}, PROXY),
        (URL, {"https_proxy": "", "HTTPS_PROXY": PROXY}, None),
        (URL, {"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, None),
        (URL, {"HTTPS_PROXY": "proxy.example.com:3128"}, PROXY),
        (URL, {"HTTPS_PROXY": "https://proxy.example.com/"}, "https://proxy.example.com:443"),
        (URL, {"HTTPS_PROXY": "http://[::1]:8080"}, "http://[::1]:8080"),
    ],
)
def test_the_variables_are_read_in_both_cases(url: str, environ: dict[str, str], expected: str | None) -> None:
    assert via(url, **environ) == expected


def test_a_cgi_ignores_the_variable_that_its_client_can_set() -> None:
    assert via("http://registry/v2/", HTTP_PROXY=PROXY, REQUEST_METHOD="GET") is None
    assert via("http://registry/v2/", http_proxy=PROXY, REQUEST_METHOD="GET") == PROXY


@pytest.mark.parametrize(
    ("entry", "host", "direct"),
    [
        ("registry.example.com", "registry.example.com", True),
        ("REGISTRY.example.com", "registry.Example.com", True),
        ("example.com", "registry.example.com", True),
        (".example.com", "registry.example.com", True),
        ("*.example.com", "registry.example.com", True),
        (".example.com", "example.com", True),
        ("example.com.", "example.com", True),
        ("ample.com", "example.com", False),
        ("other.com", "example.com", False),
        ("registry.example.com:5000", "registry.example.com", True),
        ("registry.example.com:5001", "registry.example.com", False),
        ("*", "example.com", True),
        ("a, b ,example.com", "example.com", True),
        ("a b example.com", "example.com", True),
        ("", "example.com", False),
        (",", "example.com", False),
        (".", "example.com", False),
        ("10.0.0.0/8", "10.20.30.40", True),
        ("10.0.0.1/8", "10.20.30.40", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/99", "10.0.0.1", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1:5000", "10.0.0.1", True),
        ("10.0.0.1:5001", "10.0.0.1", False),
        ("0.0.1", "10.0.0.1", False),
        ("fd00::/8", "[fd00::1]", True),
        ("fd00::1", "[fd00::1]", True),
        ("[fd00::1]", "[fd00::1]", True),
        ("[fd00::1]:5000", "[fd00::1]", True),
        ("[fd00::1]:5001", "[fd00::1]", False),
        ("10.0.0.0/8", "ten.example.com", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy_names_hosts_domains_ports_addresses_and_networks(
    variable: str, entry: str, host: str, direct: bool
) -> None:
    assert (via(f"https://{host}:5000/v2/", HTTPS_PROXY=PROXY, **{variable: entry}) is None) == direct


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "x.localhost"])
def test_this_machine_is_never_reached_through_a_proxy(host: str) -> None:
    assert via(f"https://{host}:5000/v2/", HTTPS_PROXY=PROXY) is None


def test_a_proxys_own_login_is_for_the_proxy_and_never_shown() -> None:
    proxy = proxy_for(URL, {"HTTPS_PROXY": "http://us%40er:s3%3Acr3t@proxy.example.com:3128"})
    assert proxy is not None
    assert proxy.url == PROXY
    assert proxy.header == ("Proxy-Authorization", "Basic " + base64.b64encode(b"us@er:s3:cr3t").decode())
    assert "cr3t" not in f"{proxy!r}{proxy}{proxy_refusal('r', proxy, 407)}"


def test_a_proxy_without_a_login_gets_no_header() -> None:
    assert Proxy(PROXY, "HTTPS_PROXY").header is None


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ("socks5://user:s3cr3t@proxy:1080", "a proxy of the kind socks5"),
        ("http://", "no URL of a proxy"),
        ("http://proxy:port", "a host or port that cannot be read"),
        ("http://[::1", "a host or port that cannot be read"),
        ("http://user:s3cr3t#1@proxy:1", "a host or port that cannot be read"),
        ("http://user:/s3cr3t@proxy:1", "a user or password with a raw #, / or ?"),
        ("http://user:#s3cr3t@proxy:1", "a user or password with a raw #, / or ?"),
        ("user?s3cr3t@proxy:1", "a user or password with a raw #, / or ?"),
        ("http://user:s3cr3t@pro xy:1", "no URL of a proxy"),
    ],
)
def test_a_value_that_is_no_proxy_is_one_sentence(value: str, cause: str) -> None:
    with pytest.raises(ValidationError) as caught:
        proxy_for(URL, {"HTTPS_PROXY": value})
    assert f"The variable HTTPS_PROXY {'names' if 'socks5' in value else 'holds'} {cause}" in caught.value.message
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_value_in_quotes_is_one_sentence(quote: str) -> None:
    with pytest.raises(ValidationError, match="HTTPS_PROXY is in quotes") as caught:
        proxy_for(URL, {"HTTPS_PROXY": f"{quote}http://user:s3cr3t@proxy:1{quote}"})
    assert "without quotes" in caught.value.hint and "s3cr3t" not in str(caught.value)


def test_special_characters_of_a_proxy_password_are_percent_encoded() -> None:
    with pytest.raises(ValidationError) as caught:
        proxy_for(URL, {"HTTPS_PROXY": "http://user:#s3cr3t@proxy:1"})
    assert "# as %23" in caught.value.hint
    assert proxy_for(URL, {"HTTPS_PROXY": "http://user:%23s%2F%3F@proxy:1"}).password == "#s/?"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "advice"), [(407, "Write user and password into HTTPS_PROXY"), (403, "into NO_PROXY")]
)
def test_a_proxy_that_refuses_is_named(status: int, advice: str) -> None:
    error = proxy_refusal("registry.example.com", Proxy(PROXY, "HTTPS_PROXY"), status)
    assert error.message.endswith(
        f"gets no connection to registry.example.com: the proxy {PROXY} (from HTTPS_PROXY) says {status}."
    )
    assert advice in error.hint


@given(st.text(alphabet=st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=60),
       st.text(max_size=60))
def test_any_value_is_a_proxy_or_one_sentence(value: str, no_proxy: str) -> None:
    try:
        proxy = proxy_for(URL, {"HTTPS_PROXY": value, "NO_PROXY": no_proxy})
    except ValidationError:
        return
    assert proxy is None or re.fullmatch(r"https?://[^@]+:[0-9]+", proxy.url)
