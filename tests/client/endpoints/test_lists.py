# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists in pages: tags, repositories, referrers."""

from __future__ import annotations

import json
import re

import pytest
from registry_api_v2_client.endpoints.catalog import Catalog, list_repositories
from registry_api_v2_client.endpoints.referrers import list_referrers
from registry_api_v2_client.endpoints.tags import list_tags
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.referrer_tags import fallback_tag
from registry_api_v2_client.reference import digest_of, repository_fault
from scripted import play

FIRST = "/v2/app/tags/list?n=1000"
DIGEST = digest_of(b"a manifest")
REFERRERS = f"/v2/app/referrers/{DIGEST}"


def page(*names, key="tags"):
    return json.dumps({"name": "app", key: list(names)}).encode()


def link(target):
    return f'<{target}>; rel="next"'


def tags(send):
    return list_tags(send, "app")


def test_a_list_follows_links_whose_cursor_is_opaque(script):
    script.expect("GET", FIRST).answer(200, page("1", "2"), link=link("/v2/app/tags/list?n=2&last=a%2Fb%3D%3D"))
    script.expect("GET", "/v2/app/tags/list?n=2&last=a%2Fb%3D%3D").answer(200, page("3"))
    assert play(script, tags) == ["1", "2", "3"]


def test_names_at_page_borders_come_once(script):
    script.expect("GET", FIRST).answer(200, page("1", "2"), link=link("?last=2"))
    script.expect("GET", "/v2/app/tags/list?last=2").answer(200, page("2", "3"))
    assert play(script, tags) == ["1", "2", "3"]


@pytest.mark.parametrize("reply", [b'{"tags": null}', b'{"tags": [null, null]}', b'{"name": "app"}'])
def test_null_tags_are_no_tags(script, reply):
    """Nexus lists nulls; distribution answers null once the last tag is gone."""
    script.expect("GET", FIRST).answer(200, reply)
    assert play(script, tags) == []


def test_an_unknown_repository_has_no_list(script):
    script.expect("GET", FIRST).answer(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}')
    assert play(script, tags) is None


def test_a_refused_page_size_is_left_to_the_registry(script):
    script.expect("GET", FIRST).answer(400, b'{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}')
    script.expect("GET", "/v2/app/tags/list").answer(200, page("1"))
    assert play(script, tags) == ["1"]


@pytest.mark.parametrize("target", ["http://elsewhere.example/v2/app/tags/list", "//elsewhere.example/x"])
def test_a_page_on_another_host_is_refused(script, target):
    script.expect("GET", FIRST).answer(200, page("1"), link=link(target))
    with pytest.raises(RefusedError, match="a page on another host"):
        play(script, tags)


def test_pages_without_end_end(script):
    script.expect("GET", FIRST).answer(200, page("1"), link=link("?last=1"))
    script.expect("GET", "/v2/app/tags/list?last=1").answer(200, page("1"), link=link("?last=1"))
    with pytest.raises(RefusedError, match="pages without end"):
        play(script, tags)
    script.check()


@pytest.mark.parametrize("tag", [
    "x y", "x/../../other/manifests/1", "x HTTP/1.1\r\nHost: elsewhere", "x?n=1", "-x", "", "9" * 5000, "\ud800", "²",
], ids=ascii)  # fmt: skip
def test_a_tag_that_breaks_the_grammar_is_refused(script, tag):
    """It would be sent as part of a request."""
    script.expect("GET", FIRST).answer(200, page("1", tag))
    with pytest.raises(RefusedError, match="answered the tags of app with the tag") as caught:
        play(script, tags)
    assert caught.value.message.isprintable() and len(caught.value.message) < 200


@pytest.mark.parametrize("reply", [b"[]", b"<html>", b"", b"[" * 5000])
def test_what_is_no_list_is_refused(script, reply):
    for _try in range(2):  # it may have been spoilt on its way
        script.expect("GET", FIRST).answer(200, reply)
    with pytest.raises(RefusedError, match="no JSON object"):
        play(script, tags, retries=1)
    script.check()


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, Catalog(("a", "b", "c"))), (2, Catalog(("a", "b"), complete=False))]
)
def test_repositories_are_listed_up_to_a_limit(script, limit, expected):
    script.expect("GET", "/v2/_catalog?n=1000").answer(200, page("a", "b", "c", key="repositories"))
    assert play(script, lambda send: list_repositories(send, limit=limit)) == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [("team/app", "team/app"), ("team/App", "team/App"), ("a\x1b[31mb", "a\\u001b[31mb"), ("a\r\nb: c", "a\\r\\nb: c"),
     ("\ud800", "\\ud800"), ("a b", "a b"), (" a", " a"), ("a" * 9999, "a" * 510 + "...")],
)
def test_an_odd_name_of_a_repository_is_made_printable_and_stays_another_one(script, name, shown):
    script.expect("GET", "/v2/_catalog?n=1000").answer(200, json.dumps({"repositories": [name, "b"]}).encode())
    assert play(script, list_repositories).names == (shown, "b")
    assert shown.isprintable() and (bool(repository_fault(shown)) is bool(repository_fault(name)))


