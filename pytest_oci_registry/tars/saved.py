# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a written tar holds, by its maker's word: the digests that a registry must show afterwards."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union

from .broken import Broken
from .images import Image, Index
from .spec import OCI_LAYOUTS, Layout


@dataclass(frozen=True)
class SavedLayer:
    """One layer: digest and size (bytes) as stored in the tar, diff_id of the uncompressed content."""

    digest: str
    size: int
    diff_id: str
    compression: Optional[str]
    media_type: str
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedImage:
    """One image, or one index with its children.

    `digest` is that of the manifest or index in the tar, None in layouts that hold no manifest. `present` is False for
    a platform that an index names while its blobs are not in the tar. An index has no layers of its own.
    """

    names: tuple[str, ...]
    digest: Optional[str]
    media_type: Optional[str]
    config_digest: str
    platform: str
    layers: tuple[SavedLayer, ...]
    children: tuple[SavedImage, ...] = ()
    present: bool = True

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Digests of the uncompressed layers, lowest first."""
        return tuple(layer.diff_id for layer in self.layers)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Platforms that are in the tar."""
        return tuple(child.platform for child in self.children if child.present) or (self.platform,)

    @property
    def images(self) -> tuple[SavedImage, ...]:
        """The single-platform images in the tar: the present children of an index, else the image itself."""
        return tuple(child for child in self.children if child.present) or (self,)


@dataclass(frozen=True, repr=False)
class SavedTar:
    """A tar on disk with what it should hold; usable wherever a path is."""

    path: Path
    images: tuple[SavedImage, ...]
    layout: Layout
    broken: Optional[Broken] = None
    built: tuple[Union[Image, Index], ...] = field(default=(), repr=False, compare=False)
    """The images with their bytes, for seeding a registry without reading the file."""

    def __fspath__(self) -> str:
        """The path, for `open`, `os.stat` and subprocesses."""
        return os.fspath(self.path)

    def __str__(self) -> str:
        """The path, for command lines."""
        return os.fspath(self.path)

    def __repr__(self) -> str:
        """File name, layout and image names, short enough for an assertion's message."""
        broken = f", {self.broken.value}" if self.broken else ""
        return f"<tar {self.path.name} ({self.layout.value}{broken}): {', '.join(self.names) or 'no name'}>"

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @property
    def names(self) -> tuple[str, ...]:
        """All names of all images, in the order of the tar."""
        return tuple(name for image in self.images for name in image.names)

    @property
    def image(self) -> SavedImage:
        """The first single-platform image."""
        return self.images[0].images[0]

    @property
    def digest(self) -> Optional[str]:
        """Digest of the first image's manifest or index; None in layouts without manifests."""
        return self.images[0].digest

    @property
    def config_digest(self) -> str:
        """Digest of the first image's config."""
        return self.image.config_digest

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """diff_ids of the first image."""
        return self.image.diff_ids


def saved_image(image: Union[Image, Index], layout: Layout) -> SavedImage:
    """The value that describes a built image."""
    if isinstance(image, Index):
        children = tuple(saved_image(child, layout) for child in image.children)
        return SavedImage(image.names, image.blob.digest, image.media_type, "", "", (), children)
    known = layout in OCI_LAYOUTS
    layers = tuple(SavedLayer(layer.blob.digest, layer.blob.size, layer.diff_id, layer.compression, layer.media_type,
                              layer.urls) for layer in image.layers)
    return SavedImage(image.names, image.manifest.digest if known else None, image.manifest_type if known else None,
                      image.config.digest, image.platform, layers, present=image.present)
