# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tars as every tool writes them, made here: their maker's word against what we read."""

from __future__ import annotations

import pytest
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import RegistryError, TarReadError, ValidationError
from registry_api_v2_client.images.model import Index, images_of
from registry_api_v2_client.problems import PROBLEMS

from pytest_oci_registry.tars import OCI_LAYOUTS, Broken, ImageSpec, LayerSpec, Layout, save_tar

NAMES = ("team/app:1", "team/app:2")
WITH_MANIFEST_JSON = [layout for layout in Layout if layout not in (Layout.OCI, Layout.BUILDX_OCI)]


@pytest.fixture
def saved(tmp_path):
    def save(*images, **options):
        return save_tar(tmp_path / "image.tar", *(images or (ImageSpec(NAMES),)), **options)

    return save


def read(tar):
    """Return of each image: names, config digest, diff_ids, compressions, manifest digest."""
    with open_archive(tar) as archive:
        return [
            (entry.names, image.config_descriptor.digest, tuple(layer.diff_id for layer in image.layers),
             tuple(layer.compression for layer in image.layers), image.descriptor and image.descriptor.digest)
            for entry in archive.entries for image in images_of(entry.node)
        ]


def said(tar):
    """Return the same by the word of the tar's maker."""
    return [
        (saved.names, image.config_digest, image.diff_ids,
         tuple(layer.compression or "none" for layer in image.layers), image.digest)
        for saved in tar.images for image in saved.images
    ]


@pytest.mark.parametrize("outer", [None, "gzip", "xz", "bzip2"])
@pytest.mark.parametrize("layout", WITH_MANIFEST_JSON)
def test_every_layout_is_read_as_it_was_written(saved, layout, outer):
    tar = saved(layout=layout, outer=outer)
    assert read(tar) == said(tar)


@pytest.mark.parametrize("layout", [Layout.OCI, Layout.BUILDX_OCI])
def test_layouts_without_manifest_json_are_read_as_they_were_written(saved, layout):
    tar = saved(layout=layout)
    names = tuple(f"docker.io/{name}" if layout is Layout.BUILDX_OCI else name for name in NAMES)
    assert read(tar) == [(names, *rest) for dummy, *rest in said(tar)]


@pytest.mark.parametrize("options", [
    {"manifest_at": "first"}, {"manifest_at": "middle"}, {"headers": "pax"}, {"headers": "base256"},
    {"dot_slash": True}, {"links": "hardlink"}, {"links": "copy"},
])
@pytest.mark.parametrize("layout", [Layout.DOCKER, Layout.PODMAN, Layout.DOCKER25])
def test_the_way_of_writing_does_not_matter(saved, layout, options):
    tar = saved(ImageSpec(NAMES, layers=3, duplicate_layers=True), layout=layout, **options)
    assert read(tar) == said(tar)


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
def test_layers_are_told_apart_by_their_bytes(saved, compression):
    if compression == "zstd":
        pytest.importorskip("zstandard")
    tar = saved(ImageSpec(NAMES, compression=compression))
    assert read(tar)[0][3] == (compression, compression)


def test_many_images_share_layers(saved):
    tar = saved(*(ImageSpec((f"app:{n}",), shared_layers=1, seed=str(n)) for n in range(5)), layout=Layout.DOCKER)
    assert read(tar) == said(tar)


def test_a_foreign_layer_is_known_without_being_there(saved):
    layer = LayerSpec(urls=("https://example.com/layer",))
    tar = saved(ImageSpec(("app:1",), layers=[LayerSpec(size=100), layer]), layout=Layout.OCI)
    with open_archive(tar) as archive:
        image = archive.entries[0].node
        assert image.complete and [layer.foreign for layer in image.layers] == [False, True]


@pytest.mark.parametrize("layout", [Layout.CONTAINERD, Layout.BUILDX_OCI])
def test_an_index_knows_which_platforms_are_absent(saved, layout):
    spec = ImageSpec(NAMES, platforms=("linux/amd64", "linux/arm64"), absent_platforms=("linux/s390x",),
                     attestations=layout is Layout.BUILDX_OCI)
    tar = saved(spec, layout=layout)
    with open_archive(tar) as archive:
        entry, = archive.entries
        assert isinstance(entry.node, Index) and not entry.node.complete
        images = [image for image in images_of(entry.node) if not image.artifact]
        assert [str(image.platform) for image in images] == ["linux/amd64", "linux/arm64"]
        assert entry.node.descriptor.digest == tar.images[0].digest


READ = {
    Broken.BAD_TAG: "names are judged where they are used",
    Broken.DIGEST_MISMATCH: "known when the layer is read or sent",
    Broken.DIFF_ID_MISMATCH: "the same",
    Broken.CORRUPT_GZIP: "the same",
    Broken.EMPTY_LAYER: "the same, without a descriptor that gives the size",
    Broken.ABSOLUTE_NAME: "extracted without the slash, as tar does; docker archives refer to it with the slash",
    Broken.DESCRIPTOR_SIZE: "of the config, whose digest is true all the same",
    Broken.MISSING_MANIFEST_BLOB: "where manifest.json names the image too",
    Broken.TRAVERSAL_DIGEST: "the same",
}


@pytest.mark.parametrize("layout", [Layout.DOCKER, Layout.OCI, Layout.DOCKER25])
@pytest.mark.parametrize("broken", Broken)
def test_a_broken_tar_is_refused_in_one_sentence(saved, broken, layout):
    try:
        tar = saved(ImageSpec(("team/app:1",)), layout=layout, broken=broken,
                    outer="gzip" if broken is Broken.TRUNCATED_OUTER else None)
    except ValueError:
        assert layout in OCI_LAYOUTS or broken in NOT_IN_DOCKER_ARCHIVES
        return
    if broken in READ and (broken not in BESIDE_MANIFEST_JSON or layout is Layout.DOCKER25) and is_read(tar):
        return
    with pytest.raises((TarReadError, ValidationError)) as caught:
        read(tar)
    message = caught.value.message
    assert "\n" not in message and "image.tar" in message and caught.value.code in PROBLEMS


def is_read(tar):
    """True where the archive is read without complaint."""
    try:
        return bool(read(tar))
    except RegistryError:
        return False


BESIDE_MANIFEST_JSON = {Broken.MISSING_MANIFEST_BLOB, Broken.TRAVERSAL_DIGEST}
NOT_IN_DOCKER_ARCHIVES = {
    Broken.MISSING_MANIFEST_BLOB, Broken.DESCRIPTOR_SIZE, Broken.TRAVERSAL_DIGEST, Broken.CORRUPT_GZIP,
}
