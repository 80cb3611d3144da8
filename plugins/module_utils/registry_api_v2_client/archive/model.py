# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an archive holds, as values: members by offset, layers, images, indexes. Reading them is reader.py's job."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .. import media_types
from ..models import Descriptor, Platform

MANIFEST, INDEX = "manifest.json", "index.json"  # docker's list of images, and that of an image layout


class Member(t.NamedTuple):
    """One regular file of the tar, links resolved: its name, the offset of its first byte, its size, both in bytes.

    Offsets count in the tar itself, which for a compressed archive is not the file on disk.
    """

    name: str
    offset: int
    size: int


@dataclass(frozen=True)
class FileSlice:
    """Bytes of a plain file on disk that can be sent as they lie there, and what the file looked like when indexed.

    `path` is the archive. `handle` is set where the archive was unpacked to a file without a name: its descriptor, open
    as long as the archive is. open_slice knows the difference.
    """

    path: str
    offset: int
    size: int
    stamp: tuple[int, ...]
    handle: int | None = None


@dataclass(frozen=True)
class Layer:
    """One layer of one image.

    `compression` is what the first bytes say: none, gzip, zstd, bzip2, xz, or empty where the layer is not in the file.
    `descriptor` is the manifest's own (OCI) or, for a raw layer of a docker archive, made from its diff_id; it is None
    where the digest is known only after hashing the member. `diff_id` is None where no config says it.
    """

    member: Member | None
    compression: str
    diff_id: str | None
    descriptor: Descriptor | None

    @property
    def foreign(self) -> bool:
        """True for a non-distributable layer, which need not be in the registry."""
        return self.descriptor is not None and media_types.is_foreign_layer(self.descriptor.media_type)


@dataclass(frozen=True)
class Image:
    """One image: a config and its layers, and the manifest where the archive has one.

    `manifest` holds the bytes of the archive's own OCI (or schema 2) manifest, None for docker archives without one.
    `descriptor` describes that manifest. `config` is small and held whole. `artifact` is True where the config is
    no image config (attestations, Helm charts, signatures), so that nothing can be said of diff_ids.
    """

    config: bytes
    config_descriptor: Descriptor
    config_member: Member | None
    layers: tuple[Layer, ...]
    platform: Platform | None
    manifest: bytes | None = None
    descriptor: Descriptor | None = None
    artifact: bool = False
    subject: str | None = None

    @property
    def complete(self) -> bool:
        """True where every blob that has to be in a registry is in the file."""
        return all(layer.member is not None or layer.foreign for layer in self.layers)


@dataclass(frozen=True)
class Index:
    """An image index or manifest list: its own bytes, and its children as far as the file holds them."""

    manifest: bytes
    descriptor: Descriptor
    children: tuple[Child, ...]

    @property
    def complete(self) -> bool:
        """True where every child is in the file, complete itself."""
        return all(child.node is not None and child.node.complete for child in self.children)


@dataclass(frozen=True)
class Child:
    """One entry of an index: its descriptor (with platform and annotations) and what it names, None where absent."""

    descriptor: Descriptor
    node: Image | Index | None


@dataclass(frozen=True)
class Named:
    """What an archive lists, with every name that it has there."""

    names: tuple[str, ...]
    node: Image | Index


@dataclass(frozen=True)
class Entry:
    """One image or index of the archive under the names that the archive gives it, as written there, in order."""

    number: int  # counted from 1, in the archive's order
    names: tuple[str, ...]
    node: Image | Index
    label: str = field(default="")  # how messages name it: its first name, else "image N"


Node = t.Union[Image, Index]


def images_of(node: Node) -> list[Image]:
    """Return the images below a node, in order, each as often as it is listed; an image is its own only one."""
    if isinstance(node, Image):
        return [node]
    return [image for child in node.children if child.node is not None for image in images_of(child.node)]
