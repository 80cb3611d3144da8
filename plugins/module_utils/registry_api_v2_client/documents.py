# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What manifests, indexes and configs of a registry say, read from documents that may be hostile. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import media_types
from .durations import parse_moment
from .models import Descriptor, Platform
from .problems import single_line
from .reference import is_digest

CREATED = "org.opencontainers.image.created"
ATTESTATION_SUBJECT = "vnd.docker.reference.digest"  # buildkit's annotation on attestation manifests

MAX_CHILDREN = 1000  # entries of one index that are looked at; the largest official images have about 50
MAX_LABEL = 4096  # characters of a label's value that results hold

Document = t.Dict[str, t.Any]


@dataclass(frozen=True)
class Child:
    """One entry of an index: a manifest's descriptor, `size` in bytes, and whether it only tells of another one."""

    digest: str
    media_type: str
    size: int
    platform: Platform | None
    attestation: bool


@dataclass(frozen=True)
class ImageRecord:
    """One image of one platform: what its manifest and config say. Sizes are bytes, `created` is seconds since 1970."""

    digest: str
    media_type: str
    platform: Platform | None
    created: float | None
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    labels: t.Mapping[str, str] = field(compare=False)
    manifest: Document = field(compare=False, repr=False)
    config_document: Document | None = field(compare=False, repr=False)

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers, each once; foreign layers, which no registry need have, are left out."""
        named = ([self.config] if self.config else []) + list(self.layers)
        held = [blob for blob in named if not media_types.is_foreign_layer(blob.media_type)]
        return tuple({blob.digest: blob for blob in held}.values())


@dataclass(frozen=True)
class Record:
    """What a digest of a repository is: one image, or an index and its images.

    `children` are the digests that the index names, attestations included; `absent` are those that are not there.
    """

    digest: str
    media_type: str
    images: tuple[ImageRecord, ...]
    children: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    manifest: Document = field(default_factory=dict, compare=False, repr=False)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platforms of the images, in order."""
        return tuple(dict.fromkeys(str(image.platform) for image in self.images if image.platform))

    @property
    def size(self) -> int:
        """Bytes of all configs and layers, each counted once."""
        return sum({blob.digest: blob.size for image in self.images for blob in image.blobs}.values())

    @property
    def created(self) -> float | None:
        """When the newest of the images was made; None where one of them does not say it."""
        moments = [image.created for image in self.images]
        if not moments or None in moments:
            return None
        return max(moment for moment in moments if moment is not None)


def index_children(document: Document) -> tuple[Child, ...]:
    """Return the well-formed entries of an index, each digest once, at most MAX_CHILDREN."""
    listed = document.get("manifests")
    found = [_child(entry) for entry in (listed if isinstance(listed, list) else [])[:MAX_CHILDREN]]
    return tuple({child.digest: child for child in found if child is not None}.values())


def _child(entry: t.Any) -> Child | None:
    named = descriptor(entry)
    if named is None:
        return None
    notes = entry.get("annotations")
    platform = platform_of(entry.get("platform"))
    attestation = isinstance(notes, dict) and ATTESTATION_SUBJECT in notes
    unknown = platform is not None and platform.os == "unknown"
    return Child(named.digest, named.media_type, named.size, platform, attestation or unknown)


def image_record(
    digest: str, media_type: str, manifest: Document, config: Document | None, platform: Platform | None = None
) -> ImageRecord:
    """Return the record of one image; `platform` is what its index says of it."""
    layers = manifest.get("layers")
    found = [descriptor(entry) for entry in (layers if isinstance(layers, list) else [])]
    notes = manifest.get("annotations")
    made = (config or {}).get("created") or (notes.get(CREATED) if isinstance(notes, dict) else None)
    return ImageRecord(
        digest, media_type, platform or platform_of(config), parse_moment(made), descriptor(manifest.get("config")),
        tuple(layer for layer in found if layer is not None), _labels(config), manifest, config,
    )


def descriptor(entry: t.Any) -> Descriptor | None:
    """Return a descriptor of a manifest, None where its digest is none."""
    if not isinstance(entry, dict) or not is_digest(str(entry.get("digest"))):
        return None
    kind, size = entry.get("mediaType"), entry.get("size")
    sound = isinstance(size, int) and not isinstance(size, bool) and size >= 0
    media_type = single_line(kind, 120) if isinstance(kind, str) else media_types.UNKNOWN
    return Descriptor(media_type, entry["digest"], t.cast(int, size) if sound else 0)


def platform_of(entry: t.Any) -> Platform | None:
    """Return the platform that a config, or an entry of an index, names."""
    if not isinstance(entry, dict):
        return None
    words = [entry.get(name) for name in ("os", "architecture", "variant")]
    system, architecture, variant = (single_line(word, 40) if isinstance(word, str) else "" for word in words)
    return Platform(system, architecture, variant or None) if system or architecture else None


def _labels(config: Document | None) -> dict[str, str]:
    settings = (config or {}).get("config")
    labels = settings.get("Labels") if isinstance(settings, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {str(name): value[:MAX_LABEL] for name, value in labels.items() if isinstance(value, str)}
