# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From the specification of an image to its config, layers and manifests: bytes and digests, no file yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Optional

from .content import Blob, bytes_blob, compressed, layer_tar, parse_size, sha256, stream_blob
from .spec import GZIP_LAYOUTS, ImageSpec, LayerSpec, Layout

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar"
IN_TOTO = "application/vnd.in-toto+json"

Json = dict[str, Any]


def dump(document: Any, indent: Optional[int] = None) -> bytes:
    """A JSON document as most writers print it: compact, keys in the order given."""
    return json.dumps(document, indent=indent, separators=(",", ": " if indent else ":")).encode()


@dataclass(frozen=True)
class Layer:
    """One layer as stored: `blob` holds the stored bytes, `diff_id` is the digest of the uncompressed tar."""

    diff_id: str
    blob: Blob
    compression: Optional[str]
    media_type: str
    urls: tuple[str, ...] = ()

    @property
    def descriptor(self) -> Json:
        """The layer's descriptor for a manifest."""
        foreign: Json = {"urls": list(self.urls)} if self.urls else {}
        return {"mediaType": self.media_type, "digest": self.blob.digest, "size": self.blob.size, **foreign}


@dataclass(frozen=True)
class Image:
    """One image of one platform: config, layers, and the manifest that an OCI layout would hold."""

    names: tuple[str, ...]
    platform: str
    config: Blob
    layers: tuple[Layer, ...]
    manifest: Blob
    manifest_type: str
    config_only: bool = False
    present: bool = True

    @property
    def descriptor(self) -> Json:
        """The manifest's descriptor, with its platform, for an index."""
        return {"mediaType": self.manifest_type, "digest": self.manifest.digest, "size": self.manifest.size,
                "platform": platform_json(self.platform)}


@dataclass(frozen=True)
class Index:
    """Several images under one name: the index, its children, and what else it names (attestations)."""

    names: tuple[str, ...]
    children: tuple[Image, ...]
    blob: Blob
    media_type: str
    attestations: tuple[tuple[Blob, tuple[Blob, ...]], ...] = ()
    """For each attestation that is in the tar its manifest and the blobs of that."""

    @property
    def descriptor(self) -> Json:
        """The index' descriptor."""
        return {"mediaType": self.media_type, "digest": self.blob.digest, "size": self.blob.size}


def platform_json(platform: str) -> Json:
    """`linux/arm/v7` as the object of an index. Raises ValueError for a word without a slash."""
    parts = platform.split("/")
    if not 2 <= len(parts) <= 3:
        raise ValueError(f"platform={platform!r}: write os/architecture, or os/architecture/variant")
    names = ("os", "architecture", "variant")
    return dict(zip(names, parts))


def docker_types(layout: Layout) -> bool:
    """Whether manifests of that layout use Docker's media types."""
    return layout is Layout.BUILDX_DOCKER


def build_image(spec: ImageSpec, layout: Layout, platform: str, *, flaw: str = "", present: bool = True) -> Image:
    """Config, layers and manifest of one platform. Layers are produced once, for their digests.

    `flaw` is a breakage that must be built in: diff-id-mismatch or corrupt-gzip.
    """
    layers = tuple(build_layer(layer, layout) for layer in layer_specs(spec, platform))
    if flaw == "corrupt-gzip":
        layers = layers[:-1] + tuple(corrupt(layer) for layer in layers[-1:])
    config = bytes_blob(dump(config_json(spec, platform, layers, flaw == "diff-id-mismatch")))
    docker = docker_types(layout)
    manifest = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
                "config": {"mediaType": DOCKER_CONFIG if docker else OCI_CONFIG, "digest": config.digest,
                           "size": config.size},
                "layers": [layer.descriptor for layer in layers]}
    if spec.annotations:
        manifest["annotations"] = dict(spec.annotations)
    return Image(spec.names, platform, config, layers, bytes_blob(dump(manifest)), str(manifest["mediaType"]),
                 config_only=spec.layers is None, present=present)


def layer_specs(spec: ImageSpec, platform: str) -> list[LayerSpec]:
    """The layers of one platform: as listed, or generated from the image's seed."""
    if spec.layers is None:
        return []
    if isinstance(spec.layers, int):
        own = f"{spec.seed or ' '.join(spec.names) or 'image'} {platform}"
        size, rest = divmod(parse_size(spec.size), max(spec.layers, 1))
        layers = [LayerSpec(size=size + (rest if number == 0 else 0), fill=spec.fill,
                            seed=f"{'shared' if number < spec.shared_layers else own} {number}")
                  for number in range(spec.layers)]
    else:
        layers = list(spec.layers)
    layers = [replace(layer, compression=layer.compression or spec.compression) for layer in layers]
    return layers + layers[:1] if spec.duplicate_layers else layers


