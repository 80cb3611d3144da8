# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What index.json of an image layout lists, by its names."""

from __future__ import annotations

from ..errors import RegistryError
from ..images.model import Named, Node
from ..images.summary import digest_of
from .contents import Contents
from .limits import INDEX
from .oci_layout import LayoutReader, name_of, top_descriptors


def read_index(contents: Contents) -> list[Named]:
    """Return what index.json lists; an image listed under several names comes once, with all of them."""
    reader = LayoutReader(contents)
    found: list[tuple[str | None, Node]] = []
    for fields in top_descriptors(contents):
        descriptor, node = reader.top(fields)
        if node is not None:
            found.append((name_of(descriptor), node))
    if not found:
        raise contents.blame.of(INDEX).bad("lists no images")
    reader.check_sizes()
    return _grouped(found)


def readable_of_index(contents: Contents) -> list[Named]:
    """Return what of index.json can be used; beside manifest.json it need not be whole."""
    reader = LayoutReader(contents)
    found: list[tuple[str | None, Node]] = []
    try:
        listed = top_descriptors(contents)
    except RegistryError:
        return []
    for fields in listed:
        try:
            descriptor, node = reader.top(fields)
        except RegistryError:
            continue  # manifest.json names the image too, by its parts
        if node is not None:
            found.append((name_of(descriptor), node))
    return _grouped(found)


def _grouped(found: list[tuple[str | None, Node]]) -> list[Named]:
    names: dict[str, list[str]] = {}
    nodes: dict[str, Node] = {}
    for name, node in found:
        digest = digest_of(node)
        nodes.setdefault(digest, node)
        if name is not None:
            names.setdefault(digest, []).append(name)
    return [Named(tuple(dict.fromkeys(names.get(digest, ()))), node) for digest, node in nodes.items()]
