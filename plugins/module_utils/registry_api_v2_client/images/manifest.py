# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Manifests and indexes as values, and the one parser for those of registries and archives alike.

Image specification 1.1, manifest.md, image-index.md and descriptor.md; Docker's schema 2 has the same fields.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..formats import media_types
from ..formats.json_object import json_object
from ..problems import single_line
from ..reference import is_digest
from .descriptor import Descriptor, Platform
from .fields import Fields, Invalid, parse_object

MAX_CHILDREN = 10_000  # entries of one index or list of referrers; the largest official images have about 50
MAX_LAYERS = 4_096  # of one image; engines stop at 127 or 500
ATTESTATION_SUBJECT = "vnd.docker.reference.digest"  # buildkit's annotation on attestation manifests


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index: its bytes, its descriptor, and what it contains.

    An image has `config` and `layers`, an index has `children`. `artifact_type` is None if the document has none.
    """

    descriptor: Descriptor
    data: bytes = field(repr=False)
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> str:
        """Digest of the bytes."""
        return self.descriptor.digest

    @property
    def media_type(self) -> str:
        """Media type of the document."""
        return self.descriptor.media_type

    @property
    def is_index(self) -> bool:
        """True for an index or a manifest list."""
        return self.media_type in media_types.INDEXES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers, each once, without foreign layers, which a registry need not have."""
        named = ([self.config] if self.config else []) + list(self.layers)
        held = [blob for blob in named if not media_types.is_foreign_layer(blob.media_type)]
        return tuple({blob.digest: blob for blob in held}.values())


def is_attestation(entry: Descriptor) -> bool:
    """True for an entry of an index that describes another one instead of an image to run."""
    unknown = entry.platform is not None and entry.platform.os == "unknown"
    return unknown or entry.annotation(ATTESTATION_SUBJECT) is not None


def parse_manifest(data: bytes, found: Descriptor, invalid: Invalid) -> Manifest:
    """Return the manifest or index in `data`, strictly; raises an error of `invalid` that names the wrong field.

    `found` is where the bytes were found: its digest, annotations and platform are kept. Its media type, unless empty,
    has to be of the same kind as the document, which is what its members say. A document that is both a manifest and
    an index means different things to different tools and is refused (CVE-2021-41190).
    """
    fields = parse_object(data, invalid)
    is_index = _is_index(fields, found.media_type)
    descriptor = replace(found, media_type=_media_type(fields, found.media_type, is_index), size=len(data))
    subject = fields.object("subject")
    manifest = Manifest(
        descriptor, data, subject=parse_descriptor(subject) if subject else None,
        artifact_type=fields.printable("artifactType") or None, annotations=fields.annotations(),
    )
    if is_index:
        return replace(manifest, children=parse_entries(fields))
    if descriptor.media_type == media_types.OCI_ARTIFACT:
        blobs = tuple(parse_descriptor(blob) for blob in fields.objects("blobs", MAX_LAYERS))
        return replace(manifest, layers=blobs)
    config = fields.object("config")
    if config is None:
        raise invalid("names no config")
    layers = tuple(parse_descriptor(layer) for layer in fields.objects("layers", MAX_LAYERS))
    return replace(manifest, config=parse_descriptor(config), layers=layers)


def parse_entries(fields: Fields) -> tuple[Descriptor, ...]:
    """Return what an index, or a list of referrers, contains; null and absence are the empty list."""
    return tuple(parse_descriptor(entry) for entry in fields.objects("manifests", MAX_CHILDREN))


def parse_descriptor(fields: Fields, *, strict: bool = True) -> Descriptor:
    """Return a descriptor; without `strict` its size may be absent, as in index.json, which is never pushed."""
    platform = fields.object("platform")
    return Descriptor(
        media_type=fields.printable("mediaType"),
        digest=fields.digest("digest"),
        size=fields.size("size") if strict or fields.has("size") else 0,
        urls=tuple(fields.texts("urls")),
        annotations=fields.annotations(),
        platform=parse_platform(platform) if platform else None,
        artifact_type=fields.printable("artifactType") or None,
    )


def parse_platform(fields: Fields) -> Platform | None:
    """Return the platform that a config, or the platform object of a descriptor, contains; None if it has none."""
    words = (single_line(fields.text(name, ""), 40) for name in ("os", "architecture", "variant"))
    system, architecture, variant = words
    return Platform(system, architecture, variant or None) if system or architecture else None


def is_artifact(manifest: Manifest) -> bool:
    """True if a manifest is not of an image: an attestation, a signature, a Helm chart."""
    return manifest.config is None or manifest.config.media_type not in media_types.CONFIGS or not all(
        media_types.is_layer(layer.media_type) for layer in manifest.layers
    )


def is_manifest_type(media_type: str) -> bool:
    """True for the media types of manifests and indexes that this client reads."""
    return media_type in media_types.IMAGES or media_type in media_types.INDEXES


def is_document(fields: Fields) -> bool:
    """True if a JSON object looks like a manifest or an index, whatever it is called."""
    return "schemaVersion" in fields.values and any(fields.has(name) for name in ("manifests", "config", "layers"))


def claimed_type(data: bytes) -> str | None:
    """Return the media type that a document claims, or that its members show; None if it is not a manifest.

    For documents whose media type no header contains, schema 1 included.
    """
    try:
        fields = parse_object(data, ValueError)
    except ValueError:
        return None
    claimed = fields.values.get("mediaType")
    if isinstance(claimed, str):
        return single_line(claimed)
    if fields.values.get("schemaVersion") == 1:
        return media_types.DOCKER_SCHEMA1
    if "manifests" in fields.values:
        return media_types.OCI_INDEX
    return media_types.OCI_MANIFEST if "layers" in fields.values else None


def named_digests(data: bytes) -> tuple[str, ...]:
    """Return every digest in a document of an unknown type, each once; () if it is not a JSON object."""
    found: dict[str, None] = {}
    waiting: list[t.Any] = [json_object(data)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and is_digest(item):
            found[item] = None
        elif isinstance(item, (dict, list)):
            waiting += item.values() if isinstance(item, dict) else item
    return tuple(found)


def _is_index(fields: Fields, said: str) -> bool:
    is_index, is_image = fields.has("manifests"), fields.has("config") or fields.has("layers")
    if is_index and is_image:
        raise fields.invalid("is both a manifest and an index")
    if said == media_types.OCI_ARTIFACT and not is_index and not is_image:
        return False
    if not is_index and not is_image and not (said in media_types.INDEXES and "manifests" in fields.values):
        raise fields.invalid("is neither a manifest nor an index")
    return not is_image


def _media_type(fields: Fields, said: str, is_index: bool) -> str:
    kinds = media_types.INDEXES if is_index else media_types.IMAGES | {media_types.OCI_ARTIFACT}
    own = fields.printable("mediaType")
    for media_type in (own, said):
        if media_type and media_type not in kinds:
            raise fields.invalid(f"has the media type {media_type}, but is none")
    # Docker's formats must name themselves, so what does not is OCI's; distribution refuses it under any other name.
    return own or said or (media_types.OCI_INDEX if is_index else media_types.OCI_MANIFEST)
