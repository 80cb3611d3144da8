# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which images an archive holds: manifest.json, index.json, or both, where each knows what the other does not."""

from __future__ import annotations

import typing as t

from ...errors import Failure, RegistryError
from ...images.model import NOTHING, Entry, Image, Named, Node, familiar, images_of, of_one_image
from ..contents import Contents
from ..limits import INDEX, MANIFEST
from .docker_layout import BadItem, Item, build_image, read_items


def read_entries(contents: Contents) -> tuple[Entry, ...]:
    """Return every image and index of the archive, in its own order; an image that cannot be used has an error.

    Raises ValidationError if the tar is not an image archive, if no image can be used, or if its documents contradict
    each other.
    """
    contents.table.choose_root()
    has_docker = contents.table.find(MANIFEST) is not None
    has_oci = contents.table.find(INDEX) is not None
    if not (has_docker or has_oci):
        raise _no_image(contents)
    entries = _numbered(_docker(contents, has_oci) if has_docker else _oci(contents))
    if all(entry.failure for entry in entries):
        entries[0].checked()
    return entries


def _oci(contents: Contents) -> list[Named]:
    from .oci_index import read_index  # most tars have no index.json

    return read_index(contents)


def _docker(contents: Contents, has_oci: bool) -> list[Named]:
    items, listed = read_items(contents), []
    if has_oci:
        from .oci_index import readable_of_index

        listed = readable_of_index(contents, {familiar(name) for item in items for name in item.names})
    return _merged(contents, items, listed)


def _merged(contents: Contents, items: list[Item | BadItem], listed: list[Named]) -> list[Named]:
    """Pair the images of manifest.json with those of index.json by config: its manifest's own bytes are preferred, and
    manifest.json's names, since annotations may hold a bare tag."""
    partners = _Partners(listed)
    names: dict[tuple[t.Any, ...], list[str]] = {}
    nodes: dict[tuple[t.Any, ...], Node | RegistryError] = {}
    for number, item in enumerate(items):
        key, node = _image_of(contents, item, partners, number)
        nodes[key] = node
        names.setdefault(key, []).extend(item.names)
    configs = {item.config_digest for item in items if isinstance(item, Item)}
    rest = [named for at, named in enumerate(listed) if ("index", at) not in nodes and not _shares(named, configs)]
    return [_with_names(key, names[key], node, listed) for key, node in nodes.items()] + rest


def _image_of(
    contents: Contents, item: Item | BadItem, partners: _Partners, number: int
) -> tuple[tuple[t.Any, ...], Node | RegistryError]:
    at = partners.of(item)
    if at is not None:
        return ("index", at), partners.listed[at].node
    if isinstance(item, BadItem):
        return ("bad", number), item.error
    try:
        return _alone(contents, item)
    except RegistryError as error:
        if not of_one_image(error):
            raise
        return ("bad", number), error


def _with_names(
    key: tuple[t.Any, ...], names: list[str], node: Node | RegistryError, listed: list[Named]
) -> Named:
    own = listed[key[1]].names if key[0] == "index" else ()
    both = tuple(dict.fromkeys(names)) or own
    return Named(both, NOTHING, Failure.of(node)) if isinstance(node, RegistryError) else Named(both, node)


def _alone(contents: Contents, item: Item) -> tuple[tuple[t.Any, ...], Image]:
    image = build_image(contents, item)
    places = tuple((layer.member.offset, layer.member.size) for layer in image.layers if layer.member is not None)
    return ("docker", item.config_digest, places), image


class _Partners:
    """Which entry of index.json an image of manifest.json is: one of the same name if several have its config."""

    def __init__(self, listed: list[Named]) -> None:
        self.listed = listed
        self._first: dict[str, int] = {}
        self._named: dict[tuple[str, str], int] = {}
        self._names: dict[str, int] = {}
        for at, named in enumerate(listed):
            for name in named.names:
                self._names.setdefault(familiar(name), at)
            for digest in {image.config_descriptor.digest for image in images_of(named.node) if image.complete}:
                self._first.setdefault(digest, at)
                for name in named.names:
                    self._named.setdefault((digest, familiar(name)), at)

    def of(self, item: Item | BadItem) -> int | None:
        """Return its place in the list, None if it is not there."""
        if isinstance(item, BadItem):
            return next((self._names[name] for name in map(familiar, item.names) if name in self._names), None)
        digest = item.config_digest
        same_name = [self._named[digest, name] for name in map(familiar, item.names) if (digest, name) in self._named]
        return min(same_name, default=self._first.get(digest))


def _shares(named: Named, configs: set[str]) -> bool:
    """True for an entry without a name that shows an image of manifest.json in another form."""
    return not named.names and any(image.config_descriptor.digest in configs for image in images_of(named.node))


def _numbered(found: list[Named]) -> tuple[Entry, ...]:
    return tuple(
        Entry(number, named.names, named.node, named.names[0] if named.names else f"image {number}", named.failure)
        for number, named in enumerate(found, 1)
    )


def _no_image(contents: Contents) -> RegistryError:
    table, errors = contents.table, contents.errors
    if table.looks_like_a_file_system():
        return errors.export()
    if not table.names:
        return errors.no_image("is a tar without any file")
    if any(name.rpartition("/")[2] == "repositories" for name in table.names):
        return errors.no_image("was saved by docker before 1.10 (repositories, but no manifest.json); save it again")
    return errors.no_image("is a tar without manifest.json and index.json")
