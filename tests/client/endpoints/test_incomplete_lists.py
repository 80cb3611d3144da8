# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists whose later pages cannot be reached or read: an error for those who decide, a partial list for the others."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.endpoints import pages as pages_module
from registry_api_v2_client.endpoints.catalog import list_repositories
from registry_api_v2_client.endpoints.referrers import list_referrers
from registry_api_v2_client.endpoints.tags import list_tags
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.formats.media_types import OCI_MANIFEST
from registry_api_v2_client.reference import digest_of
from scripted import play

DIGEST = digest_of(b"a manifest")


def entry(name):
    return {"mediaType": OCI_MANIFEST, "digest": digest_of(name.encode()), "size": 1}


LISTS = {
    "tags": ("/v2/app/tags/list", "?n=1000", "tags", str, lambda send, **words: list_tags(send, "app", **words)),
    "catalog": ("/v2/_catalog", "?n=1000", "repositories", str, list_repositories),
    "referrers": (f"/v2/app/referrers/{DIGEST}", "", "manifests", entry,
                  lambda send, **words: list_referrers(send, "app", DIGEST, **words)),
}
LINKS = {
    "list of relations": '<{}>; rel="last next"', "upper case": "<{}>; REL=NEXT",
    "two": '<x>; rel="up", <{}>; rel=next',
}


def length(found):
    return len(getattr(found, "names", found))


@pytest.fixture(params=LISTS)
def listed(request):
    """Path, query of the first page, a function from names to a page, and the call."""
    path, query, key, made, call = LISTS[request.param]
    return path, query, lambda *names: json.dumps({key: [made(name) for name in names]}).encode(), call


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_the_second_page_is_read_in_each_form_of_link(script, listed, link):
    path, query, page, call = listed
    script.expect("GET", path + query).answer(200, page("a"), link=link.format(f"{path}?last=a"))
    script.expect("GET", f"{path}?last=a").answer(200, page("z"))
    assert length(play(script, call)) == 2


BROKEN = {
    "404": ("<{}?last=a>; rel=next", 404, b""),
    "404 with a code": ("<{}?last=a>; rel=next", 404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}'),
    "400": ("<{}?last=a>; rel=next", 400, b"Not a docker request"),
    "403": ("<{}?last=a>; rel=next", 403, b""),
    "405": ("<{}?last=a>; rel=next", 405, b""),
    "503": ("<{}?last=a>; rel=next", 503, b""),
    "unreadable": ('{}?last=a; rel="next"', None, b""),
    "garbage": ("garbage", None, b""),
}


@pytest.mark.parametrize(("link", "status", "reply"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("tolerant", [False, True], ids=["decides", "lists"])
def test_a_page_that_does_not_come_is_not_the_end(script, listed, link, status, reply, tolerant):
    path, query, page, call = listed
    script.expect("GET", path + query).answer(200, page("a"), link=link.format(path))
    if status:
        script.expect("GET", f"{path}?last=a").answer(status, reply)
    if tolerant:
        errors = []
        assert length(play(script, lambda send: call(send, incomplete=errors.append), retries=0)) == 1
    else:
        with pytest.raises(RefusedError) as caught:
            play(script, call, retries=0)
        script.check()
        errors = [caught.value]
    assert [(error.code, error.status) for error in errors] == [("incomplete-list", status)]


@pytest.fixture
def pages_of_two(monkeypatch):
    """Request pages of two names, so that a full page is small."""
    monkeypatch.setattr(pages_module.pages, "__kwdefaults__", {**pages_module.pages.__kwdefaults__, "size": 2})


def test_a_full_page_without_a_link_is_followed_by_another_request(script, pages_of_two):
    script.expect("GET", "/v2/app/tags/list?n=2").answer(200, b'{"tags": ["a", "b"]}')
    script.expect("GET", "/v2/app/tags/list?n=2&last=b").answer(200, b'{"tags": ["c"]}')
    assert play(script, lambda send: list_tags(send, "app")) == ["a", "b", "c"]


def test_a_registry_that_ignores_last_has_listed_everything(script, pages_of_two):
    script.expect("GET", "/v2/_catalog?n=2").answer(200, b'{"repositories": ["a", "b/c"]}')
    script.expect("GET", "/v2/_catalog?n=2&last=b%2Fc").answer(200, b'{"repositories": ["a", "b/c"]}')
    assert play(script, list_repositories).names == ("a", "b/c")


def test_a_refusal_after_a_full_page_is_an_error(script, pages_of_two):
    script.expect("GET", "/v2/app/tags/list?n=2").answer(200, b'{"tags": ["a", "b"]}')
    script.expect("GET", "/v2/app/tags/list?n=2&last=b").answer(404)
    with pytest.raises(RefusedError, match="only a part of the tags of app"):
        play(script, lambda send: list_tags(send, "app"))


@pytest.mark.parametrize("reply", [
    b'{"tags": "a1"}', b'{"tags": {"a1": 1}}', b'{"tags": 5}', b'{"tags": ["a1", 1.1]}', b'{"tags": [["a1"]]}',
])
def test_names_of_another_type_are_not_left_out(script, reply):
    script.expect("GET", "/v2/app/tags/list?n=1000").answer(200, reply)
    with pytest.raises(RefusedError) as caught:
        play(script, lambda send: list_tags(send, "app"), retries=0)
    assert caught.value.code == "hostile-answer"
