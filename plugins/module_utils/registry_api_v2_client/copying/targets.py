# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a task asks for: images of archives and the tags that shall name them, and where two of them clash. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..errors import Failure, RegistryError
from ..images.descriptor import Descriptor
from ..images.model import Entry, Image, Node
from ..reference import digest_of
from .compose import layers_known, pack, to_encode
from .merge import can_merge, merged_entries
from .naming import chosen_entries, tag_clash, targets
from .plan import FailedImage
from .request import PushOptions, Source
from .select import selected


@dataclass(frozen=True)
class PushTarget:
    """One image of one source, and the tags of one repository that it gets; `signed` if it has referrers."""

    path: str
    entry: Entry
    node: Node
    repository: str
    tags: tuple[str, ...]
    signed: bool = False

    @property
    def label(self) -> str:
        """Name of the image in messages."""
        return f"{self.repository}:{self.tags[0]}" if self.tags else self.repository


def push_targets(
    source: Source, entries: tuple[Entry, ...], options: PushOptions, registry: str
) -> list[PushTarget | FailedImage]:
    """Return what one archive contributes, in order; what cannot be named or selected comes back as a failure.

    Raises ValidationError (no-such-image) where the source picks an image that the archive does not have.
    """
    found: list[PushTarget | FailedImage] = []
    entries = merged_entries(entries) if options.index == "merge" else entries
    for entry in chosen_entries(source, entries):
        try:
            node = selected(entry, options.platforms, source.path)
            pairs = targets(source, entry, options, registry)
        except RegistryError as error:
            failure = Failure.of(error.about(image=entry.label, path=source.path))
            found.append(FailedImage(source.path, entry.label, source.name, source.tags or (), failure))
            continue
        for repository in dict.fromkeys(repository for repository, _tag in pairs):
            tags = tuple(tag for other, tag in pairs if other == repository)
            found.append(PushTarget(source.path, entry, node, repository, tags))
    return found


def refuse_clashes(wanted: list[PushTarget], options: PushOptions) -> None:
    """Raise ValidationError (tag-clash) where two different images are asked for under one repository:tag."""
    taken: dict[tuple[str, str], tuple[PushTarget, str]] = {}
    for item in wanted:
        identity = _identity(item.node, options)
        for tag in item.tags:
            other, first = taken.setdefault((item.repository, tag), (item, identity))
            if first != identity:
                raise tag_clash(
                    f"{item.repository}:{tag}", (first, other.path, other.entry.place),
                    (identity, item.path, item.entry.place), can_merge(other.entry, item.entry),
                )


def _identity(node: Node, options: PushOptions) -> str:
    """Return what makes an image another one: its config, with compare: digest its manifest; of an index its digest."""
    if not isinstance(node, Image) or node.artifact:
        return node.descriptor.digest if node.descriptor is not None else ""
    return (_manifest_digest(node, options) if options.compare == "digest" else None) or node.config_descriptor.digest


def _manifest_digest(image: Image, options: PushOptions) -> str | None:
    """Return the digest of the manifest that would be written, None where that takes reading layers or cannot be."""
    if not layers_known(image) or any(to_encode(layer, options.compression) for layer in image.layers):
        return None
    try:
        return digest_of(pack(image, options.manifest_format, _descriptors(image), "").manifest)
    except RegistryError:
        return None


def _descriptors(image: Image) -> tuple[Descriptor, ...]:
    return tuple(t.cast(Descriptor, layer.descriptor) for layer in image.layers)
