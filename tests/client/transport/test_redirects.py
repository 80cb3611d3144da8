# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where a registry may send us, as a table, and as a property of any Location at all."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.reference import Registry
from registry_api_v2_client.transport.redirects import (
    is_own,
    join,
    location,
    next_page,
    redirected,
    resolve,
    with_query,
)
from registry_api_v2_client.transport.request import Answer, FileBody, Headers, Request, StreamBody

HTTPS = Registry("https", "registry.example", 443)
PORT = Registry("https", "registry.example", 5000)
HTTP = Registry("http", "registry.example", 5000)
AUTHORIZED = (("Authorization", "Basic eDp5"), ("Accept", "x"))


@pytest.mark.parametrize(
    ("registry", "target", "expected", "own"),
    [
        (HTTPS, "/v2/", "https://registry.example/v2/", True),
        (HTTPS, "https://registry.example/u?s=a%2Fb%40", "https://registry.example/u?s=a%2Fb%40", True),
        (HTTPS, "http://registry.example/u", "https://registry.example/u", True),
        (HTTPS, "http://registry.example:80/u", "https://registry.example/u", True),
        (HTTPS, "https://REGISTRY.example:443/u", "https://registry.example/u", True),
        (PORT, "https://registry.example/u", "https://registry.example:5000/u", True),
        (PORT, "http://registry.example:5000/u", "https://registry.example:5000/u", True),
        (HTTP, "http://registry.example/u", "http://registry.example:5000/u", True),
        (HTTP, "https://registry.example/u", "https://registry.example/u", True),
        (HTTP, "http://registry.example:81/u", "http://registry.example:81/u", False),
        (HTTPS, "https://registry.example:8443/u", "https://registry.example:8443/u", False),
        (HTTPS, "https://storage.example/u?X-Amz=1", "https://storage.example/u?X-Amz=1", False),
        (HTTP, "http://storage.example/u", "http://storage.example/u", False),
        (HTTPS, "https://registry.example.evil/u", "https://registry.example.evil/u", False),
        (HTTPS, "https://evil.example/registry.example", "https://evil.example/registry.example", False),
    ],
)
def test_the_same_host_rule(registry, target, expected, own):
    url = resolve(registry, target, "a blob")
    assert (url, is_own(registry, url)) == (expected, own)


@pytest.mark.parametrize("url", ["http://registry.example:443/u", "http://registry.example/u"])
def test_plain_http_is_never_the_own_origin_of_an_https_registry(url):
    assert not is_own(HTTPS, url)


@pytest.mark.parametrize("target", ["http://storage.example/u", "http://registry.example:8080/u"])
def test_an_https_registry_sends_nobody_to_plain_http(target):
    with pytest.raises(RefusedError, match="not encrypted") as caught:
        resolve(HTTPS, target, "a blob")
    assert caught.value.code == "hostile-answer"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("/u/1?s=%2F%3D", "https://registry.example/u/1?s=%2F%3D"),
        ("../uploads/1", "https://registry.example/v2/app/blobs/uploads/1"),
        ("1?_state=a_b-c%40", "https://registry.example/v2/app/blobs/uploads/1?_state=a_b-c%40"),
        ("?s=1", "https://registry.example/v2/app/blobs/uploads/?s=1"),
        ("https://other.example/x#part", "https://other.example/x"),
        ("//other.example/x", "https://other.example/x"),
    ],
)
def test_a_location_is_joined_and_not_rewritten(written, expected):
    assert join("https://registry.example/v2/app/blobs/uploads/", written, "x", HTTPS) == expected


@pytest.mark.parametrize(
    "written",
    ["", "file:///etc/passwd", "ftp://x/y", "http://", "https://u:p@registry.example/", "/a b", "/a\r\nb: c", "/\x00",
     "https://[::1", "https://x:99999/", "https://x:0/", "https://x:port/", "/" + "a" * 20000, "/é", "https://a<b/"],
)
def test_a_location_that_is_no_url_is_refused(written):
    answer = Answer(202, Headers([("Location", written)]), "https://registry.example/v2/")
    with pytest.raises(RefusedError) as caught:
        location(answer, "a blob", HTTPS)
    assert caught.value.code == "hostile-answer"


