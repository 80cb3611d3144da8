# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Images and indexes as values, wherever they come from: an archive, a layout directory, a registry."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..errors import Failure, RegistryError
from ..formats import media_types
from ..problems import printable
from .config import Config
from .descriptor import Descriptor, Platform
from .manifest import Manifest

ABSENT = "it is not in the archive"


class Member(t.NamedTuple):
    """One regular file of the tar, links resolved: its name, the offset of its first byte, its size, both in bytes.

    Offsets count in the tar itself, which for a compressed archive is not the file on disk.
    """

    name: str
    offset: int
    size: int


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
    """One image: its config, its layers, and its manifest, None for docker archives, which have none.

    `config` is small and held whole; it has no bytes if it was not read. `artifact` is True for attestations, Helm
    charts and signatures, of whose layers no diff_id is known.
    """

    config: Config
    config_descriptor: Descriptor
    config_member: Member | None
    layers: tuple[Layer, ...]
    manifest: Manifest | None = None
    artifact: bool = False

    @property
    def platform(self) -> Platform | None:
        """Platform of the config."""
        return self.config.platform

    @property
    def descriptor(self) -> Descriptor | None:
        """Descriptor of the manifest."""
        return self.manifest.descriptor if self.manifest is not None else None

    @property
    def complete(self) -> bool:
        """True where every blob that has to be in a registry is in the file."""
        return all(layer.member is not None or layer.foreign for layer in self.layers)


@dataclass(frozen=True)
class Index:
    """An image index or manifest list: the document, and its children as far as the source has them."""

    manifest: Manifest
    children: tuple[Child, ...]

    @property
    def descriptor(self) -> Descriptor:
        """Descriptor of the index."""
        return self.manifest.descriptor

    @property
    def complete(self) -> bool:
        """True where every child is in the file, complete itself."""
        return all(child.node is not None and child.node.complete for child in self.children)


@dataclass(frozen=True)
class Child:
    """One entry of an index: its descriptor (with platform and annotations) and what it names, None if that is absent.

    `blob` is True for an entry that is a blob, as in buildkit's caches; it has no node either.
    """

    descriptor: Descriptor
    node: Image | Index | None
    missing: str = ""  # why there is no node
    blob: bool = False


@dataclass(frozen=True)
class LeftOut:
    """Something that an archive lists and that is not pushed, and why; `image` is the label of what lists it."""

    path: str
    image: str
    digest: str
    media_type: str
    reason: str

    @property
    def absent(self) -> bool:
        """True if the bytes are not in the archive, so that nothing that is there is lost."""
        return self.reason == ABSENT


@dataclass(frozen=True)
class Named:
    """What an archive lists, with every name that it has there."""

    names: tuple[str, ...]
    node: Image | Index
    failure: Failure | None = None


@dataclass(frozen=True)
class Entry:
    """One image or index of the archive under the names that the archive gives it, as written there, in order."""

    number: int  # counted from 1, in the archive's order
    names: tuple[str, ...]
    node: Image | Index
    label: str = field(default="")  # how messages name it: its first name, else "image N"
    failure: Failure | None = None  # why it cannot be pushed; `node` is then an empty index

    @property
    def place(self) -> str:
        """Which image of the archive it is: its number, and its name if it has one."""
        return f"image {self.number} ({printable(self.names[0])})" if self.names else f"image {self.number}"

    def checked(self) -> Image | Index:
        """Return the node; raises ValidationError (bad-archive) if the image is not complete or contradicts itself."""
        if self.failure is not None:
            raise self.failure.error()
        return self.node


Node = t.Union[Image, Index]
NOTHING = Index(Manifest(Descriptor("", "", 0), b""), ())  # the node of an entry that has an error


def of_one_image(error: RegistryError) -> bool:
    """True for an error about one image, which must not keep the others of the archive from being pushed."""
    return error.code == "bad-archive"


def indexes_of(node: Node) -> list[Index]:
    """Return the indexes at and below a node, the deepest first: a registry wants children before their index."""
    if isinstance(node, Image):
        return []
    below = [index for child in node.children if child.node is not None for index in indexes_of(child.node)]
    return [*below, node]


def images_of(node: Node) -> list[Image]:
    """Return the images below a node, in order, each as often as it is listed; an image is its own only one."""
    if isinstance(node, Image):
        return [node]
    return [image for child in node.children if child.node is not None for image in images_of(child.node)]


def familiar(name: str) -> str:
    """Return a name without what docker adds to short ones."""
    for prefix in ("docker.io/", "library/"):
        name = name[len(prefix):] if name.startswith(prefix) else name
    return name
