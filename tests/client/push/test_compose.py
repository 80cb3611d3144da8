# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Manifests that we write, manifests that we keep, and when a registry's manifest is the same image."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.copying.compose import PackedImage, pack, same_image
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.config import Config
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.manifest import Manifest, parse_manifest
from registry_api_v2_client.images.model import Image, Layer, Member
from registry_api_v2_client.reference import digest_of

CONFIG = b'{"rootfs":{}}'


def layer(compression: str, name: str = "a") -> Layer:
    digest = digest_of(name.encode())
    return Layer(Member(name, 512, 10), compression, digest, Descriptor(media_types.OCI_LAYER, digest, 10))


def image(*compressions: str, manifest: bytes | None = None, media_type: str = media_types.OCI_MANIFEST) -> Image:
    own = None
    if manifest is not None:
        own = Manifest(Descriptor(media_type, digest_of(manifest), len(manifest)), manifest)
    layers = tuple(layer(compression, str(n)) for n, compression in enumerate(compressions))
    config = Descriptor(media_types.OCI_CONFIG, digest_of(CONFIG), len(CONFIG))
    return Image(Config(CONFIG), config, None, layers, own)


def packed(one: Image, manifest_format: str = "auto") -> PackedImage:
    return pack(one, manifest_format, tuple(each.descriptor for each in one.layers if each.descriptor), "app:1")


def parsed(data: bytes) -> Manifest:
    return parse_manifest(data, Descriptor("", digest_of(data), len(data)), ValueError)


@pytest.mark.parametrize(
    ("compressions", "manifest_format", "manifest_type", "layer_type"),
    [
        (("none",), "auto", media_types.OCI_MANIFEST, media_types.OCI_LAYER),
        (("gzip",), "auto", media_types.DOCKER_MANIFEST, media_types.DOCKER_LAYER_GZIP),
        (("gzip",), "oci", media_types.OCI_MANIFEST, media_types.OCI_LAYER_GZIP),
        (("zstd",), "auto", media_types.OCI_MANIFEST, media_types.OCI_LAYER_ZSTD),
        (("none", "gzip"), "auto", media_types.OCI_MANIFEST, media_types.OCI_LAYER),
        (("gzip",), "docker", media_types.DOCKER_MANIFEST, media_types.DOCKER_LAYER_GZIP),
    ],
)
def test_media_types_follow_the_bytes(
    compressions: tuple[str, ...], manifest_format: str, manifest_type: str, layer_type: str
) -> None:
    written = packed(image(*compressions), manifest_format)
    document = json.loads(written.manifest)
    assert (document["mediaType"], document["layers"][0]["mediaType"]) == (manifest_type, layer_type)
    assert written.descriptor.media_type == manifest_type
    assert written.descriptor.digest == digest_of(written.manifest)


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_docker_format_is_refused_for_layers_that_no_registry_agrees_on(compression: str) -> None:
    with pytest.raises(RegistryError, match="not compressed with gzip"):
        packed(image("gzip", compression), "docker")


def test_the_archives_own_manifest_is_kept_byte_for_byte() -> None:
    own = b'{ "schemaVersion" : 2 , "layers": [] }'
    assert packed(image(manifest=own)).manifest == own


def test_a_manifest_of_the_other_kind_is_written_anew_on_request() -> None:
    own = image("gzip", manifest=b"{}", media_type=media_types.DOCKER_MANIFEST)
    assert packed(own, "docker").manifest == b"{}"
    assert packed(own, "oci").descriptor.media_type == media_types.OCI_MANIFEST


def test_the_config_descriptor_has_the_configs_size() -> None:
    config = json.loads(packed(image("none")).manifest)["config"]
    assert (config["size"], config["digest"]) == (len(CONFIG), digest_of(CONFIG))


def test_the_same_image_in_another_compression_is_the_same() -> None:
    assert same_image(parsed(packed(image("gzip", "gzip")).manifest), image("none", "none"))


@pytest.mark.parametrize(
    "manifest",
    [
        packed(image("none")).manifest,
        packed(image("none", "none")).manifest.replace(b"oci.image.layer.v1.tar", b"x", 1),
        packed(image("none", "none")).manifest.replace(digest_of(CONFIG).encode(), digest_of(b"1").encode()),
    ],
    ids=["fewer layers", "no layer type", "another config"],
)
def test_what_is_not_provably_the_same_is_another_image(manifest: bytes) -> None:
    assert not same_image(parsed(manifest), image("none", "none"))


def test_foreign_layers_are_not_looked_for() -> None:
    document = json.loads(packed(image("none", "none")).manifest)
    document["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    assert len(parsed(json.dumps(document).encode()).blobs) == 2
