# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Layers compressed on their way: what arrives, what a repeat and an upgrade cost, on both registries."""

from __future__ import annotations

import pytest
from compressing import BIG, Reads, layers, push
from registry_api_v2_client.formats import media_types

from pytest_oci_registry.tars import ImageSpec
from pytest_oci_registry.validate import validate

EIGHT = [f"layer {number}" for number in range(8)]
BOTH = pytest.mark.parametrize("registry_backend", ["embedded", "process"])
PREDICTED = ["60kB", "9MiB"]  # held in memory; sent while it is made


def whole(registry, repository, tag="1"):
    """Return the problems that the validator finds, all blobs read back and unpacked."""
    return validate(registry.url, repository, tag).problems


@BOTH
@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("size", ["300kB", BIG])
def test_a_compressed_image_arrives_whole(registry, docker_save_tar, kind, size):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size=size))
    result = push(registry, tar, compression=kind)
    assert (result.error, result.changed) == (None, True)
    assert result.compressor.startswith(("isal", "zlib", "zstandard"))
    assert whole(registry, "app") == []
    assert registry.image("app:1").matches(tar)
    assert registry.image("app:1").digest == result.digest
    assert {layer.media_type.rpartition(".")[2] for layer in registry.image("app:1").layers} <= {"gzip", "tar+zstd"}


@pytest.mark.parametrize(
    ("options", "manifest"),
    [
        ({}, media_types.DOCKER_MANIFEST),
        ({"manifest_format": "oci"}, media_types.OCI_MANIFEST),
        ({"compression": "zstd"}, media_types.OCI_MANIFEST),
    ],
)
def test_the_manifest_follows_the_compression(registry, docker_save_tar, options, manifest):
    push(registry, docker_save_tar("app:1"), **options)
    assert registry.image("app:1").media_type == manifest


def test_schema_2_cannot_hold_zstd(registry, docker_save_tar):
    result = push(registry, docker_save_tar("app:1"), compression="zstd", manifest_format="docker")
    assert result.error.code == "bad-option"
    assert registry.repositories == [] or not registry.image("app:1").exists


@BOTH
@pytest.mark.parametrize("outer", ["gzip", "xz"])
def test_an_archive_that_is_compressed_itself_is_unpacked_and_recompressed(registry, docker_save_tar, outer):
    tar = docker_save_tar("app:1", layers=2, size="2MB", outer=outer)
    push(registry, tar)
    assert registry.image("app:1").matches(tar)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_repeat_reads_no_layer_and_writes_nothing(registry, docker_save_tar, monkeypatch, kind):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size="400kB"))
    push(registry, tar, compression=kind)
    registry.requests.clear()
    with Reads().counted(monkeypatch) as reads, registry.unchanged():
        again = push(registry, tar, compression=kind)
    assert again.changed is False
    assert max(reads.of_layers(tar)) <= 512
    assert sorted(entry.operation for entry in registry.requests) == ["blob_head"] * 3 + ["manifest_get", "ping"]


def test_a_raw_push_finds_the_compressed_image_right_and_the_other_way_round(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=2)
    push(registry, tar, compression="gzip")
    assert push(registry, tar, compression="none").changed is False
    assert push(registry, tar, compression="zstd").changed is False


def test_compare_digest_replaces_an_image_of_another_compression(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=2)
    raw = push(registry, tar, compression="none")
    packed = push(registry, tar, compare="digest")
    assert packed.changed
    assert raw.digest != packed.digest == registry.image("app:1").digest


def test_compare_digest_without_a_record_compresses_and_writes_nothing(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=2)
    first = push(registry, tar, compare="digest")
    with registry.unchanged():
        again = push(registry, tar, compare="digest")
    assert (again.changed, again.digest) == (False, first.digest)


@pytest.mark.parametrize("size", PREDICTED)
def test_force_sends_all_again(registry, docker_save_tar, size):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size=size))
    first = push(registry, tar)
    registry.requests.clear()
    again = push(registry, tar, force=True)
    assert (again.digest, again.bytes_uploaded) == (first.digest, first.bytes_uploaded)
    assert not registry.requests.filter(operation="blob_head")