def build_layer(spec: LayerSpec, layout: Layout) -> Layer:
    """The layer's bytes as the layout stores them."""
    raw = layer_tar(spec.files, parse_size(spec.size), spec.fill, spec.seed)
    compression = spec.compression or ("gzip" if layout in GZIP_LAYOUTS else None)
    compression = None if compression == "none" else compression
    return Layer(raw.digest, compressed(raw, compression), compression,
                 spec.media_type or layer_type(layout, compression, bool(spec.urls)), spec.urls)


def corrupt(layer: Layer) -> Layer:
    """The layer with a wrong checksum at the end of its gzip stream and a true digest. ValueError for others."""
    if layer.compression != "gzip":
        raise ValueError("broken='corrupt-gzip' needs gzip layers: compression='gzip'")

    def chunks() -> Iterator[bytes]:
        start = 0
        for chunk in layer.blob.chunks():
            place = layer.blob.size - 8 - start
            start += len(chunk)
            yield chunk[:place] + bytes((chunk[place] ^ 1,)) + chunk[place + 1:] if 0 <= place < len(chunk) else chunk

    return replace(layer, blob=stream_blob(chunks))


def layer_type(layout: Layout, compression: Optional[str], foreign: bool) -> str:
    """The media type that fits the bytes."""
    if docker_types(layout):
        return (DOCKER_FOREIGN if foreign else DOCKER_LAYER) + (f".{compression}" if compression else "")
    return (OCI_FOREIGN if foreign else OCI_LAYER) + (f"+{compression}" if compression else "")


def config_json(spec: ImageSpec, platform: str, layers: tuple[Layer, ...], wrong_diff_id: bool) -> Json:
    """The image config. OCI image specification 1.1, "OCI Image Configuration"."""
    diff_ids = [layer.diff_id for layer in layers]
    if wrong_diff_id and diff_ids:
        diff_ids[-1] = sha256(b"another layer")
    run: Json = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["/bin/app"],
                 "Labels": dict(spec.labels) or None}
    history = [{"created": spec.created, "created_by": f"layer {number}"} for number in range(len(layers))]
    return {**platform_json(platform), "created": spec.created, "config": {**run, **spec.config},
            "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history}


def build_index(spec: ImageSpec, layout: Layout, *, flaw: str = "") -> Index:
    """All platforms of the specification, present or absent, with attestations when asked for."""
    children = [build_image(spec, layout, platform, flaw=flaw) for platform in spec.platforms]
    children += [build_image(spec, layout, platform, present=False) for platform in spec.absent_platforms]
    entries, attestations = [child.descriptor for child in children], []
    for child in children if spec.attestations else []:
        manifest, blobs = attestation(child)
        # The attestation of a platform that was not saved is not saved either.
        attestations += [(manifest, blobs)] if child.present else []
        entries.append({"mediaType": OCI_MANIFEST, "digest": manifest.digest, "size": manifest.size,
                        "annotations": {"vnd.docker.reference.digest": child.manifest.digest,
                                        "vnd.docker.reference.type": "attestation-manifest"},
                        "platform": {"architecture": "unknown", "os": "unknown"}})
    media_type = DOCKER_INDEX if docker_types(layout) else OCI_INDEX
    index = bytes_blob(dump({"schemaVersion": 2, "mediaType": media_type, "manifests": entries}))
    return Index(spec.names, tuple(children), index, media_type, tuple(attestations))


def attestation(child: Image) -> tuple[Blob, tuple[Blob, ...]]:
    """The manifest by which BuildKit attests a build, and the blobs that belong to it."""
    subject = [{"name": "_", "digest": {"sha256": child.manifest.hex}}]
    statement = bytes_blob(dump({"_type": "https://in-toto.io/Statement/v0.1", "subject": subject,
                                 "predicateType": "https://slsa.dev/provenance/v0.2", "predicate": {}}))
    config = bytes_blob(dump({"architecture": "unknown", "os": "unknown", "config": {},
                              "rootfs": {"type": "layers", "diff_ids": [statement.digest]}}))
    manifest = bytes_blob(dump({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": IN_TOTO, "digest": statement.digest, "size": statement.size,
                    "annotations": {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"}}]}))
    return manifest, (statement, config)


def split_name(name: str) -> tuple[str, str]:
    """Repository and tag of `registry:5000/team/app:1`; the tag is latest where none is written."""
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")