def test_a_catalog_that_is_unknown_is_not_a_repository_of_no_name(script):
    unknown = b'{"errors":[{"code":"NAME_UNKNOWN"}]}'
    script.expect("GET", "/v2/_catalog?n=1000").answer(404, unknown)
    with pytest.raises(RefusedError) as caught:
        play(script, list_repositories)
    assert caught.value.code == "not-found" and "None" not in str(caught.value)


def test_a_registry_that_lists_nothing_says_so(script):
    script.expect("GET", "/v2/_catalog?n=1000").answer(405, b'{"errors":[{"code":"UNSUPPORTED"}]}')
    script.expect("GET", "/v2/_catalog").answer(405, b'{"errors":[{"code":"UNSUPPORTED"}]}')
    with pytest.raises(RefusedError) as caught:
        play(script, list_repositories)
    assert caught.value.status == 405


def index(*entries):
    return json.dumps({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": list(entries)}).encode()


def entry(name, artifact_type):
    return {"mediaType": media_types.OCI_MANIFEST, "digest": digest_of(name), "size": 7, "artifactType": artifact_type}


def test_referrers_come_from_the_api(script):
    reply = index(entry(b"s", "signature"), entry(b"b", "sbom"))
    script.expect("GET", REFERRERS).answer(200, reply, content_type=media_types.OCI_INDEX)
    found = play(script, lambda send: list_referrers(send, "app", DIGEST, artifact_type="sbom"))
    assert [each.digest for each in found] == [digest_of(b"b")]


@pytest.mark.parametrize(("status", "content_type", "body"), [
    *((status, "application/json", b'{"errors": []}') for status in (400, 404, 405, 406, 501)),
    (200, "text/html", b"<html>Sign in</html>"), (200, "application/json", b'{"status": "ok"}'),
])
def test_referrers_come_from_the_tag_where_there_is_no_api(script, status, content_type, body):
    script.expect("GET", REFERRERS).answer(status, body, content_type=content_type)
    target = f"/v2/app/manifests/{fallback_tag(DIGEST)}"
    script.expect("GET", target).answer(200, index(entry(b"s", "signature")), content_type=media_types.OCI_INDEX)
    found = play(script, lambda send: list_referrers(send, "app", DIGEST))
    assert [each.artifact_type for each in found] == ["signature"]


def test_a_referrers_tag_that_resolves_to_the_image_itself_lists_nothing(script):
    """GitLab answers so; the children of an index are not its referrers."""
    body = index(entry(b"child", "image"))
    own = digest_of(body)
    script.expect("GET", f"/v2/app/referrers/{own}").answer(404)
    script.expect("GET", f"/v2/app/manifests/{fallback_tag(own)}").answer(200, body, content_type=media_types.OCI_INDEX)
    assert play(script, lambda send: list_referrers(send, "app", own)) == []


def test_a_manifest_without_referrers_has_none(script):
    script.expect("GET", REFERRERS).answer(404)
    script.expect("GET", f"/v2/app/manifests/{fallback_tag(DIGEST)}").answer(404)
    assert play(script, lambda send: list_referrers(send, "app", DIGEST)) == []


@pytest.mark.parametrize("junk", [b"", b"{", b"[" * 100_000, b"[]", b'{"manifests": 1}'])
def test_a_referrers_tag_that_cannot_be_read_is_not_an_empty_list(script, junk):
    script.expect("GET", REFERRERS).answer(404)
    target = f"/v2/app/manifests/{fallback_tag(DIGEST)}"
    script.expect("GET", target).answer(200, junk, content_type=media_types.OCI_INDEX)
    with pytest.raises(RefusedError, match="a document that"):
        play(script, lambda send: list_referrers(send, "app", DIGEST))


@pytest.mark.parametrize("odd", [{"digest": "broken"}, None, {"mediaType": media_types.OCI_MANIFEST, "digest": DIGEST}])
def test_a_referrer_that_cannot_be_read_is_not_left_out(script, odd):
    script.expect("GET", REFERRERS).answer(200, index(entry(b"s", "sbom"), odd), content_type=media_types.OCI_INDEX)
    with pytest.raises(RefusedError, match=re.escape("manifests[1]")):
        play(script, lambda send: list_referrers(send, "app", DIGEST))
