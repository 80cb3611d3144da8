# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a tar shall hold, as values: images, layers, and the way the file is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Optional, Union


class Layout(str, Enum):
    """Who would have written the tar: decides names, documents, order and the usual compression of layers."""

    DOCKER = "docker"
    """docker 1.10 to 24: `<id>/layer.tar` with VERSION and json, repositories, raw layers, repeated layers as links."""
    DOCKER25 = "docker25"
    """docker 25 and newer: an OCI layout with raw layers inside, manifest.json with LayerSources, repositories."""
    CONTAINERD = "containerd"
    """docker with the containerd store: gzip blobs; indexes name platforms whose blobs were not saved."""
    PODMAN = "podman"
    """podman, skopeo and buildah: `<hex>.tar` with links from `<id>/layer.tar`, raw layers."""
    KANIKO = "kaniko"
    """kaniko, crane and ko: config named `sha256:<hex>`, layers `<hex>.tar.gz`, manifest.json last."""
    BAZEL = "bazel"
    """rules_oci: `blobs/sha256/<hex>` for the config, `blobs/sha256/<hex>.tar.gz` for layers, indented JSON."""
    NIX = "nix"
    """nix dockerTools: `<hex>/layer.tar` without VERSION and json, raw layers, indented JSON."""
    JIB = "jib"
    """jib: config.json, `<hex>.tar.gz`, and keys of manifest.json in lower case."""
    OCI = "oci"
    """oci-archive: an OCI layout and nothing else; gzip layers."""
    BUILDX_OCI = "buildx-oci"
    """docker buildx, type=oci: nested index, attestation manifests when asked for, gzip layers."""
    BUILDX_DOCKER = "buildx-docker"
    """docker buildx, type=docker: OCI layout with Docker media types, plus manifest.json, gzip layers."""


ALIASES = {"skopeo": Layout.PODMAN, "buildah": Layout.PODMAN, "crane": Layout.KANIKO, "ko": Layout.KANIKO,
           "legacy": Layout.DOCKER, "oci-archive": Layout.OCI, "docker-archive": Layout.DOCKER}
"""Other names by which a layout may be asked for."""

OCI_LAYOUTS = frozenset({Layout.DOCKER25, Layout.CONTAINERD, Layout.OCI, Layout.BUILDX_OCI, Layout.BUILDX_DOCKER})
"""Layouts that hold index.json, blobs and manifests."""
GZIP_LAYOUTS = frozenset({Layout.CONTAINERD, Layout.KANIKO, Layout.BAZEL, Layout.JIB, Layout.OCI, Layout.BUILDX_OCI,
                          Layout.BUILDX_DOCKER})
"""Layouts whose layers are gzip unless the specification of the image says otherwise."""


def find_layout(name: Union[str, Layout]) -> Layout:
    """The layout of that name or alias. Raises ValueError, which lists all names."""
    if name in ALIASES:
        return ALIASES[name]
    try:
        return Layout(name)
    except ValueError:
        known = ", ".join(sorted([*(layout.value for layout in Layout), *ALIASES]))
        raise ValueError(f"layout={name!r} is unknown; there are {known}") from None


@dataclass(frozen=True)
class LayerSpec:
    """One layer: given files and one file of filling. Equal specifications give equal bytes.

    `compression` is `"gzip"`, `"zstd"`, `"none"` or, by default, what the layout does. `urls` makes it a foreign layer,
    which is not in the tar.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    size: Union[int, str] = 0
    fill: str = "random"
    seed: str = "layer"
    compression: Optional[str] = None
    urls: tuple[str, ...] = ()
    media_type: Optional[str] = None


@dataclass(frozen=True)
class ImageSpec:
    """One image with all its names; several `platforms` make it an index (OCI layouts only).

    `layers` is a number of generated layers or a list of LayerSpec; `size` is the filling of all generated layers
    together. The first `shared_layers` of them are equal in all images of equal size. `absent_platforms` are named by
    the index, while their blobs are not in the tar.
    """

    names: tuple[str, ...] = ()
    layers: Union[int, Sequence[LayerSpec], None] = 2
    size: Union[int, str] = 4096
    fill: str = "random"
    compression: Optional[str] = None
    shared_layers: int = 0
    duplicate_layers: bool = False
    platforms: tuple[str, ...] = ("linux/amd64",)
    absent_platforms: tuple[str, ...] = ()
    index: Optional[bool] = None
    attestations: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: Optional[str] = None
    created: str = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class TarOptions:
    """How the file is written, whatever it holds.

    `manifest_at` is first, middle or last; `links` is symlink, hardlink or copy (for a layer that occurs again);
    `headers` is ustar, pax (size and name in extended records) or base256 (GNU numbers); `outer` compresses the whole
    file: gzip, xz, bzip2 or zstd; `dot_slash` puts `./` before member names.
    """

    layout: Layout = Layout.DOCKER
    manifest_at: str = "last"
    links: str = "symlink"
    headers: str = "ustar"
    outer: Optional[str] = None
    dot_slash: bool = False

    def __post_init__(self) -> None:
        """Refuse words that no writer knows."""
        _one_of("manifest_at", self.manifest_at, ("first", "middle", "last"))
        _one_of("links", self.links, ("symlink", "hardlink", "copy"))
        _one_of("headers", self.headers, ("ustar", "pax", "base256"))
        _one_of("outer", self.outer, (None, "gzip", "xz", "bzip2", "zstd"))


def _one_of(name: str, value: Optional[str], known: tuple[Optional[str], ...]) -> None:
    if value not in known:
        raise ValueError(f"{name}={value!r}: use one of {', '.join(map(str, known))}")
