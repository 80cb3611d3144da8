# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Every layout, read back with the standard library alone: what the tar says of itself must be what it holds."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from needed import needs

from pytest_oci_registry.tars import OCI_LAYOUTS, ImageSpec, LayerSpec, Layout, SavedTar, save_tar

DOCKER = [layout for layout in Layout if layout not in (Layout.OCI, Layout.BUILDX_OCI)]
IMAGE = ImageSpec(("team/app:1", "team/app:latest"), layers=3, labels={"org.example": "yes"}, duplicate_layers=True)


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def member(tar: tarfile.TarFile, name: str) -> bytes:
    extracted = tar.extractfile(name)
    assert extracted is not None, name
    return extracted.read()


def plain(data: bytes) -> bytes:
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def manifest_json(tar: tarfile.TarFile) -> list[dict[str, Any]]:
    items = json.loads(member(tar, "manifest.json"))
    return [{key[0].upper() + key[1:]: value for key, value in item.items()} for item in items]


@pytest.mark.parametrize("headers", ["ustar", "pax", "base256"])
@pytest.mark.parametrize("layout", DOCKER)
def test_manifest_json_leads_to_the_promised_bytes(tmp_path: Path, layout: Layout, headers: str) -> None:
    saved = save_tar(tmp_path / "app.tar", IMAGE, layout=layout, headers=headers)
    with tarfile.open(saved) as tar:
        item = manifest_json(tar)[0]
        assert item["RepoTags"] == ["team/app:1", "team/app:latest"]
        assert digest(member(tar, item["Config"])) == saved.config_digest
        assert tuple(digest(plain(member(tar, name))) for name in item["Layers"]) == saved.diff_ids
        config = json.loads(member(tar, item["Config"]))
    assert tuple(config["rootfs"]["diff_ids"]) == saved.diff_ids and len(saved.diff_ids) == 4
    assert config["config"]["Labels"] == {"org.example": "yes"}


@pytest.mark.parametrize("layout", sorted(OCI_LAYOUTS, key=str))
def test_every_blob_of_an_oci_layout_has_the_digest_of_its_name(tmp_path: Path, layout: Layout) -> None:
    saved = save_tar(tmp_path / "app.tar", IMAGE, layout=layout)
    with tarfile.open(saved) as tar:
        blobs = [name for name in tar.getnames() if name.startswith("blobs/sha256/")]
        assert all(digest(member(tar, name))[7:] == name[len("blobs/sha256/"):] for name in blobs)
        index = json.loads(member(tar, "index.json"))
        assert {item["digest"] for item in index["manifests"]} == {saved.digest} and len(index["manifests"]) == 2
        assert json.loads(member(tar, "oci-layout")) == {"imageLayoutVersion": "1.0.0"}


@pytest.mark.parametrize("layout", list(Layout))
def test_skopeo_reads_the_same_config_and_layers(tmp_path: Path, layout: Layout) -> None:
    skopeo = needs("skopeo")
    saved = save_tar(tmp_path / "app.tar", ImageSpec(("team/app:1",), layers=3), layout=layout)
    kind = "oci-archive" if layout in (Layout.OCI, Layout.BUILDX_OCI) else "docker-archive"
    subprocess.run([skopeo, "copy", "--quiet", f"{kind}:{saved}", f"dir:{tmp_path / 'out'}"], check=True, timeout=60)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["config"]["digest"] == saved.config_digest and len(manifest["layers"]) == 3


def names(saved: SavedTar) -> list[str]:
    with tarfile.open(saved) as tar:
        return tar.getnames()


@pytest.mark.parametrize(("place", "position"), [("first", 0), ("middle", 3), ("last", 5)])
def test_manifest_json_stands_where_it_was_asked_for(tmp_path: Path, place: str, position: int) -> None:
    saved = save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=4), layout="kaniko", manifest_at=place)
    assert names(saved).index("manifest.json") == position


@pytest.mark.parametrize(("links", "kind"), [("symlink", tarfile.SYMTYPE), ("hardlink", tarfile.LNKTYPE),
                                             ("copy", tarfile.REGTYPE)])
def test_a_layer_that_occurs_again_is_linked_as_asked(tmp_path: Path, links: str, kind: bytes) -> None:
    saved = save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=1, duplicate_layers=True), links=links)
    with tarfile.open(saved) as tar:
        last = manifest_json(tar)[0]["Layers"][-1]
        assert tar.getmember(last).type == kind
        assert digest(member(tar, last)) == saved.diff_ids[0]


