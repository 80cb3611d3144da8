# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which images an archive holds: manifest.json, index.json, or both, where each knows what the other does not."""

from __future__ import annotations

import typing as t

from ..errors import RegistryError
from .contents import Contents
from .docker_layout import Item, build_image, read_items
from .model import INDEX, MANIFEST, Entry, Image, Named, images_of


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
    by_config = _by_config(listed)
    names: dict[int, list[str]] = {}
    merged: dict[tuple[t.Any, ...], Named] = {}
    order: list[tuple[t.Any, ...]] = []
    for item in items:
        at = _partner(item, by_config.get(item.config_digest, []), listed)
        if at is not None:
            key: tuple[t.Any, ...] = ("index", at)
            names.setdefault(at, []).extend(item.names)
            merged[key] = Named(tuple(dict.fromkeys(names[at])) or listed[at].names, listed[at].node)
        else:
            key, merged_image = _alone(contents, item)
            earlier = merged[key].names if key in merged else ()
            merged[key] = Named(tuple(dict.fromkeys((*earlier, *item.names))), merged_image)
        if key not in order:
            order.append(key)
    taken = {key[1] for key in order if key[0] == "index"}
    rest = [named for at, named in enumerate(listed) if at not in taken and not _shares(named, items)]
    return [merged[key] for key in order] + rest


def _alone(contents: Contents, item: Item) -> tuple[tuple[t.Any, ...], Image]:
    image = build_image(contents, item)
    places = tuple((layer.member.offset, layer.member.size) for layer in image.layers if layer.member is not None)
    return ("docker", item.config_digest, places), image


def _by_config(listed: list[Named]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, named in enumerate(listed):
        for digest in {image.config_descriptor.digest for image in images_of(named.node) if image.complete}:
            found.setdefault(digest, []).append(at)
    return found


def _partner(item: Item, candidates: list[int], listed: list[Named]) -> int | None:
    """Return which entry of index.json is this image: one of the same name where several have its config."""
    wanted = {_familiar(name) for name in item.names}
    same_name = [at for at in candidates if wanted & {_familiar(name) for name in listed[at].names}]
    return next(iter(same_name or candidates), None)


def _shares(named: Named, items: list[Item]) -> bool:
    """True for a nameless entry that shows an image of manifest.json in another form."""
    configs = {image.config_descriptor.digest for image in images_of(named.node)}
    return not named.names and any(item.config_digest in configs for item in items)


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
