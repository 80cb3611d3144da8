# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which images an archive holds: manifest.json, index.json, or both, where each knows what the other does not."""

from __future__ import annotations

import typing as t

from ..errors import RegistryError
from ..images.model import Entry, Image, Named, Node, images_of
from .contents import Contents
from .docker_layout import Item, build_image, read_items
from .limits import INDEX, MANIFEST


def read_entries(contents: Contents) -> tuple[Entry, ...]:
    """Return every image and index of the archive, in its own order.

    TarReadError where the tar is no image archive, ValidationError where it contradicts itself.
    """
    contents.table.choose_root()
    has_docker = contents.table.find(MANIFEST) is not None
    has_oci = contents.table.find(INDEX) is not None
    if not (has_docker or has_oci):
        raise _no_image(contents)
    if not has_docker:
        from .oci_index import read_index  # most tars have no index.json

        return _numbered(read_index(contents))
    items, listed = read_items(contents), []
    if has_oci:
        from .oci_index import readable_of_index

        listed = readable_of_index(contents)
    return _numbered(_merged(contents, items, listed))


def _merged(contents: Contents, items: list[Item], listed: list[Named]) -> list[Named]:
    """Pair the images of manifest.json with those of index.json by config: its manifest's own bytes are preferred, and
    manifest.json's names, since annotations may hold a bare tag."""
    partners = _Partners(listed)
    names: dict[tuple[t.Any, ...], list[str]] = {}
    nodes: dict[tuple[t.Any, ...], Node] = {}
    for item in items:
        at = partners.of(item)
        key, node = _alone(contents, item) if at is None else (("index", at), listed[at].node)
        nodes[key] = node
        names.setdefault(key, []).extend(item.names)
    configs = {item.config_digest for item in items}
    rest = [named for at, named in enumerate(listed) if ("index", at) not in nodes and not _shares(named, configs)]
    return [_with_names(key, names[key], node, listed) for key, node in nodes.items()] + rest


def _with_names(key: tuple[t.Any, ...], names: list[str], node: Node, listed: list[Named]) -> Named:
    own = listed[key[1]].names if key[0] == "index" else ()
    return Named(tuple(dict.fromkeys(names)) or own, node)


def _alone(contents: Contents, item: Item) -> tuple[tuple[t.Any, ...], Image]:
    image = build_image(contents, item)
    places = tuple((layer.member.offset, layer.member.size) for layer in image.layers if layer.member is not None)
    return ("docker", item.config_digest, places), image


class _Partners:
    """Which entry of index.json an image of manifest.json is: one of the same name if several have its config."""

    def __init__(self, listed: list[Named]) -> None:
        self._first: dict[str, int] = {}
        self._named: dict[tuple[str, str], int] = {}
        for at, named in enumerate(listed):
            for digest in {image.config_descriptor.digest for image in images_of(named.node) if image.complete}:
                self._first.setdefault(digest, at)
                for name in named.names:
                    self._named.setdefault((digest, _familiar(name)), at)

    def of(self, item: Item) -> int | None:
        digest = item.config_digest
        same_name = [self._named[digest, name] for name in map(_familiar, item.names) if (digest, name) in self._named]
        return min(same_name, default=self._first.get(digest))


def _shares(named: Named, configs: set[str]) -> bool:
    """True for an entry without a name that shows an image of manifest.json in another form."""
    return not named.names and any(image.config_descriptor.digest in configs for image in images_of(named.node))


def _familiar(name: str) -> str:
    for prefix in ("docker.io/", "library/"):
        name = name[len(prefix):] if name.startswith(prefix) else name
    return name


def _numbered(found: list[Named]) -> tuple[Entry, ...]:
    return tuple(
        Entry(number, named.names, named.node, named.names[0] if named.names else f"image {number}")
        for number, named in enumerate(found, 1)
    )


def _no_image(contents: Contents) -> RegistryError:
    table, blame = contents.table, contents.blame
    if table.looks_like_a_file_system():
        return blame.export()
    if not table.names:
        return blame.no_image("is a tar without any file")
    if any(name.rpartition("/")[2] == "repositories" for name in table.names):
        return blame.no_image("was saved by docker before 1.10 (repositories, but no manifest.json); save it again")
    return blame.no_image("is a tar without manifest.json and index.json")
