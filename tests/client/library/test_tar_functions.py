# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The synchronous functions about a tar: names, verdict, documents, inspection."""

from __future__ import annotations

import dataclasses
import json
import tarfile
from datetime import datetime, timedelta, timezone

import pytest
from registry_api_v2_client import (
    TarReadError,
    ValidationError,
    extract_original_tags,
    get_primary_tag,
    get_tar_manifest,
    inspect_docker_tar,
    parse_repository_tag,
    validate_docker_tar,
)
from registry_api_v2_client.formats.durations import parse_time

from pytest_oci_registry.tars import ImageSpec, LayerSpec, Layout

NAMES = ("localhost:5000/team/app:1.0", "team/app:latest")
CONFIG = {
    "Cmd": ["serve"], "Entrypoint": ["/bin/app"], "Env": ["A=1"], "User": "1001", "WorkingDir": "/srv",
    "ExposedPorts": {"80/tcp": {}}, "Labels": {"tier": "web"},
}  # fmt: skip


@pytest.mark.parametrize("layout", [layout.value for layout in Layout if layout not in (Layout.OCI, Layout.BUILDX_OCI)])
def test_names_are_read_from_every_layout(docker_save_tar, layout):
    tar = docker_save_tar(*NAMES, layout=layout)
    assert extract_original_tags(tar) == list(NAMES)
    assert get_primary_tag(tar) == ("team/app", "1.0")
    assert get_primary_tag(str(tar), original_registry="keep") == ("localhost:5000/team/app", "1.0")


def test_names_of_several_images_follow_each_other(docker_save_tar):
    tar = docker_save_tar(ImageSpec(("a:1", "b:1")), ImageSpec(("c:1",), seed="c"))
    assert extract_original_tags(tar) == ["a:1", "b:1", "c:1"]


def test_a_tar_without_names(docker_save_tar):
    tar = docker_save_tar(ImageSpec(()))
    assert extract_original_tags(tar) == []
    with pytest.raises(TarReadError) as caught:
        get_primary_tag(tar)
    assert caught.value.code == "untagged"


@pytest.mark.parametrize(("name", "parts"), [
    ("nginx:alpine", ("nginx", "alpine")),
    ("localhost:5000/myapp:latest", ("localhost:5000/myapp", "latest")),
    ("localhost:5000/myapp", ("localhost:5000/myapp", "latest")),
    ("myapp", ("myapp", "latest")),
    ("myapp:", ("myapp", "latest")),
    ("a/b:1@sha256:" + "0" * 64, ("a/b", "1")),
    ("my_host:5000/a:1", ("my_host:5000/a", "1")),
])
def test_a_name_is_parted(name, parts):
    assert parse_repository_tag(name) == parts


@pytest.mark.parametrize("name", ["a/b@sha256:" + "0" * 64, "sha256:" + "0" * 64])
def test_a_digest_is_not_a_tag(docker_save_tar, name):
    with pytest.raises(ValidationError, match="a digest and no tag"):
        parse_repository_tag(name)
    tar = docker_save_tar(name).path
    assert extract_original_tags(tar) == []
    with pytest.raises(TarReadError, match="without a name"):
        get_primary_tag(tar)


@pytest.mark.parametrize("layout", [layout.value for layout in Layout])
@pytest.mark.parametrize("outer", [None, "gzip"])
def test_sound_tars_are_valid(docker_save_tar, layout, outer):
    assert validate_docker_tar(docker_save_tar("app:1", layout=layout, outer=outer).path) is True


@pytest.mark.parametrize(("broken", "kind"), [
    ("truncated", TarReadError), ("not-a-tar", TarReadError), ("empty-file", TarReadError),
    ("no-manifest", ValidationError), ("export", ValidationError), ("not-json", ValidationError),
    ("missing-layer", ValidationError), ("null-manifest", ValidationError), ("pre-1.10", ValidationError),
])
@pytest.mark.parametrize("read", [validate_docker_tar, extract_original_tags, get_tar_manifest])
def test_unreadable_bytes_and_invalid_structure_are_told_apart(docker_save_tar, read, broken, kind):
    with pytest.raises(kind):
        read(docker_save_tar("app:1", broken=broken).path)


def test_a_tar_that_cannot_be_looked_at_is_an_error(tmp_path):
    with pytest.raises(TarReadError, match="There is no file"):
        validate_docker_tar(tmp_path / "absent.tar")