@given(st.text(max_size=60) | st.builds("{}://{}{}".format, st.sampled_from(["http", "https", "HTTP", "ws"]),
                                        st.sampled_from(["registry.example", "registry.example:80", "x", "[::1]:1"]),
                                        st.text(max_size=20)))
@example("http:registry.example")
@example("https:///registry.example/")
def test_no_location_gets_credentials_off_the_registry(written):
    answer = Answer(307, Headers([("Location", written)]), "https://registry.example/v2/")
    request = Request("blob_get", "GET", "https://registry.example/v2/", "x", headers=AUTHORIZED)
    try:
        following = redirected(HTTPS, request, answer)
    except RefusedError:
        return
    parts = urlsplit(following.target)
    assert parts.scheme == "https"
    assert (parts.netloc == "registry.example") == ("Authorization" in dict(following.headers))


@pytest.mark.parametrize(
    ("method", "status", "body", "follows"),
    [("GET", 301, None, True), ("GET", 302, None, True), ("HEAD", 303, None, True), ("GET", 307, None, True),
     ("GET", 308, None, True), ("PUT", 307, b"x", True), ("PUT", 308, b"x", True), ("POST", 303, None, False),
     ("PATCH", 307, StreamBody(None), False), ("PUT", 307, FileBody(None), True), ("GET", 304, None, False)],
)
def test_which_redirects_are_followed(method, status, body, follows):
    answer = Answer(status, Headers([("Location", "https://storage.example/x")]), "https://registry.example/v2/")
    request = Request("blob_get", method, "https://registry.example/v2/", "x", headers=AUTHORIZED, body=body)
    following = redirected(HTTPS, request, answer)
    assert (following is not None) is follows
    assert not follows or following.headers == (("Accept", "x"),)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie", "Proxy-Authorization"])
@pytest.mark.parametrize(("location", "kept"), [("https://storage.example/x", False), ("/v2/x", True)])
def test_what_is_private_stays_with_the_registry(name, location, kept):
    answer = Answer(307, Headers([("Location", location)]), "https://registry.example/v2/")
    private, public = (name, "secret"), ("Accept", "x")
    request = Request("blob_get", "GET", "https://registry.example/v2/", "x", headers=(private, public))
    assert redirected(HTTPS, request, answer).headers == ((private, public) if kept else (public,))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('</v2/app/tags/list?last=b&n=2>; rel="next"', "https://registry.example/v2/app/tags/list?last=b&n=2"),
        ("<?last=b>;rel=next", "https://registry.example/v2/app/tags/list?last=b"),
        ('<a>; rel="prev", <b>; rel="next"', "https://registry.example/v2/app/tags/b"),
        ('<http://registry.example/x>; rel="next"', "https://registry.example/x"),
        ("", None), ("<a>", None), ('<a>; rel="prev"', None),
    ],
)
def test_the_next_page(header, expected):
    answer = Answer(200, Headers([("Link", header)] if header else []), "https://registry.example/v2/app/tags/list")
    assert next_page(answer, "tags", HTTPS) == expected


def test_a_page_on_another_host_is_refused():
    answer = Answer(200, Headers([("Link", '<https://x.example/>; rel="next"')]), "https://registry.example/")
    with pytest.raises(RefusedError, match="another host"):
        next_page(answer, "tags", HTTPS)


@pytest.mark.parametrize(("url", "expected"), [("/u", "/u?digest=d"), ("/u?s=%2F", "/u?s=%2F&digest=d")])
def test_a_query_is_added_and_not_rewritten(url, expected):
    assert with_query(url, "digest", "d") == expected


def test_repeated_headers_are_joined():
    headers = Headers([("WWW-Authenticate", "Basic"), ("www-authenticate", "Bearer"), ("X", "1")])
    assert json.loads(json.dumps(dict(headers))) == {"www-authenticate": "Basic, Bearer", "x": "1"}
