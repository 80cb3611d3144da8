# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Manifests, request by request."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.endpoints.manifests import (
    Deletion,
    Stored,
    delete_manifest,
    delete_tag,
    get_manifest,
    head_manifest,
    put_manifest,
)
from registry_api_v2_client.errors import AuthenticationError, RefusedError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.manifest import claimed_type, parse_manifest
from registry_api_v2_client.reference import digest_of
from scripted import play

OTHER = digest_of(b"other")
CONFIG = Descriptor(media_types.OCI_CONFIG, OTHER, 5)
DATA = json.dumps(
    {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": CONFIG.as_json(), "layers": []}
).encode()
DIGEST = digest_of(DATA)
TAG = "/v2/app/manifests/1"
TYPE = {"content_type": media_types.OCI_MANIFEST}
ALL_TYPES = ", ".join(media_types.MANIFEST_ACCEPT)


def refused(code, message="no"):
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


def head(send):
    return head_manifest(send, "app", "1")


def get(send):
    return get_manifest(send, "app", "1")


def put(send):
    return put_manifest(send, "app", "1", DATA, media_types.OCI_MANIFEST)


def test_head_gives_a_descriptor_and_asks_for_all_types(script):
    """distribution 2.8 answers 404 for a type that is not asked for."""
    step = script.expect("HEAD", TAG, sends={"Accept": ALL_TYPES})
    step.answer(200, docker_content_digest=DIGEST, content_length=len(DATA), **TYPE)
    assert play(script, head) == Descriptor(media_types.OCI_MANIFEST, DIGEST, len(DATA))


@pytest.mark.parametrize("status", [404, 403], ids=["absent", "Artifactory says 403 for absent"])
def test_head_of_nothing_is_none(script, status):
    script.expect("HEAD", TAG).answer(status)
    script.expect("GET", TAG).answer(status)
    assert play(script, head) is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (405, {}), (501, {}), (404, {}), (403, {}), (400, {}), (406, {}), (415, {}), (200, TYPE),
        (200, {"docker_content_digest": DIGEST, "content_type": "application/json"}),
        (200, {"docker_content_digest": DIGEST, "content_type": "application/octet-stream"}),
        (200, {"docker_content_digest": DIGEST, "content_type": "text/plain; charset=utf-8"}),
        (200, {"docker_content_digest": DIGEST}), (200, {"docker_content_digest": "x"}),
    ],
    ids=["405", "501", "404", "403", "400", "406", "415", "no digest", "json", "octet-stream", "text", "no type",
         "bad digest"],
)
def test_a_head_that_tells_too_little_becomes_a_get(script, status, headers):
    script.expect("HEAD", TAG).answer(status, **headers)
    script.expect("GET", TAG).answer(200, DATA, **TYPE)
    assert play(script, head) == Descriptor(media_types.OCI_MANIFEST, DIGEST, len(DATA))


def test_an_oci_artifact_manifest_is_a_known_type(script):
    script.expect("HEAD", TAG).answer(200, docker_content_digest=DIGEST, content_type=media_types.OCI_ARTIFACT)
    assert play(script, head) == Descriptor(media_types.OCI_ARTIFACT, DIGEST, 0)


def test_a_manifest_of_an_unknown_type_comes_on_request_only(script):
    data = b'{"mediaType": "application/vnd.example+json"}'
    for _call in range(2):
        script.expect("HEAD", TAG).answer(200, docker_content_digest=digest_of(data), content_type="application/json")
        script.expect("GET", TAG).answer(200, data, content_type="application/json")
    found = play(script, twice)
    assert found == Descriptor("application/vnd.example+json", digest_of(data), len(data))


async def twice(send):
    with pytest.raises(RefusedError, match=r"the type application/vnd.example\+json"):
        await head_manifest(send, "app", "1")
    return await head_manifest(send, "app", "1", any_type=True)


def test_a_head_by_digest_with_another_digest_in_its_header_is_not_believed(script):
    target = f"/v2/app/manifests/{DIGEST}"
    script.expect("HEAD", target).answer(200, docker_content_digest=OTHER, **TYPE)
    script.expect("GET", target).answer(200, DATA, **TYPE)
    assert play(script, lambda send: head_manifest(send, "app", DIGEST)).digest == DIGEST


