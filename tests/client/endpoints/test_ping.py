# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The first question to a registry."""

from __future__ import annotations

import pytest
from registry_api_v2_client.endpoints.ping import Ping, ping, scheme
from registry_api_v2_client.errors import AuthenticationError, ConnectionFailedError
from scripted import play


def test_an_open_registry(script):
    script.expect("GET", "/v2/", lacks=("Authorization",)).answer(200, docker_distribution_api_version="registry/2.0")
    assert play(script, ping) == Ping("registry/2.0", "none")


def test_the_api_header_is_optional(script):
    script.expect("GET", "/v2/").answer(200, b"{}")
    assert play(script, ping) == Ping(None, "none")


def test_the_api_header_is_made_printable(script):
    """A registry may put escape codes for the terminal there, or anything of any length."""
    script.expect("GET", "/v2/").answer(200, docker_distribution_api_version="registry/2.0\x1b[31m" + "x" * 500)
    version = play(script, ping).api_version
    assert version.startswith("registry/2.0 [31mxxx") and version.isprintable() and len(version) == 200


def test_a_registry_that_wants_a_login_which_nobody_has(script):
    for _asked in range(2):
        script.expect("GET", "/v2/").answer(401, www_authenticate='Basic realm="x"')
    with pytest.raises(AuthenticationError) as caught:
        play(script, ping)
    assert caught.value.code == "no-credentials"


@pytest.mark.parametrize(
    ("status", "reply", "kind", "said"),
    [
        (404, b"404 page not found", "text/plain", "404 with text/plain"),
        (200, b"<html><title>Sign in</title>", "text/html", "200 with text/html, titled \"Sign in\""),
        (200, b"<!DOCTYPE html>", "text/html; charset=utf-8", "200 with text/html"),
    ],
)
def test_what_is_no_registry_is_named(script, status, reply, kind, said):
    script.expect("GET", "/v2/").answer(status, reply, content_type=kind)
    with pytest.raises(ConnectionFailedError, match=said) as caught:
        play(script, ping)
    assert caught.value.code == "not-a-registry"


def test_plain_http_to_a_tls_port_is_recognised(script):
    script.expect("GET", "/v2/").answer(400, b"Client sent an HTTP request to an HTTPS server.\n")
    with pytest.raises(ConnectionFailedError) as caught:
        play(script, ping)
    assert caught.value.code == "wrong-scheme"


@pytest.mark.parametrize(
    ("challenge", "found"),
    [('Basic realm="a"', "basic"), ('Bearer realm="https://t",service="x"', "bearer"), ("", "other"),
     ('Basic realm="a", Bearer realm="b"', "bearer"), ("Negotiate", "other")],
)
def test_the_login_that_a_challenge_asks_for(challenge, found):
    assert scheme(challenge) == found