def test_the_manifest_is_the_tar_s_own(docker_save_tar):
    tar = docker_save_tar("app:1", layout="docker25")
    with tarfile.open(tar.path) as file:
        assert get_tar_manifest(tar.path) == json.load(file.extractfile("manifest.json"))


def test_a_layout_without_a_manifest_gets_one(docker_save_tar):
    tar = docker_save_tar(ImageSpec(("app:1",), layers=2), layout="oci")
    (entry,) = get_tar_manifest(tar.path)
    assert entry["Config"] == f"blobs/sha256/{tar.config_digest.partition(':')[2]}"
    with tarfile.open(tar.path) as file:
        assert [file.getmember(name).size for name in entry["Layers"]] == [layer.size for layer in tar.image.layers]


@pytest.mark.parametrize("read", [get_tar_manifest, inspect_docker_tar, extract_original_tags])
@pytest.mark.parametrize(("broken", "kind"), [("truncated", TarReadError), ("not-json", ValidationError)])
def test_every_function_refuses_a_broken_tar(docker_save_tar, read, broken, kind):
    with pytest.raises(kind):
        read(docker_save_tar("app:1", broken=broken).path)


@pytest.mark.parametrize("layout", ["docker", "docker25", "podman", "kaniko", "oci"])
def test_inspection(docker_save_tar, layout):
    tar = docker_save_tar(
        ImageSpec(("app:1", "app:2"), layers=2, config=CONFIG, created="2026-01-15T10:30:45.123456789Z"), layout=layout
    )
    found = inspect_docker_tar(tar.path)
    assert (found.id, found.os, found.architecture) == (tar.config_digest, "linux", "amd64")
    assert found.created == datetime(2026, 1, 15, 10, 30, 45, 123456, timezone.utc)
    expected = [(layer.digest, layer.size) for layer in tar.image.layers]
    assert [(layer.digest, layer.size) for layer in found.layers] == expected
    assert found.rootfs_layers == found.config.diff_ids == list(tar.diff_ids)
    assert found.size == found.virtual_size == sum(layer.size for layer in tar.image.layers)


def test_inspection_of_the_config(docker_save_tar):
    config = inspect_docker_tar(docker_save_tar(ImageSpec(("app:1",), config=CONFIG)).path).config
    assert (config.cmd, config.entrypoint, config.env) == (["serve"], ["/bin/app"], ["A=1"])
    assert (config.user, config.working_dir) == ("1001", "/srv")
    assert (config.exposed_ports, config.labels) == ({"80/tcp": {}}, {"tier": "web"})


def test_inspection_names_the_first_image(docker_save_tar):
    tar = docker_save_tar(ImageSpec(("a:1",)), ImageSpec(("b:1",), seed="b"))
    assert inspect_docker_tar(tar.path).repo_tags == ["a:1"]


def test_an_inspection_of_an_index_shows_one_of_its_images(docker_save_tar):
    tar = docker_save_tar(
        ImageSpec(("app:1",), platforms=("linux/s390x", "linux/arm64"), attestations=True), layout="buildx-oci"
    )
    assert inspect_docker_tar(tar.path).architecture in ("s390x", "arm64")


def test_a_layer_that_is_not_in_the_tar_is_listed(docker_save_tar):
    foreign = LayerSpec(size=2048, seed="foreign", urls=("https://example.com/layer",))
    tar = docker_save_tar(ImageSpec(("app:1",), layers=[LayerSpec(size=2048), foreign]), layout="oci")
    assert len(inspect_docker_tar(tar.path).layers) == 2


def test_values_are_frozen(docker_save_tar):
    found = inspect_docker_tar(docker_save_tar("app:1").path)
    for value in (found, found.config, found.layers[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            value.created = None


@pytest.mark.parametrize(("text", "expected"), [
    ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
    ("2026-01-02T03:04:05.5-01:30", datetime(2026, 1, 2, 3, 4, 5, 500000, timezone(-timedelta(minutes=90)))),
    ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=timezone.utc)),
    ("2026-13-02T03:04:05Z", None), ("soon", None), (None, None), (7, None), ("2026-01-02T03:04:05+99:99", None),
])
def test_times(text, expected):
    assert parse_time(text) == expected
