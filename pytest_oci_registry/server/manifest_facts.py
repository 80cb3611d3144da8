# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a registry has to know about a manifest's bytes; pure. OCI image specification 1.1, manifest and index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_FOREIGN = ("nondistributable", "foreign")


class BadManifest(ValueError):
    """The bytes are no manifest; the message says why."""


@dataclass(frozen=True)
class Manifest:
    """A stored manifest: its bytes, type and digest, and what the registry reads from it.

    `tagged_type` is the referrer's artifact type.
    """

    digest: str
    media_type: str
    data: bytes = field(repr=False)
    blobs: tuple[str, ...] = ()
    layer_types: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    schema: int = 0
    subject: str = ""
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    def as_referrer(self) -> dict[str, Any]:
        """The descriptor of the referrers API (specification, "Listing Referrers")."""
        descriptor: dict[str, Any] = {"mediaType": self.media_type, "size": len(self.data), "digest": self.digest}
        if self.artifact_type:
            descriptor["artifactType"] = self.artifact_type
        if self.annotations:
            descriptor["annotations"] = dict(self.annotations)
        return descriptor


def read_manifest(digest: str, media_type: str, data: bytes) -> Manifest:
    """The manifest of these bytes.

    BadManifest when they are no JSON object, or name another media type than the request.
    """
    document = _document(data)
    named = document.get("mediaType")
    media_type = media_type or (named if isinstance(named, str) else "")
    if not media_type:
        raise BadManifest("neither Content-Type nor mediaType says what it is")
    if named is not None and named != media_type:
        raise BadManifest(f"mediaType {named!r} differs from Content-Type {media_type!r}")
    return as_stored(digest, media_type, data, document)


def as_stored(digest: str, media_type: str, data: bytes, document: Mapping[str, Any]) -> Manifest:
    """The manifest with what its document contains. BadManifest for lists that are not lists of descriptors."""
    layers = _descriptors(document, "layers")
    config = _descriptor(document.get("config"))
    stored = [layer for layer in layers if not _is_foreign(layer)]
    annotations = document.get("annotations")
    return Manifest(
        digest,
        media_type,
        data,
        blobs=tuple(item["digest"] for item in [*([config] if config else []), *stored]),
        layer_types=tuple(str(layer.get("mediaType", "")) for layer in layers),
        children=tuple(item["digest"] for item in _descriptors(document, "manifests")),
        schema=document["schemaVersion"] if isinstance(document.get("schemaVersion"), int) else 0,
        subject=(_descriptor(document.get("subject")) or {"digest": ""})["digest"],
        artifact_type=_artifact_type(document, config, media_type),
        annotations=annotations if isinstance(annotations, dict) else {},
    )


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise BadManifest("it is no JSON") from None
    if not isinstance(document, dict):
        raise BadManifest("it is no JSON object")
    return document


def _descriptors(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadManifest(f"{key} is no list")
    found = [_descriptor(item) for item in value]
    if None in found:
        raise BadManifest(f"{key} holds something that is no descriptor")
    return [item for item in found if item is not None]


def _descriptor(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) and isinstance(value.get("digest"), str) else None


def _is_foreign(layer: Mapping[str, Any]) -> bool:
    return bool(layer.get("urls")) or any(word in str(layer.get("mediaType", "")) for word in _FOREIGN)


def _artifact_type(document: Mapping[str, Any], config: Mapping[str, Any] | None, media_type: str) -> str:
    own = document.get("artifactType")
    if isinstance(own, str) and own:
        return own
    return str(config.get("mediaType", "")) if config and media_type != OCI_INDEX else ""
