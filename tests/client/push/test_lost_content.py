# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A registry that accepts what it does not store, or refuses what it said that it has: no tag points to nothing."""

from __future__ import annotations

import itertools

import pytest
from compressing import layers, push
from registry_api_v2_client.copying.running import blobs
from registry_api_v2_client.formats import media_types

from pytest_oci_registry.tars import ImageSpec

MISSING = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"]
OTHERS = ["DIGEST_INVALID", "MANIFEST_INVALID", "NAME_UNKNOWN", "TAG_INVALID", "UNKNOWN"]
FAST = {"retries": 0}


def several(first, second):
    """Return both orders of two codes, alone and with a third between them."""
    orders = (first, second), (second, first)
    return [f"{one}{between}{other}" for one, other in orders for between in (",", ",SIZE_INVALID,")]


@pytest.fixture
def tar(docker_save_tar):
    return docker_save_tar("app:1", layers=layers("a", "b", size=900))


def written(registry):
    """Return the last part of the path of each manifest that was written."""
    return [entry.path.rpartition("/")[2] for entry in registry.requests.filter(operation="manifest_put", status=201)]


def uploads(registry):
    return len(registry.requests.filter(operation="upload_put"))


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("codes", [
    codes for missing, other in itertools.product(MISSING, OTHERS) for codes in several(missing, other)
])
def test_a_missing_blob_is_repaired_wherever_its_code_stands(registry, tar, codes, status):
    push(registry, tar, compression="none")
    registry.requests.clear()
    registry.fail("manifest_put", status=status, code=codes)
    result = push(registry, tar, names=("app",), tag="2", compression="none", settings=FAST)
    assert result.error is None and registry.image("app:2").matches(tar)
    assert uploads(registry) == 3


@pytest.mark.parametrize("codes", several("DIGEST_INVALID", "MANIFEST_BLOB_UNKNOWN") + ["DIGEST_INVALID"])
def test_a_link_that_another_push_rewrites_only_costs_another_request(registry, tar, codes):
    """distribution answers so while another push writes the same blob; nothing has to be sent again."""
    registry.fail("manifest_put", status=400, code=codes)
    result = push(registry, tar, compression="none", settings={"retries": 1})
    assert result.error is None and registry.image("app:1").matches(tar)
    assert uploads(registry) == 3


@pytest.mark.parametrize(("words", "code"), [
    ({"code": "TAG_INVALID", "message": "the repository is immutable"}, "tag-is-taken"),
    ({"code": "UNKNOWN,TAG_IMMUTABLE", "message": "no"}, "tag-is-taken"),
    ({"code": "TAG_IMMUTABLE,UNKNOWN", "message": "no"}, "tag-is-taken"),
    ({"code": "DIGEST_INVALID", "message": "provided digest did not match uploaded content"}, "manifest-refused"),
    ({"code": "DENIED,UNKNOWN", "message": "quota exceeded"}, "refused"),
], ids=str)
def test_an_immutable_tag_is_claimed_only_if_the_registry_says_so(registry, tar, docker_save_tar, words, code):
    """Also while another writer moves the tag."""
    push(registry, docker_save_tar("app:1", seed="before"), compression="none")
    other = push(registry, docker_save_tar("app:2", seed="other"), compression="none").digest
    registry.fail("manifest_put", status=400, times=None, **words)
    moved = []

    def move(_digest, _done, _size):
        if not moved:
            manifest = registry.store.manifest("app", other)
            moved.append(registry.store.put_manifest("app", manifest.data, manifest.media_type, "1"))

    result = push(registry, tar, compression="none", settings=FAST, progress=move)
    assert result.error.code == code and moved == [other]


@pytest.mark.parametrize("options", [{"force": True}, {"verify_existing": True}, {}], ids=str)
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_manifest_that_was_accepted_but_not_stored_is_lost(registry, tar, compression, options):
    """distribution 2.8 after a garbage collection behind its cache: 201 and nothing."""
    digest = push(registry, tar, compression=compression).digest
    registry.store.delete_manifest("app", digest)
    registry.fail("manifest_get", ref=digest, status=404, code="MANIFEST_UNKNOWN", times=None)
    result = push(registry, tar, compression=compression, **options)
    assert result.error.code == "lost-blob" and digest in result.error.message
    assert "Run the task again" in result.error.hint.partition("restart the registry")[0]
    assert not registry.image("app:1").exists
    registry.rules.clear()
    assert push(registry, tar, compression=compression, **options).error is None
    assert registry.image("app:1").matches(tar)


