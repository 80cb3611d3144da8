# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Compression when the registry or the file misbehaves."""

from __future__ import annotations

import pytest
from compressing import BIG, layers, push


@pytest.mark.parametrize(
    "fault", [{"reset_after": "1MiB"}, {"status": 503}, {"lose_answer": True}], ids=["reset", "503", "lost answer"]
)
def test_a_stream_that_breaks_is_made_and_sent_again(registry, docker_save_tar, fault):
    tar = docker_save_tar("app:1", layers=layers("one", size=BIG))
    with registry.fail("upload_patch", **fault) as rule:
        result = push(registry, tar)
    assert (rule.hits, result.error) == (1, None)
    assert registry.image("app:1").matches(tar)


@pytest.mark.parametrize("fault", [{"lose_answer": True}, {"status": 500}], ids=str)
@pytest.mark.parametrize("size", ["60kB", BIG])
def test_a_broken_end_of_an_upload_is_survived(registry, docker_save_tar, fault, size):
    tar = docker_save_tar("app:1", layers=layers("one", size=size))
    with registry.fail("upload_put", **fault) as rule:
        push(registry, tar)
    assert rule.hits == 1
    assert registry.image("app:1").matches(tar)


def test_a_registry_that_forgets_an_upload_gets_it_again(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("one", size=BIG))
    with registry.fail("upload_put", status=404, code="BLOB_UPLOAD_UNKNOWN") as rule:
        push(registry, tar)
    assert rule.hits == 1
    assert registry.image("app:1").matches(tar)


@pytest.mark.parametrize("size", ["3MB", "12MB"])
def test_a_corrupt_layer_is_named_and_nothing_is_tagged(registry, docker_save_tar, size):
    tar = docker_save_tar("app:1", layers=2, size=size, broken="diff-id-mismatch")
    result = push(registry, tar)
    assert result.error.code == "corrupt-layer"
    assert result.error.member
    assert result.error.member in result.error.message
    assert registry.tags("app") == []


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_compressed_layer_is_unpacked_and_compared_with_its_diff_id(registry, docker_save_tar, compression):
    tar = docker_save_tar("app:1", layout="oci", layers=2, compression=compression, broken="diff-id-mismatch")
    result = push(registry, tar, compression="none")
    assert result.error.code == "corrupt-layer" and registry.tags("app") == []


def test_a_repository_that_lists_no_tags_costs_the_predictions_only(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("one"))
    registry.seed("app:0")
    with registry.fail("tags", status=403, times=None):
        result = push(registry, tar)
    assert result.error is None
    assert registry.image("app:1").matches(tar)


@pytest.mark.parametrize("size", ["60kB", BIG])
def test_blobs_whose_head_lied_are_sent_without_asking(registry, docker_save_tar, size):
    """distribution says yes to HEAD after a garbage collection, and then refuses the manifest."""
    tar = docker_save_tar("app:1", layers=layers("one", "two", size=size))
    push(registry, tar)
    lost = registry.image("app:1").layers[0].digest
    registry.lie_about("app", lost)
    with registry.fail("manifest_put", status=404, code="MANIFEST_BLOB_UNKNOWN"):
        result = push(registry, tar, names=("app",), tag="2", verify_existing=False)
    assert result.error is None
    assert registry.image("app:2").matches(tar)


def test_one_image_fails_and_the_others_arrive(registry, docker_save_tar):
    good = docker_save_tar("good:1", layers=layers("one"))
    bad = docker_save_tar("bad:1", layers=2, broken="diff-id-mismatch")
    result = push(registry, good, bad, continue_on_error=True)
    assert registry.image("good:1").matches(good)
    assert not registry.image("bad:1").exists
    assert sorted(result.status(number) for number in range(2)) == ["failed", "pushed"]
