# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Layouts with manifest.json alone: docker before 25, podman, kaniko, bazel, nix, jib."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .entries import Entry, file_entry, unique
from .images import DOCKER_FOREIGN, Image, Json, Layer, dump, split_name
from .spec import Layout, TarOptions


@dataclass(frozen=True)
class Naming:
    """How one tool calls config and layers, and how it prints manifest.json."""

    config: Callable[[Image], str]
    layer: Callable[[Layer, str], str]
    indent: Optional[int] = None


def blob_name(hexadecimal: str) -> str:
    """Where an OCI layout keeps a blob."""
    return f"blobs/sha256/{hexadecimal}"


_OCI_NAMING = Naming(lambda image: blob_name(image.config.hex), lambda layer, _id: blob_name(layer.blob.hex))
NAMES: dict[Layout, Naming] = {
    Layout.DOCKER: Naming(lambda image: image.config.hex + ".json", lambda _layer, id_: f"{id_}/layer.tar"),
    Layout.PODMAN: Naming(lambda image: image.config.hex + ".json", lambda layer, _id: layer.blob.hex + ".tar"),
    Layout.KANIKO: Naming(lambda image: image.config.digest, lambda layer, _id: layer.blob.hex + ".tar.gz"),
    Layout.BAZEL: Naming(lambda image: blob_name(image.config.hex),
                         lambda layer, _id: blob_name(layer.blob.hex) + ".tar.gz", indent=2),
    Layout.NIX: Naming(lambda image: image.config.hex + ".json", lambda layer, _id: layer.blob.hex + "/layer.tar",
                       indent=4),
    Layout.JIB: Naming(lambda _image: "config.json", lambda layer, _id: layer.blob.hex + ".tar.gz"),
    Layout.DOCKER25: _OCI_NAMING, Layout.CONTAINERD: _OCI_NAMING, Layout.BUILDX_DOCKER: _OCI_NAMING,
}
"""Layouts that have a manifest.json."""


def layer_ids(image: Image) -> list[str]:
    """An id for each layer, which depends on all layers below it, as the old identifiers of docker do."""
    ids: list[str] = []
    for layer in image.layers:
        ids.append(hashlib.sha256(f"{ids[-1:]} {layer.diff_id}".encode()).hexdigest())
    return ids


def manifest_json(images: Sequence[Image], layout: Layout) -> bytes:
    """The document that `docker load` reads."""
    return dump([manifest_item(image, layout) for image in images], NAMES[layout].indent)


def manifest_item(image: Image, layout: Layout) -> Json:
    """One image of manifest.json. A config-only image has `Layers: null`, as docker writes it."""
    naming = NAMES[layout]
    layers: Any = [naming.layer(layer, id_) for layer, id_ in zip(image.layers, layer_ids(image))]
    item: Json = {"Config": naming.config(image), "RepoTags": list(image.names) or None,
                  "Layers": None if image.config_only else layers}
    sources = layer_sources(image, layout)
    if sources:
        item["LayerSources"] = sources
    return {key[0].lower() + key[1:]: value for key, value in item.items()} if layout is Layout.JIB else item


def layer_sources(image: Image, layout: Layout) -> Json:
    """Descriptors of layers: all of them in docker 25, elsewhere the foreign ones."""
    if layout is Layout.DOCKER25:
        return {layer.diff_id: layer.descriptor for layer in image.layers}
    suffix = {None: "", "gzip": ".gzip", "zstd": ".zstd"}
    return {layer.diff_id: {**layer.descriptor, "mediaType": DOCKER_FOREIGN + suffix[layer.compression]}
            for layer in image.layers if layer.urls}


def repositories_json(images: Sequence[Image]) -> bytes:
    """The document of docker before 1.10: repository -> tag -> id of the top layer."""
    repositories: dict[str, dict[str, str]] = {}
    for image in images:
        for repository, tag in map(split_name, image.names):
            repositories.setdefault(repository, {})[tag] = (layer_ids(image) or [image.config.hex])[-1]
    return dump(repositories)


def docker_entries(images: Sequence[Image], options: TarOptions) -> list[Entry]:
    """All members of a tar in one of the layouts that have no index.json."""
    layout = options.layout
    if layout is Layout.JIB and len(images) > 1:
        raise ValueError("layout='jib' holds one image: its config has a fixed name")
    entries: list[Entry] = []
    written: dict[str, str] = {}
    for image in images:
        entries.append(Entry(NAMES[layout].config(image), blob=image.config, role="config"))
        for layer, id_ in zip(image.layers, layer_ids(image)):
            entries += layer_entries(image, layer, id_, options, written)
    entries.append(file_entry("manifest.json", manifest_json(images, layout), role="document"))
    if layout in (Layout.DOCKER, Layout.PODMAN) and any(image.names for image in images):
        entries.append(file_entry("repositories", repositories_json(images), role="document"))
    return unique(entries)


def layer_entries(image: Image, layer: Layer, id_: str, options: TarOptions, written: dict[str, str]) -> list[Entry]:
    """One layer with what its layout puts beside it; `written` maps digests to names that hold them already."""
    name = NAMES[options.layout].layer(layer, id_)
    if options.layout is Layout.DOCKER:
        bytes_entry = repeated(layer, name, options.links, written)
        return [Entry(f"{id_}/", kind="dir"), *v1_entries(image, layer, id_), bytes_entry]
    entry = Entry(name, blob=layer.blob, role="layer")
    if options.layout is Layout.PODMAN:
        return [entry, Entry(f"{id_}/layer.tar", kind="symlink", link=f"../{name}"), *v1_entries(image, layer, id_)]
    return [entry]


def repeated(layer: Layer, name: str, links: str, written: dict[str, str]) -> Entry:
    """The layer's bytes, or a link to the member that has them already."""
    first = written.setdefault(layer.blob.digest, name)
    if first == name or links == "copy":
        return Entry(name, blob=layer.blob, role="layer")
    return Entry(name, kind=links, link=f"../{first}" if links == "symlink" else first, role="link")


def v1_entries(image: Image, layer: Layer, id_: str) -> list[Entry]:
    """VERSION and json of the layer, which nobody has read since docker 1.10."""
    return [file_entry(f"{id_}/VERSION", b"1.0"), file_entry(f"{id_}/json", v1_json(image, layer, id_))]


def v1_json(image: Image, layer: Layer, id_: str) -> bytes:
    """The old description of one layer, with its parent."""
    ids = layer_ids(image)
    place = ids.index(id_)
    parent = {"parent": ids[place - 1]} if place else {}
    return dump({"id": id_, **parent, "created": "1970-01-01T00:00:00Z", "container_config": {"Cmd": [layer.diff_id]},
                 "os": image.platform.split("/")[0]})
