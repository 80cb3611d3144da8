# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The manifest of one image: the archive's own bytes where they can be kept, else one that we write. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, replace

from ..archive.bytes.codecs import NONE
from ..formats import media_types
from ..images.descriptor import Descriptor
from ..images.manifest import Manifest
from ..images.model import Image, Layer, Member
from ..problems import problem
from ..reference import digest_of

_OCI_LAYERS = {
    "none": media_types.OCI_LAYER,
    "gzip": media_types.OCI_LAYER_GZIP,
    "zstd": media_types.OCI_LAYER_ZSTD,
}


@dataclass(frozen=True)
class Blob:
    """One blob of an image: what it is, and where its bytes are: held here (`data`) or in the archive (`member`).

    `position` is 0 for the config, else the layer's number, counted from 1.
    """

    descriptor: Descriptor
    position: int
    member: Member | None = None
    data: bytes | None = None
    layer: Layer | None = None

    @property
    def foreign(self) -> bool:
        """True for a non-distributable layer, which is not sent."""
        return media_types.is_foreign_layer(self.descriptor.media_type)


@dataclass(frozen=True)
class PackedImage:
    """One image as it goes to the registry: manifest bytes, their descriptor, and its blobs, config first."""

    image: Image
    manifest: bytes
    descriptor: Descriptor
    blobs: tuple[Blob, ...]


def to_encode(layer: Layer, kind: str) -> bool:
    """True where a layer is not sent as it lies in the archive.

    Raw ones are compressed on request; bzip2, xz and lz4 layers are always unpacked, since no media type names them.
    """
    if layer.member is None or layer.diff_id is None or layer.foreign:
        return False
    return layer.compression not in _OCI_LAYERS or (layer.compression == NONE and kind != NONE)


def encoded(layer: Layer, kind: str, descriptor: Descriptor) -> Layer:
    """Return the layer as it is after encoding."""
    return replace(layer, compression=kind, descriptor=descriptor)


def layers_known(image: Image) -> bool:
    """True where every layer's digest is known without reading it."""
    return all(layer.descriptor is not None for layer in image.layers)


def pack(image: Image, manifest_format: str, descriptors: tuple[Descriptor, ...], label: str) -> PackedImage:
    """Return the image with its manifest; `descriptors` hold digest and size of each layer, in order.

    Raises ValidationError (bad-option) where manifest_format is docker and a layer is raw or zstd: no registry agrees
    on what to call those in schema 2.
    """
    if _keeps_own_manifest(image, manifest_format):
        kept = t.cast(Manifest, image.manifest)
        manifest, media_type = kept.data, kept.media_type
        config, layers = image.config_descriptor, descriptors
    else:
        media_type = _format(image, manifest_format, label)
        config = _config(image, media_type)
        layers = tuple(_layer(layer, own, media_type) for layer, own in zip(image.layers, descriptors))
        manifest = _manifest(media_type, config, layers)
    blobs = [Blob(config, 0, image.config_member, image.config.data or None)]
    blobs += [Blob(own, n, layer.member, layer=layer) for n, (layer, own) in enumerate(zip(image.layers, layers), 1)]
    descriptor = Descriptor(media_type, digest_of(manifest), len(manifest), platform=image.platform)
    if image.manifest is not None and manifest == image.manifest.data:
        descriptor = replace(descriptor, digest=image.manifest.digest)  # it may be a sha512
    return PackedImage(image, manifest, descriptor, tuple(blobs))


def _keeps_own_manifest(image: Image, manifest_format: str) -> bool:
    if image.manifest is None:
        return False
    docker = image.manifest.media_type == media_types.DOCKER_MANIFEST
    return image.artifact or manifest_format == "auto" or docker == (manifest_format == "docker")


def _format(image: Image, manifest_format: str, label: str) -> str:
    compressions = {layer.compression for layer in image.layers if not layer.foreign}
    if manifest_format == "docker" and compressions - {"gzip"}:
        raise problem(
            "bad-option", option="manifest_format: docker", image=label,
            cause=f"cannot hold {label}, which has layers that are not compressed with gzip",
            advice="Leave manifest_format at auto, or add compression: gzip.",
        )
    gzip_only = compressions == {"gzip"} or (manifest_format == "docker" and not compressions)
    return media_types.DOCKER_MANIFEST if manifest_format != "oci" and gzip_only else media_types.OCI_MANIFEST


def _config(image: Image, media_type: str) -> Descriptor:
    kind = media_types.DOCKER_CONFIG if media_type == media_types.DOCKER_MANIFEST else media_types.OCI_CONFIG
    return replace(image.config_descriptor, media_type=kind)


def _layer(layer: Layer, descriptor: Descriptor, media_type: str) -> Descriptor:
    if layer.foreign:
        return descriptor
    docker = media_type == media_types.DOCKER_MANIFEST
    kind = media_types.DOCKER_LAYER_GZIP if docker else _OCI_LAYERS[layer.compression]
    return replace(descriptor, media_type=kind)


def _manifest(media_type: str, config: Descriptor, layers: tuple[Descriptor, ...]) -> bytes:
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": config.as_json(),
        "layers": [_layer_json(layer) for layer in layers],
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _layer_json(layer: Descriptor) -> dict[str, t.Any]:
    return {**layer.as_json(), "urls": list(layer.urls)} if layer.urls else layer.as_json()


def same_image(manifest: Manifest, image: Image) -> bool:
    """True if a registry's manifest is this image, however its layers are compressed.

    It names the same config and as many layers as the config has diff_ids, all of layer media types.
    """
    if image.artifact or manifest.config is None or manifest.config.digest != image.config_descriptor.digest:
        return False
    layers = [layer for layer in manifest.layers if media_types.is_layer(layer.media_type)]
    return len(layers) == len(manifest.layers) == len(image.layers)
