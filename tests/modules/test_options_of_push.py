# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker_tar_push, option by option: each that is set changes what users see; what it means, tests/client proves."""

from __future__ import annotations

import json

import pytest
from compressing import config_data, gzip_by_another, layer_data, layers, put_image, sha256

INDEX = {"layout": "buildx-oci", "platforms": ("linux/amd64", "linux/arm64")}
OCI, DOCKER = "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def push(registry, modules):
    """Call it with a tar and options: the result, once it has not failed."""

    def call(tar, **options):
        result = modules("docker_tar_push", registry_url=registry.url, path=str(tar), **options)
        assert not result.get("failed"), result
        return result

    return call


@pytest.mark.parametrize(("options", "repository", "tags"), [
    ({}, "team/app", ["1", "2"]),
    ({"original_tags": "all"}, "team/app", ["1", "2"]),
    ({"original_tags": "first"}, "team/app", ["1"]),
    ({"original_registry": "drop"}, "team/app", ["1", "2"]),
    ({"original_registry": "keep"}, "reg.example.com/team/app", ["1", "2"]),
    ({"prefix": "mirror"}, "mirror/team/app", ["1", "2"]),
    ({"repository": "other", "tag": "3"}, "other", ["3"]),
], ids=str)
def test_names(registry, docker_save_tar, push, options, repository, tags):
    (image,) = push(docker_save_tar("reg.example.com/team/app:1", "reg.example.com/team/app:2"), **options)["images"]
    assert (image["repository"], image["tags"]) == (repository, tags) and registry.tags(repository) == tags


def test_images_take_the_other_names_of_their_options_too(registry, modules, docker_save_tar):
    image = {"path": str(docker_save_tar("app:1")), "repository": "other", "tag": "3"}
    modules("docker_tar_push", registry_url=registry.url, images=[image])
    assert registry.snapshot().keys() == {"other:3"}


def test_platforms(registry, docker_save_tar, push):
    (image,) = push(docker_save_tar("app:1", **INDEX), platforms=["linux/arm64"])["images"]
    assert image["platforms"] == ["linux/arm64"] and image["media_type"] == OCI


@pytest.mark.parametrize(("wanted", "media_type"), [("auto", DOCKER), ("oci", OCI), ("docker", DOCKER)])
def test_manifest_format(docker_save_tar, push, wanted, media_type):
    assert push(docker_save_tar("app:1", gzip=True), manifest_format=wanted)["images"][0]["media_type"] == media_type


def test_compare_image_is_content_with_what_compare_digest_writes_again(registry, docker_save_tar, push):
    tar = docker_save_tar("app:1", layers=layers("a"))
    put_image(registry, "app", "1", config_data(tar), [gzip_by_another(layer_data(tar)[0])])
    assert not push(tar, compare="image")["changed"]
    assert push(tar, compare="digest")["changed"]


def test_max_concurrent_uploads(registry, docker_save_tar, push):
    push(docker_save_tar("app:1", layers=4), max_concurrent_uploads=1)
    sent = [request.operation for request in registry.requests if request.operation.startswith("upload")]
    assert sent == ["upload_start", "upload_put"] * 5


def test_chunk_size(registry, docker_save_tar, push):
    push(docker_save_tar("app:1", layers=layers("a", size="2500kB")), chunk_size="1M")
    sizes = [request.body_size for request in registry.requests if request.operation in ("upload_patch", "upload_put")]
    assert max(sizes) == 1 << 20 and sum(sizes) > 2_500_000


@pytest.mark.parametrize(("kind", "level"), [("none", None), ("gzip", 9), ("zstd", 3)])
def test_compression_and_its_level(registry, docker_save_tar, push, kind, level):
    result = push(docker_save_tar("app:1", layers=layers("a")), compression=kind, compression_level=level)
    (layer,) = registry.image("app:1").layers
    assert layer.media_type.endswith(".tar" if kind == "none" else kind)
    assert result["compressor"] is None if level is None else result["compressor"].endswith(f"level {level}")


def test_cache_path_keeps_what_was_compressed(docker_save_tar, push, tmp_path):
    push(docker_save_tar("app:1", layers=layers("a")), compression="gzip", cache_path=str(tmp_path / "record"))
    assert (tmp_path / "record").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("trust", ["reuse_from", "reuse_trust"])
def test_compressed_layers_of_manifests_that_are_trusted_are_used(registry, docker_save_tar, push, trust):
    tar = docker_save_tar("app:1", layers=layers("a"), labels={"build": "2"})
    theirs = gzip_by_another(layer_data(tar)[0])
    old = docker_save_tar("app:0", layers=layers("a"), filename="old.tar")
    digest = put_image(registry, "app", "0", config_data(old), [theirs])
    push(tar, compression="gzip", **{trust: [f"app@{digest}"] if trust == "reuse_from" else True})
    assert [layer.digest for layer in registry.image("app:1").layers] == [sha256(theirs)]


def test_progress_path_holds_the_counts_at_the_end(docker_save_tar, push, tmp_path):
    push(docker_save_tar("app:1", layers=3), progress_path=str(tmp_path / "progress.json"))
    told = json.loads((tmp_path / "progress.json").read_text())
    assert told["ended"] and (told["layers_done"], told["images_done"]) == (3, 1)