@pytest.mark.parametrize("size", PREDICTED)
def test_an_upgrade_that_shares_seven_of_eight_layers_sends_one(registry, docker_save_tar, size):
    first = push(registry, docker_save_tar("app:1", layers=layers(*EIGHT, size=size)))
    tar = docker_save_tar("app:2", layers=layers(*EIGHT[:7], "new", size=size))
    upgrade = push(registry, tar)
    assert registry.image("app:2").matches(tar)
    assert upgrade.bytes_uploaded <= first.bytes_uploaded / 6
    assert [record["present"] for record in upgrade.images()] == [7]


@pytest.mark.parametrize("trust", ["record", "repository", "manifest"])
def test_a_trusted_upgrade_compresses_one_layer(registry, docker_save_tar, tmp_path, monkeypatch, trust):
    tmp_path.chmod(0o700)
    record = {"cache_path": str(tmp_path / "layers.sqlite")} if trust == "record" else {}
    first = push(registry, docker_save_tar("app:1", layers=layers(*EIGHT)), **record)
    tar = docker_save_tar("app:2", layers=layers(*EIGHT[:7], "new"))
    named = {"reuse_from": (f"app@{first.digest}",)} if trust == "manifest" else {}
    with Reads().counted(monkeypatch) as reads:
        upgrade = push(registry, tar, reuse_trust=trust == "repository", **record, **named)
    counts = reads.of_layers(tar)
    assert (max(counts[:7]) <= 512, counts[7] > 60_000) == (True, True)
    assert registry.image("app:2").matches(tar)
    assert upgrade.bytes_uploaded <= first.bytes_uploaded / 6


def test_a_layer_of_two_images_is_compressed_once_and_counted_once(registry, docker_save_tar, monkeypatch):
    tar = docker_save_tar(
        ImageSpec(("app:1",), layers=layers("base", "one")), ImageSpec(("app:2",), layers=layers("base", "two"))
    )
    result = push(registry, tar)
    assert [registry.image(f"app:{tag}").exists for tag in (1, 2)] == [True, True]
    assert len(registry.requests.filter(operation="upload_put")) == 5  # two configs, three layers
    assert [record["uploaded"] for record in result.images()] == [3, 2]


@BOTH
@pytest.mark.parametrize("size", PREDICTED)
def test_two_repositories_get_one_upload_and_a_mount(registry, docker_save_tar, size):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size=size))
    result = push(registry, tar, tar, names=("app", "mirror"))
    assert whole(registry, "app") == whole(registry, "mirror") == []
    assert registry.image("app:1").digest == registry.image("mirror:1").digest
    assert sorted(record["mounted"] for record in result.images()) == [0, 3]


def test_check_mode_changes_nothing_and_tells_as_much_as_can_be_known(registry, docker_save_tar, monkeypatch):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size="400kB"))
    with Reads().counted(monkeypatch) as reads, registry.unchanged():
        told = push(registry, tar, check=True)
    done = push(registry, tar)
    assert max(reads.of_layers(tar)) <= 512
    assert (told.changed, told.digest) == (done.changed, None)
    assert [record["uploaded"] for record in told.images()] == [record["uploaded"] for record in done.images()]
    assert "known when its layers are compressed" in told.diff()["after"]
    assert done.digest in done.diff()["after"]


def test_check_mode_and_run_count_shared_and_mounted_layers_alike(registry, docker_save_tar):
    first, second = ImageSpec(("app:1",), layers=layers("base")), ImageSpec(("app:2",), layers=layers("base", "x"))
    tar = docker_save_tar(first, second)
    told, done = (push(registry, tar, check=check) for check in (True, False))
    keys = ("uploaded", "mounted", "present", "status")
    ran = [[one[key] for key in keys] for one in done.images()]
    assert [[one[key] for key in keys] for one in told.images()] == ran


def test_layers_that_are_gzip_already_stay_as_they_are(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=2, layout="kaniko")
    push(registry, tar, compression="zstd")
    assert registry.image("app:1").matches(tar)
    assert {layer.media_type for layer in registry.image("app:1").layers} == {media_types.DOCKER_LAYER_GZIP}


def test_progress_ends_at_the_size_of_each_layer(registry, docker_save_tar):
    tar, seen = docker_save_tar("app:1", layers=layers("one", size="3MB")), {}
    push(registry, tar, progress=lambda digest, done, size: seen.setdefault((digest, size), []).append(done))
    (_digest, size), counts = next(iter(seen.items()))
    assert counts == sorted(counts)
    assert counts[-1] == size > 3_000_000
