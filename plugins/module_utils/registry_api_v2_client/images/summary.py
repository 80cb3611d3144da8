# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What people want to know of an image or index: platforms, size, age. Pure."""

from __future__ import annotations

from ..formats.durations import parse_moment
from .model import Image, Node, images_of

CREATED = "org.opencontainers.image.created"


def digest_of(node: Node) -> str:
    """Return the digest of the manifest, "" for an image of an archive that has none."""
    return node.descriptor.digest if node.descriptor is not None else ""


def distinct_images(node: Node) -> tuple[Image, ...]:
    """Return the images of a node, each once however often it is listed."""
    found = {digest_of(image): image for image in reversed(images_of(node))}
    return tuple(reversed(tuple(found.values())))


def platforms(node: Node) -> tuple[str, ...]:
    """Return the platforms of the images, in order."""
    return tuple(dict.fromkeys(str(image.platform) for image in images_of(node) if image.platform))


def size(node: Node) -> int:
    """Return the bytes of all configs and layers, each counted once, foreign layers left out."""
    manifests = [image.manifest for image in images_of(node) if image.manifest]
    return sum({blob.digest: blob.size for manifest in manifests for blob in manifest.blobs}.values())


def created(image: Image) -> float | None:
    """Return when an image was made, in seconds since 1970; None if neither config nor manifest says it."""
    if image.config.created is not None or image.manifest is None:
        return image.config.created
    return parse_moment(dict(image.manifest.annotations).get(CREATED))


def newest(node: Node) -> float | None:
    """Return when the newest of the images was made; None if the age of one of them is unknown."""
    moments = [created(image) for image in images_of(node)]
    return None if None in moments else max((moment for moment in moments if moment is not None), default=None)
