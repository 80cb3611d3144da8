# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What blobs, layers and images are, as the values that the library returns."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class BlobInfo:
    """Digest, size (bytes) and media type of a blob."""

    digest: str
    size: int
    media_type: str = "application/octet-stream"

    @property
    def digest_short(self) -> str:
        """First twelve characters of the digest, its algorithm left out."""
        return self.digest.split(":")[1][:12] if ":" in self.digest else self.digest[:12]


@dataclass(frozen=True)
class ManifestInfo:
    """What the manifest of one image names; `digest` is the manifest's own."""

    schema_version: int
    media_type: str
    config: BlobInfo
    layers: tuple[BlobInfo, ...]
    digest: str | None = None

    @property
    def total_size(self) -> int:
        """Bytes of config and layers together."""
        return self.config.size + sum(layer.size for layer in self.layers)


@dataclass(frozen=True)
class LayerInfo:
    """One layer of an image in a file: digest and size (bytes) as it lies there, and the step that made it."""

    digest: str
    size: int
    media_type: str
    created: datetime | None = None
    created_by: str | None = None


@dataclass(frozen=True)
class ImageConfig:
    """What an image's config says of its platform and of how it is run (image specification, config.md)."""

    architecture: str
    os: str
    created: datetime | None = None
    cmd: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    env: list[str] = field(default_factory=list)
    user: str = ""
    working_dir: str | None = None
    exposed_ports: dict[str, t.Any] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    diff_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ImageInspect:
    """One image in a file. `id` is its config's digest; `size` and `virtual_size` are the bytes of its layers.

    `repo_digests` and `parent` mean something to a daemon only: empty and None here. `created` is None where the config
    tells no time.
    """

    id: str
    config: ImageConfig
    architecture: str
    os: str
    created: datetime | None = None
    repo_tags: list[str] = field(default_factory=list)
    repo_digests: list[str] = field(default_factory=list)
    parent: str | None = None
    comment: str = ""
    layers: list[LayerInfo] = field(default_factory=list)
    size: int = 0
    virtual_size: int = 0
    author: str = ""
    rootfs_type: str = "layers"
    rootfs_layers: list[str] = field(default_factory=list)
