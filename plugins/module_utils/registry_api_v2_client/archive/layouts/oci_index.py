# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What index.json of an image layout lists, by its names."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ...errors import Failure, RegistryError
from ...images.fields import Fields
from ...images.model import NOTHING, Named, Node, familiar, of_one_image
from ...images.summary import digest_of
from ..contents import Contents
from ..limits import INDEX
from .layout_referrers import Listed, without_referrers
from .oci_layout import LayoutReader, name_of, top_descriptors


def read_index(contents: Contents) -> list[Named]:
    """Return what index.json lists; an image listed under several names comes once, with all of them."""
    reader = LayoutReader(contents)
    found: list[Listed] = []
    bad: list[Named] = []
    for fields in top_descriptors(contents):
        name = name_of(fields)
        try:
            node = _node(contents, reader, fields)
        except RegistryError as error:
            if not of_one_image(error):
                raise
            bad.append(Named((name,) if name else (), NOTHING, Failure.of(error)))
            continue
        if node is not None:
            found.append(Listed(fields, name, node))
    if not (found or bad):
        raise contents.errors.at(INDEX).invalid("lists no images")
    errors = [(named, reader.size_error(named.node)) for named in _grouped(without_referrers(contents, reader, found))]
    return [replace(named, failure=Failure.of(error)) if error else named for named, error in errors] + bad


def readable_of_index(contents: Contents, names: t.Container[str]) -> list[Named]:
    """Return what of index.json can be used, beside a manifest.json that lists images of these `names`."""
    reader = LayoutReader(contents)
    found: list[Listed] = []
    try:
        listed = top_descriptors(contents)
    except RegistryError:
        return []
    for fields in listed:
        name = name_of(fields)
        try:
            node = _node(contents, reader, fields)
        except RegistryError as error:
            if not of_one_image(error):
                raise
            if name is not None and familiar(name) not in names:
                contents.leave_out(str(fields.values.get("digest")), "", error.message)
            continue  # manifest.json lists the image too, by its parts
        if node is not None:
            found.append(Listed(fields, name, node))
    return _grouped(without_referrers(contents, reader, found))


def _node(contents: Contents, reader: LayoutReader, fields: Fields) -> Node | None:
    descriptor, node = reader.top(fields)
    if node is None:
        contents.leave_out(descriptor.digest, descriptor.media_type, "it is not an image manifest or an index")
    return node


def _grouped(found: list[tuple[str | None, Node]]) -> list[Named]:
    names: dict[str, list[str]] = {}
    nodes: dict[str, Node] = {}
    for name, node in found:
        digest = digest_of(node)
        nodes.setdefault(digest, node)
        if name is not None:
            names.setdefault(digest, []).append(name)
    return [Named(tuple(dict.fromkeys(names.get(digest, ()))), node) for digest, node in nodes.items()]
