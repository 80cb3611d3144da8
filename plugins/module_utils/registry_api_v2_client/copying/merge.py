# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One multi-platform image of several single-platform entries of one index.json. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..formats import media_types
from ..images.descriptor import Descriptor, Platform
from ..images.model import Child, Entry, Image
from .select import written_index


def merged_entries(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries with those of one name, or all if none has a name, merged into an index.

    Images are merged if they have manifests of their own and different platforms. The index depends on the images and
    their platforms only, not on their order in the archive.
    """
    groups: dict[tuple[int, ...], list[str]] = {}
    for name, numbers in _sharing(entries).items():
        groups.setdefault(numbers, []).append(name)
    found: list[Entry] = []
    taken: set[str] = set()
    unnamed: set[int] = set()
    for numbers, listed in groups.items():
        entry = _merged([entries[number] for number in numbers])
        if entry is None:
            continue
        names = tuple(name for name in listed if name)
        taken.update(names)
        unnamed.update(() if names else numbers)
        found.append(replace(entry, names=names, label=_label(names, entry)))
    for number, entry in enumerate(entries):
        rest = tuple(name for name in entry.names if name not in taken)
        if number not in unnamed and (rest or not entry.names):
            found.append(replace(entry, names=rest, label=_label(rest, entry)))
    return tuple(sorted(found, key=lambda entry: entry.number))


def can_merge(first: Entry, second: Entry) -> bool:
    """True if two entries are images of different platforms, so that an index could hold both."""
    return first is not second and _merged((first, second)) is not None


def _sharing(entries: tuple[Entry, ...]) -> dict[str, tuple[int, ...]]:
    """Return the places of the entries of each name; those without a name belong together only if none has one."""
    if not any(entry.names for entry in entries):
        return {"": tuple(range(len(entries)))}
    found: dict[str, list[int]] = {}
    for number, entry in enumerate(entries):
        for name in entry.names:
            found.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _merged(group: t.Sequence[Entry]) -> Entry | None:
    children: dict[Platform, Child] = {}
    for entry in group:
        child = _child(entry)
        if child is None or child.descriptor.platform is None or child.descriptor.platform in children:
            return None
        children[child.descriptor.platform] = child
    if len(children) < 2:
        return None
    ordered = [children[platform] for platform in sorted(children, key=str)]
    kinds = {child.descriptor.media_type for child in ordered}
    docker = kinds == {media_types.DOCKER_MANIFEST}
    index = written_index(ordered, media_types.DOCKER_INDEX if docker else media_types.OCI_INDEX)
    return replace(group[0], node=index, names=())


def _child(entry: Entry) -> Child | None:
    image = entry.node
    if entry.failure is not None or not isinstance(image, Image) or image.artifact or image.descriptor is None:
        return None
    own = image.descriptor
    return Child(Descriptor(own.media_type, own.digest, own.size, platform=own.platform or image.platform), image)


def _label(names: t.Sequence[str], entry: Entry) -> str:
    return names[0] if names else f"image {entry.number}"