def test_blobs_that_are_gone_are_sent_before_a_new_manifest_is_written(registry, tar):
    """distribution 3 after a garbage collection: the manifest is stored, its layers are not."""
    digest = push(registry, tar, compression="none").digest
    gone = [layer.digest for layer in registry.image("app:1").layers]
    registry.store.delete_manifest("app", digest)
    for layer in gone:
        registry.lie_about("app", layer)
    registry.requests.clear()
    result = push(registry, tar, compression="none")
    assert result.error is None and registry.image("app:1").validate()
    assert uploads(registry) == len(gone) == result.images()[0]["uploaded"]
    assert result.bytes_uploaded > 0 and f": {len(gone)} blobs" in result.message()


@pytest.mark.parametrize("index", [False, True])
def test_only_a_manifest_in_doubt_is_read_back(registry, docker_save_tar, index):
    layout = "oci" if index else "docker"
    tar = docker_save_tar(ImageSpec(("app:1", "app:2"), index=index), layout=layout)
    push(registry, tar, compression="none")
    assert registry.requests.filter(operation=("manifest_get", "blob_get"), status=(200, 206)) == []
    registry.requests.clear()
    push(registry, tar, compression="none")
    assert {entry.operation for entry in registry.requests} == {"ping", "manifest_head", "blob_head"}
    registry.requests.clear()
    push(registry, tar, names=("app",), tag="3", compression="none")
    read = registry.requests.filter(operation=("manifest_get", "blob_get"), status=(200, 206))
    assert [entry.path.rpartition("/")[2] for entry in read] == [registry.image("app:3").digest]
    assert written(registry) == ["3"]


@pytest.mark.parametrize("options", [{"force": True}, {"verify_existing": True}], ids=str)
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_blob_is_looked_at_again_after_it_was_sent(registry, tar, compression, options):
    push(registry, tar, compression=compression)
    layer = registry.image("app:1").layers[0].digest
    registry.fail("blob_get", ref=layer, status=404, code="BLOB_UNKNOWN", times=None)
    result = push(registry, tar, compression=compression, **options)
    assert result.error.code == "lost-blob" and "last byte" in result.error.message
    assert uploads(registry) > 3


def test_a_truncated_blob_is_found_and_sent_again(registry, tar):
    push(registry, tar, compression="none")
    layer = registry.image("app:1").layers[0].digest
    assert push(registry, tar, compression="none", verify_existing=True).changed is False
    registry.fail("blob_get", ref=layer, status=416)
    result = push(registry, tar, compression="none", verify_existing=True)
    assert result.error is None and result.images()[0]["uploaded"] == 1


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_mounted_blobs_are_sent_if_the_manifest_is_refused_for_them(registry, tar, compression):
    registry.fail("manifest_put", repo="b", status=400, code="MANIFEST_BLOB_UNKNOWN")
    result = push(registry, tar, tar, names=("a", "b"), compression=compression)
    assert result.error is None and result.images()[1]["mounted"] == 0
    assert len(registry.requests.filter(operation="upload_put", repository="b")) == 3
    assert registry.image("b:1").validate()


def test_the_largest_blob_is_sent_first(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=[*layers("small", size=1000), *layers("large", size=90_000),
                                           *layers("middle", size=30_000)])
    push(registry, tar, compression="none", settings={"max_concurrent": 1})
    sizes = [entry.body_size for entry in registry.requests.filter(operation="upload_put")]
    assert len(sizes) == 4 and sizes == sorted(sizes, reverse=True)


def test_a_blob_that_another_push_sent_meanwhile_is_not_sent(registry, tar, monkeypatch):
    """The plan is old when the turn of a blob comes."""
    monkeypatch.setattr(blobs, "ASK_AGAIN_AFTER", 0.0)
    other = []

    def sent(_digest, _done, _size):
        if not other:
            other.append(True)
            registry.seed(tar)

    result = push(registry, tar, compression="none", settings={"max_concurrent": 1}, progress=sent)
    assert result.error is None and other
    assert uploads(registry) == 1 and result.images()[0]["present"] == 2
    assert result.bytes_uploaded < result.images()[0]["size"]


def test_a_fresh_plan_asks_for_each_blob_once(registry, tar):
    push(registry, tar, compression="none")
    assert len(registry.requests.filter(operation="blob_head")) == 3


@pytest.mark.parametrize("kind", ["force", "verify_existing"])
def test_an_index_is_read_back_with_its_children(registry, docker_save_tar, kind):
    tar = docker_save_tar(ImageSpec(("app:1",), index=True), layout="oci")
    registry.requests.clear()
    assert push(registry, tar, compression="none", **{kind: True}).error is None
    written_by_digest = [one for one in written(registry) if one.startswith("sha256:")]
    read = [entry.path.rpartition("/")[2] for entry in registry.requests.filter(operation="manifest_get", status=200)]
    assert read == written_by_digest and written(registry)[-1] == "1"
    assert registry.image("app:1").media_type in media_types.INDEXES
