# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the specification's own suite leaves out: pages, several Accept headers, isolation, conditional requests, odd
names.
"""

from __future__ import annotations

import re

import pytest
from conformance_datasets import OCI_MANIFEST, build, image
from plain_http import Answer, Wire, digest_of

TAGS = [f"v{number:02}" for number in range(7)]


def push_image(wire: Wire, repository: str, tags: list[str], media_type: str = OCI_MANIFEST) -> str:
    made = build(image)
    for data in made.blobs.values():
        wire.upload(repository, data)
    for tag in tags:
        answer = wire.send("PUT", f"/v2/{repository}/manifests/{tag}", made.manifests[-1][2], Content_Type=media_type)
        assert answer.status == 201, answer.body
    return made.manifests[-1][0]


def next_page(answer: Answer) -> str | None:
    found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
    return found[1] if found else None


def page(wire: Wire, repository: str, query: str) -> Answer:
    return wire.send("GET", f"/v2/{repository}/tags/list?{query}")


@pytest.mark.feature("paging")
def test_links_lead_through_all_pages(wire: Wire, repository: str) -> None:
    push_image(wire, repository, TAGS)
    target: str | None = f"/v2/{repository}/tags/list?n=3"
    pages = []
    while target:
        answer = wire.send("GET", target)
        pages.append(answer.json()["tags"])
        target = next_page(answer)
    assert pages == [TAGS[:3], TAGS[3:6], TAGS[6:]]


@pytest.mark.feature("paging")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("n=0", []),
        ("n=7", TAGS),
        ("n=100", TAGS),
        ("last=v03", TAGS[4:]),
        ("n=2&last=v03", TAGS[4:6]),
        ("last=v03a", TAGS[4:]),
        ("last=zzz", []),
        ("n=2&last=zzz", []),
        ("last=", TAGS),
    ],
)
def test_a_page(wire: Wire, repository: str, query: str, expected: list[str]) -> None:
    push_image(wire, repository, TAGS)
    answer = page(wire, repository, query)
    assert (answer.status, answer.json()["tags"]) == (200, expected)


FULL = pytest.mark.feature("full-last-page")


@pytest.mark.parametrize(
    "query", ["n=0", pytest.param("n=7", marks=FULL), "last=v05", pytest.param("n=3&last=v03", marks=FULL)]
)
def test_the_last_page_has_no_link(wire: Wire, repository: str, query: str) -> None:
    push_image(wire, repository, TAGS)
    assert next_page(page(wire, repository, query)) is None


@pytest.mark.feature("paging")
@pytest.mark.parametrize("count", ["-1", "x", "1.5"])
def test_a_count_that_is_none(wire: Wire, repository: str, count: str) -> None:
    push_image(wire, repository, TAGS[:1])
    answer = page(wire, repository, f"n={count}")
    assert (answer.status, answer.code) == (400, "PAGINATION_NUMBER_INVALID")


@pytest.mark.feature("paging")
def test_tags_are_sorted_whatever_the_order_of_pushing(wire: Wire, repository: str) -> None:
    push_image(wire, repository, ["b", "a", "C", "10", "9"])
    assert wire.send("GET", f"/v2/{repository}/tags/list").json()["tags"] == ["10", "9", "C", "a", "b"]


@pytest.mark.parametrize(
    "accept",
    [
        ["application/json", OCI_MANIFEST],
        [f"application/json, {OCI_MANIFEST}"],
        [f"{OCI_MANIFEST};q=0.5", "application/json"],
    ],
    ids=["several headers", "one list", "with parameters"],
)
def test_accept_in_every_form(wire: Wire, repository: str, accept: list[str]) -> None:
    push_image(wire, repository, ["v1"])
    connection = wire.connection()
    connection.putrequest("GET", f"/v2/{repository}/manifests/v1")
    for value in accept:
        connection.putheader("Accept", value)
    connection.endheaders()
    assert connection.getresponse().status == 200
    connection.close()


def test_blobs_belong_to_their_repository(wire: Wire, repository: str) -> None:
    digest = wire.upload(f"{repository}/mine", b"secret")
    assert wire.send("GET", f"/v2/{repository}/other/blobs/{digest}").status == 404
    assert wire.send("DELETE", f"/v2/{repository}/other/blobs/{digest}").status == 404


def test_an_upload_belongs_to_its_repository(wire: Wire, repository: str) -> None:
    location = wire.start(f"{repository}/mine").replace(f"{repository}/mine", f"{repository}/other")
    assert wire.put(location, digest_of(b"x"), b"x").status in (400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/v2/../../etc/passwd",
        "/v2/..%2f..%2fetc/manifests/passwd",
        "/v2/a/../b/tags/list",
        "/v2/%2e%2e/tags/list",
        "/v2/UPPER/tags/list",
        "/v2/a//b/tags/list",
        "/v2/-a/tags/list",
    ],
)
def test_names_that_are_none(wire: Wire, path: str) -> None:
    assert wire.send("GET", path).status in (301, 400, 404)


def test_a_manifest_that_has_not_changed_is_304(wire: Wire, repository: str) -> None:
    push_image(wire, repository, ["v1"])
    path = f"/v2/{repository}/manifests/v1"
    etag = wire.send("GET", path, Accept=OCI_MANIFEST).headers["etag"]
    answer = wire.send("GET", path, Accept=OCI_MANIFEST, If_None_Match=etag)
    assert (answer.status, answer.body) == (304, b"")


def test_parameters_of_the_content_type_are_ignored(wire: Wire, repository: str) -> None:
    push_image(wire, repository, ["v1"], OCI_MANIFEST + "; charset=utf-8")
    pulled = wire.send("GET", f"/v2/{repository}/manifests/v1", Accept=OCI_MANIFEST)
    assert pulled.headers["content-type"] == OCI_MANIFEST


def test_the_catalog_lists_repositories_in_pages(wire: Wire, repository: str) -> None:
    push_image(wire, f"{repository}/a", ["v1"])
    push_image(wire, f"{repository}/b", ["v1"])
    answer = wire.send("GET", f"/v2/_catalog?n=1&last={repository}")
    assert answer.json() == {"repositories": [f"{repository}/a"]}
    following = next_page(answer)
    assert following is not None
    assert wire.send("GET", following).json()["repositories"] == [f"{repository}/b"]


def test_unknown_query_parameters_of_uploads_are_kept_and_ignored(wire: Wire, repository: str) -> None:
    location = wire.start(repository)
    location += ("&" if "?" in location else "?") + "state=a%2Fb"
    assert wire.put(location, digest_of(b"x"), b"x").status == 201


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "blobs/sha256:" + "0" * 64, "BLOB_UNKNOWN"),
        ("GET", "manifests/none", "MANIFEST_UNKNOWN"),
        ("GET", "tags/list", "NAME_UNKNOWN"),
        pytest.param(
            "PATCH",
            "blobs/uploads/5fd42bd8-0c5e-4a4e-8a2b-0f0f3f1f2f3f",
            "BLOB_UPLOAD_UNKNOWN",
            marks=pytest.mark.feature("error-codes"),
        ),
    ],
)
def test_error_codes(wire: Wire, repository: str, method: str, path: str, code: str) -> None:
    answer = wire.send(method, f"/v2/{repository}/{path}")
    assert (answer.status, answer.code) == (404, code)