def test_the_digest_of_a_manifest_is_computed_here(script):
    """GAR may leave Docker-Content-Digest out (containers/image#1420)."""
    script.expect("GET", TAG).answer(200, DATA, **TYPE)
    assert play(script, get) == parse_manifest(DATA, Descriptor(media_types.OCI_MANIFEST, DIGEST, 0), ValueError)


def test_a_wrong_digest_header_once_is_survived(script):
    script.expect("GET", TAG).answer(200, DATA, docker_content_digest=OTHER, **TYPE)
    script.expect("GET", TAG).answer(200, DATA, docker_content_digest=DIGEST, **TYPE)
    assert play(script, get).digest == DIGEST


def test_bytes_that_stay_wrong_are_refused(script):
    target = f"/v2/app/manifests/{DIGEST}"
    for _try in range(2):
        script.expect("GET", target).answer(200, b"{}", **TYPE)
    with pytest.raises(RefusedError, match=f"bytes that are {digest_of(b'{}')} and not {DIGEST}") as caught:
        play(script, lambda send: get_manifest(send, "app", DIGEST), retries=1)
    assert caught.value.code == "wrong-bytes"


@pytest.mark.parametrize("media_type", [media_types.DOCKER_SCHEMA1, media_types.DOCKER_SCHEMA1_SIGNED])
def test_schema_1_is_named(script, media_type):
    script.expect("GET", TAG).answer(200, b'{"schemaVersion": 1}', content_type=media_type)
    with pytest.raises(RefusedError) as caught:
        play(script, get)
    assert caught.value.code == "old-manifest"


@pytest.mark.parametrize("said", ["application/json", "text/plain; charset=utf-8", "application/octet-stream"])
def test_a_blurred_type_is_read_from_the_document(script, said):
    script.expect("GET", TAG).answer(200, DATA, content_type=said)
    assert play(script, get).media_type == media_types.OCI_MANIFEST


def test_a_page_in_place_of_a_manifest_is_refused(script):
    script.expect("GET", TAG).answer(200, b"<html>login</html>", content_type="text/html")
    with pytest.raises(RefusedError) as caught:
        play(script, get)
    assert caught.value.code == "hostile-answer"


def test_a_manifest_without_end_is_refused(script):
    script.expect("GET", TAG).answer(200, bytes(5 * 1024 * 1024), **TYPE)
    with pytest.raises(RefusedError, match="more than 4194304 bytes") as caught:
        play(script, get)
    assert caught.value.code == "hostile-answer"


def test_a_manifest_is_written_with_type_and_length(script):
    step = script.expect("PUT", TAG, body=DATA, sends={"Content-Type": media_types.OCI_MANIFEST,
                                                       "Content-Length": str(len(DATA))})
    step.answer(201, docker_content_digest=DIGEST, oci_subject=OTHER)
    assert play(script, put) == Stored(DIGEST, OTHER)


def test_a_lost_answer_is_found_by_head(script):
    script.expect("PUT", TAG).cut()
    script.expect("HEAD", TAG).answer(200, docker_content_digest=DIGEST, **TYPE)
    assert play(script, put) == Stored(DIGEST)


def test_a_manifest_that_did_not_arrive_is_sent_again(script):
    script.expect("PUT", TAG).answer(503)
    script.expect("HEAD", TAG).answer(404)
    script.expect("GET", TAG).answer(404)
    script.expect("PUT", TAG, body=DATA).answer(201)
    assert play(script, put) == Stored(DIGEST)


def test_an_immutable_tag_that_refuses_the_same_digest_is_success(script):
    """ECR refuses even what it already has (containers-roadmap#2380)."""
    script.expect("PUT", TAG).answer(400, refused("TAG_INVALID", "cannot be overwritten"))
    script.expect("HEAD", TAG).answer(200, docker_content_digest=DIGEST, **TYPE)
    assert play(script, put) == Stored(DIGEST)