def test_shared_layers_are_stored_once(tmp_path: Path) -> None:
    specs = [ImageSpec((name,), layers=2, shared_layers=1) for name in ("a:1", "b:1")]
    saved = save_tar(tmp_path / "two.tar", *specs, layout="podman")
    first, second = saved.images
    assert first.diff_ids[0] == second.diff_ids[0] and first.diff_ids[1] != second.diff_ids[1]
    assert len([name for name in names(saved) if name.endswith(".tar") and "/" not in name]) == 3


def test_dot_slash_stands_before_every_name(tmp_path: Path) -> None:
    saved = save_tar(tmp_path / "app.tar", "app:1", dot_slash=True)
    assert saved.path.read_bytes()[:2] == b"./"


@pytest.mark.parametrize("outer", ["gzip", "xz", "bzip2"])
def test_the_whole_file_may_be_compressed(tmp_path: Path, outer: str) -> None:
    saved = save_tar(tmp_path / "app.tar.x", "app:1", outer=outer)
    assert "manifest.json" in names(saved)


def test_zstd_outside_and_inside(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    saved = save_tar(tmp_path / "app.tar.zst", ImageSpec(("app:1",), compression="zstd"), layout="oci", outer="zstd")
    data = zstandard.ZstdDecompressor().decompressobj().decompress(saved.path.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        layer = zstandard.ZstdDecompressor().decompressobj().decompress(
            member(tar, f"blobs/sha256/{saved.image.layers[0].digest[7:]}"))
    assert digest(layer) == saved.diff_ids[0] and saved.image.layers[0].media_type.endswith("+zstd")


def test_jib_writes_keys_in_lower_case(tmp_path: Path) -> None:
    with tarfile.open(save_tar(tmp_path / "app.tar", "app:1", layout="jib")) as tar:
        assert set(json.loads(member(tar, "manifest.json"))[0]) == {"config", "repoTags", "layers"}


def test_config_only_image_has_null_layers(tmp_path: Path) -> None:
    with tarfile.open(save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=None))) as tar:
        assert manifest_json(tar)[0]["Layers"] is None


def test_untagged_image_has_null_names(tmp_path: Path) -> None:
    with tarfile.open(save_tar(tmp_path / "app.tar", ImageSpec())) as tar:
        assert manifest_json(tar)[0]["RepoTags"] is None


def test_index_names_children_attestations_and_absent_platforms(tmp_path: Path) -> None:
    spec = ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm64"), absent_platforms=("linux/s390x",),
                     attestations=True)
    saved = save_tar(tmp_path / "app.tar", spec, layout="buildx-oci")
    with tarfile.open(saved) as tar:
        index = json.loads(member(tar, f"blobs/sha256/{str(saved.digest)[7:]}"))
    kinds = [item.get("annotations", {}).get("vnd.docker.reference.type", "image") for item in index["manifests"]]
    assert kinds == ["image"] * 3 + ["attestation-manifest"] * 3
    assert saved.images[0].platforms == ("linux/amd64", "linux/arm64")
    there = {name.rpartition("/")[2] for name in names(saved)}
    assert [item["digest"][7:] in there for item in index["manifests"]] == [True, True, False] * 2


def test_foreign_layer_is_named_with_urls_and_not_in_the_tar(tmp_path: Path) -> None:
    foreign = LayerSpec(size=100, seed="windows", urls=("https://example.com/layer",))
    saved = save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=[foreign, LayerSpec(size=10)]), layout="oci")
    layer = saved.image.layers[0]
    assert layer.urls and "nondistributable" in layer.media_type
    assert not any(layer.digest[7:] in name for name in names(saved))


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    made = [save_tar(tmp_path / f"{number}.tar", IMAGE, layout="oci").path.read_bytes() for number in range(2)]
    assert made[0] == made[1]


def test_two_gibibytes_of_zeros_take_no_room(tmp_path: Path) -> None:
    saved = save_tar(tmp_path / "big.tar", ImageSpec(("big:1",), layers=2, size="2GiB", fill="zeros"))
    assert saved.size > 2 << 30 and saved.path.stat().st_blocks * 512 < 4 << 20


@pytest.mark.parametrize("call", [
    {"layout": "rkt"}, {"headers": "v7"}, {"outer": "lz4"}, {"links": "none"}, {"manifest_at": "end"},
    {"broken": "bad"}])
def test_unknown_words_are_refused_with_those_that_exist(tmp_path: Path, call: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"there are|use one of"):
        save_tar(tmp_path / "app.tar", "app:1", **call)


def test_two_platforms_need_a_layout_with_indexes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no index"):
        save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm64")))
