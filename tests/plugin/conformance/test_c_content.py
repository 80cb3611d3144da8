# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""C: each data set is pushed, listed, headed, pulled, asked for referrers, and deleted until nothing of it is left."""

from __future__ import annotations

import pytest
from conformance_datasets import DATASETS, OCI_INDEX, Dataset, artifacts_with_subject, build, image
from plain_http import Wire

CASES = [
    pytest.param(build(make), id=make.__name__, marks=[pytest.mark.feature(name) for name in features])
    for make, features in DATASETS.items()
]
ACCEPT = ", ".join({kind for case in CASES for _digest, kind, _data in case.values[0].manifests})  # type: ignore[union-attr]
HAS_REFERRERS = [case for case in CASES if case.values[0].referrers]  # type: ignore[union-attr]


def push(wire: Wire, repository: str, made: Dataset) -> None:
    for data in made.blobs.values():
        wire.upload(repository, data, made.algorithm)
    for digest, media_type, data in made.manifests:
        answer = wire.send("PUT", f"/v2/{repository}/manifests/{digest}", data, Content_Type=media_type)
        assert answer.status == 201, answer.body
        assert answer.headers.get("docker-content-digest", digest) == digest
        assert wire.send("GET", answer.headers["location"], Accept=ACCEPT).body == data
    for tag in made.tags:
        assert wire.send("PUT", f"/v2/{repository}/manifests/{tag}", data, Content_Type=media_type).status == 201


@pytest.mark.parametrize("made", CASES)
def test_push_then_head_and_pull_by_tag_and_digest(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    last = made.manifests[-1]
    for reference, (digest, media_type, data) in [("alpha", last), *((item[0], item) for item in made.manifests)]:
        path = f"/v2/{repository}/manifests/{reference}"
        head, pulled = wire.send("HEAD", path, Accept=ACCEPT), wire.send("GET", path, Accept=ACCEPT)
        assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(data)))
        assert (pulled.status, pulled.body) == (200, data)
        for answer in (head, pulled):
            assert (answer.headers["content-type"], answer.headers["docker-content-digest"]) == (media_type, digest)


@pytest.mark.parametrize("made", CASES)
def test_blobs_of_the_set(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    for digest, data in made.blobs.items():
        assert wire.send("HEAD", f"/v2/{repository}/blobs/{digest}").headers["content-length"] == str(len(data))
        assert wire.send("GET", f"/v2/{repository}/blobs/{digest}").body == data


@pytest.mark.feature("paging")
@pytest.mark.parametrize("made", CASES)
def test_tag_list(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    assert wire.send("GET", f"/v2/{repository}/tags/list").json() == {"name": repository, "tags": sorted(made.tags)}
    later = wire.send("GET", f"/v2/{repository}/tags/list?last={made.tags[1]}").json()
    assert later["tags"] == sorted(made.tags)[2:]


@pytest.mark.feature("referrers")
@pytest.mark.parametrize("made", HAS_REFERRERS)
def test_referrers(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    for subject, digests in made.referrers.items():
        answer = wire.send("GET", f"/v2/{repository}/referrers/{subject}")
        assert (answer.status, answer.headers["content-type"]) == (200, OCI_INDEX)
        assert [item["digest"] for item in answer.json()["manifests"]] == digests


@pytest.mark.feature("referrers")
def test_referrers_of_one_type(wire: Wire, repository: str) -> None:

    made = build(artifacts_with_subject)
    push(wire, repository, made)
    subject, digests = next(iter(made.referrers.items()))
    wanted = "application/vnd.example.signature"
    answer = wire.send("GET", f"/v2/{repository}/referrers/{subject}?artifactType={wanted}")
    found = answer.json()["manifests"]
    assert answer.headers["oci-filters-applied"] == "artifactType"
    assert [item["digest"] for item in found] == digests[:2]
    assert (found[0]["artifactType"], found[0]["annotations"]) == (wanted, {"org.example.key": "one"})


@pytest.mark.feature("referrers")
@pytest.mark.parametrize("made", HAS_REFERRERS)
def test_a_put_with_subject_says_so(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    digest, media_type, data = made.manifests[-1]
    answer = wire.send("PUT", f"/v2/{repository}/manifests/{digest}", data, Content_Type=media_type)
    assert answer.headers["oci-subject"] in made.referrers


@pytest.mark.feature("tag-delete")
@pytest.mark.parametrize("made", CASES)
def test_delete_a_tag(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    assert wire.send("DELETE", f"/v2/{repository}/manifests/alpha").status == 202
    assert wire.send("HEAD", f"/v2/{repository}/manifests/alpha", Accept=ACCEPT).status == 404
    assert wire.send("HEAD", f"/v2/{repository}/manifests/{made.manifests[-1][0]}", Accept=ACCEPT).status == 200


@pytest.mark.parametrize("made", CASES)
def test_delete_manifests_and_blobs(wire: Wire, repository: str, made: Dataset) -> None:
    push(wire, repository, made)
    for digest, _media_type, _data in reversed(made.manifests):
        path = f"/v2/{repository}/manifests/{digest}"
        assert wire.send("DELETE", path).status == 202
        assert wire.send("HEAD", path, Accept=ACCEPT).status == 404
    assert wire.send("HEAD", f"/v2/{repository}/manifests/alpha", Accept=ACCEPT).status == 404
    for digest in made.blobs:
        assert wire.send("DELETE", f"/v2/{repository}/blobs/{digest}").status == 202
        assert wire.send("HEAD", f"/v2/{repository}/blobs/{digest}").status == 404


@pytest.mark.feature("sha512")
def test_an_image_by_sha512(wire: Wire, repository: str) -> None:
    made = build(image, "sha512")
    made.tags = ()
    push(wire, repository, made)
    digest, _media_type, data = made.manifests[-1]
    assert wire.send("GET", f"/v2/{repository}/manifests/{digest}").body == data


@pytest.mark.feature("tag-params")
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_tags_as_parameters(wire: Wire, repository: str, algorithm: str) -> None:
    made = build(image, algorithm)
    made.tags = ()
    push(wire, repository, made)
    digest, media_type, data = made.manifests[-1]
    answer = wire.send("PUT", f"/v2/{repository}/manifests/{digest}?tag=one&tag=two", data, Content_Type=media_type)
    assert (answer.status, answer.headers["oci-tag"]) == (201, "two")
    for tag in ("one", "two"):
        assert wire.send("HEAD", f"/v2/{repository}/manifests/{tag}").headers["docker-content-digest"] == digest


def test_a_manifest_under_another_digest_is_400(wire: Wire, repository: str) -> None:
    made = build(image)
    for data in made.blobs.values():
        wire.upload(repository, data)
    _digest, media_type, data = made.manifests[-1]
    wrong = "sha256:" + "0" * 64
    assert wire.send("PUT", f"/v2/{repository}/manifests/{wrong}", data, Content_Type=media_type).status == 400