def test_an_immutable_tag_of_another_digest_is_an_error(script):
    script.expect("PUT", TAG).answer(400, refused("TAG_INVALID", "cannot be overwritten"))
    script.expect("HEAD", TAG).answer(200, docker_content_digest=OTHER, **TYPE)
    with pytest.raises(RefusedError, match="cannot be overwritten") as caught:
        play(script, put)
    assert (caught.value.code, caught.value.registry_code) == ("refused", "TAG_INVALID")


def test_a_missing_blob_is_told_by_its_code(script):
    script.expect("PUT", TAG).answer(404, refused("MANIFEST_BLOB_UNKNOWN"))
    with pytest.raises(RefusedError) as caught:
        play(script, put)
    assert caught.value.registry_code == "MANIFEST_BLOB_UNKNOWN"


def test_a_refused_format_names_the_other_one(script):
    script.expect("PUT", TAG).answer(400, refused("MANIFEST_INVALID", "manifest invalid"))
    with pytest.raises(RefusedError) as caught:
        play(script, put)
    assert caught.value.code == "manifest-refused" and "manifest_format: docker" in caught.value.hint


def test_another_digest_than_ours_is_refused(script):
    script.expect("PUT", TAG).answer(201, docker_content_digest=OTHER)
    script.expect("HEAD", TAG).answer(200, docker_content_digest=OTHER, **TYPE)
    with pytest.raises(RefusedError) as caught:
        play(script, put)
    assert caught.value.code == "wrong-bytes"


def test_a_wrong_digest_header_is_survived_where_the_manifest_is_right(script):
    script.expect("PUT", TAG).answer(201, docker_content_digest=OTHER)
    script.expect("HEAD", TAG).answer(200, docker_content_digest=DIGEST, **TYPE)
    assert play(script, put) == Stored(DIGEST)


@pytest.mark.parametrize(("status", "outcome"), [(202, Deletion.DELETED), (404, Deletion.ABSENT)])
def test_a_manifest_is_deleted_by_digest(script, status, outcome):
    script.expect("DELETE", f"/v2/app/manifests/{DIGEST}").answer(status)
    assert play(script, lambda send: delete_manifest(send, "app", DIGEST)) is outcome


def test_a_repeated_deletion_that_finds_nothing_is_success(script):
    script.expect("DELETE", f"/v2/app/manifests/{DIGEST}").cut()
    script.expect("DELETE", f"/v2/app/manifests/{DIGEST}").answer(404)
    assert play(script, lambda send: delete_manifest(send, "app", DIGEST)) is Deletion.DELETED


def test_deletion_that_is_switched_off_is_explained(script):
    script.expect("DELETE", f"/v2/app/manifests/{DIGEST}").answer(405, refused("UNSUPPORTED"))
    with pytest.raises(RefusedError) as caught:
        play(script, lambda send: delete_manifest(send, "app", DIGEST))
    assert caught.value.code == "deletion-off"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(202, Deletion.DELETED), (404, Deletion.ABSENT), (400, Deletion.UNSUPPORTED), (405, Deletion.UNSUPPORTED)],
)
def test_a_tag_is_deleted_where_the_registry_can(script, status, outcome):
    script.expect("DELETE", TAG).answer(status)
    assert play(script, lambda send: delete_tag(send, "app", "1")) is outcome


def test_the_reason_of_a_refused_head_is_asked_by_get(script):
    script.expect("HEAD", TAG).answer(401)
    script.expect("GET", TAG).answer(401, refused("UNAUTHORIZED", "the token has run out"))
    with pytest.raises(AuthenticationError) as caught:
        play(script, head)
    assert caught.value.status == 401
    script.check()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (DATA, media_types.OCI_MANIFEST),
        (b'{"schemaVersion": 2, "manifests": []}', media_types.OCI_INDEX),
        (b'{"schemaVersion": 2, "layers": []}', media_types.OCI_MANIFEST),
        (b'{"schemaVersion": 1}', media_types.DOCKER_SCHEMA1),
        (b"[]", None), (b"", None), (b"{", None), (b"[" * 100_000, None), (b"\xff", None),
    ],
)
def test_the_type_that_a_document_shows(data, media_type):
    assert claimed_type(data) == media_type
