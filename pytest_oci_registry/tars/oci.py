# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Layouts with index.json and blobs: oci-archive, docker 25, the containerd store, buildx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

from .docker import NAMES, blob_name, layer_ids, manifest_json, repositories_json, v1_json
from .entries import Entry, file_entry, unique
from .images import OCI_INDEX, Image, Index, Json, dump, platform_json, split_name
from .spec import Layout, TarOptions

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"
OCI_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'


def full_name(name: str) -> str:
    """The name as containerd writes it: host, repository and tag (`app:1` is `docker.io/library/app:1`)."""
    repository, tag = split_name(name)
    first, slash, _rest = repository.partition("/")
    if not slash:
        repository = f"docker.io/library/{repository}"
    elif "." not in first and ":" not in first and first != "localhost":
        repository = f"docker.io/{repository}"
    return f"{repository}:{tag}"


def oci_entries(images: Sequence[Union[Image, Index]], options: TarOptions) -> list[Entry]:
    """All members of a tar with index.json, and with manifest.json where the layout has it."""
    entries = [Entry("blobs/", kind="dir"), Entry("blobs/sha256/", kind="dir")]
    for image in images:
        entries += blob_entries(image, options.layout)
    # Of an index docker lists the one image that its own platform would run.
    flat = [child for image in images for child in present_images(image)[:1]]
    entries.append(file_entry("index.json", index_json(images, options.layout), role="document"))
    if options.layout in NAMES:
        entries.append(file_entry("manifest.json", manifest_json(flat, options.layout), role="document"))
    entries.append(file_entry("oci-layout", OCI_LAYOUT, role="document"))
    if options.layout is Layout.DOCKER25 and any(image.names for image in flat):
        entries.append(file_entry("repositories", repositories_json(flat), role="document"))
    return unique(entries)


def present_images(image: Union[Image, Index]) -> list[Image]:
    """The images whose blobs are in the tar."""
    children = image.children if isinstance(image, Index) else (image,)
    return [child for child in children if child.present]


def blob_entries(image: Union[Image, Index], layout: Layout) -> list[Entry]:
    """All blobs of an image or index that are in the tar."""
    return index_entries(image, layout) if isinstance(image, Index) else image_entries(image, layout)


def image_entries(image: Image, layout: Layout) -> list[Entry]:
    """The blobs of one image. Foreign layers are not in an OCI layout."""
    entries = [Entry(blob_name(image.manifest.hex), blob=image.manifest, role="manifest"),
               Entry(blob_name(image.config.hex), blob=image.config, role="config")]
    for layer, id_ in zip(image.layers, layer_ids(image)):
        if not layer.urls:
            entries.append(Entry(blob_name(layer.blob.hex), blob=layer.blob, role="layer"))
        if layout is Layout.DOCKER25:
            # docker 25 keeps the old json of each layer as one more blob that nothing refers to.
            old = file_entry("", v1_json(image, layer, id_))
            entries.append(Entry(blob_name(old.blob.hex if old.blob else ""), blob=old.blob))
    return entries


def index_entries(index: Index, layout: Layout) -> list[Entry]:
    """The blobs of an index and of those of its children that are present."""
    entries = [Entry(blob_name(index.blob.hex), blob=index.blob, role="manifest")]
    for child in present_images(index):
        entries += image_entries(child, layout)
    extra = [blob for manifest, blobs in index.attestations for blob in (*blobs, manifest)]
    return entries + [Entry(blob_name(blob.hex), blob=blob) for blob in extra]


def index_json(images: Sequence[Union[Image, Index]], layout: Layout) -> bytes:
    """index.json: one descriptor for each name, or one without a name."""
    manifests: list[Json] = []
    for image in images:
        for name in image.names or ("",):
            manifests.append(top_descriptor(image, name, layout))
    return dump({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests})


def top_descriptor(image: Union[Image, Index], name: str, layout: Layout) -> Json:
    """The descriptor of one name, annotated as the layout's tool does it."""
    descriptor = dict(image.descriptor)
    buildx = layout in (Layout.BUILDX_OCI, Layout.BUILDX_DOCKER)
    if isinstance(image, Image):
        descriptor.pop("platform")
        if buildx:
            descriptor["platform"] = platform_json(image.platform)
    annotations = {}
    if name and layout is Layout.OCI:
        annotations = {REF_NAME: name}
    elif name:
        annotations = {CONTAINERD_NAME: full_name(name), REF_NAME: split_name(name)[1]}
    if buildx:
        annotations["org.opencontainers.image.created"] = "1970-01-01T00:00:00Z"
    return {**descriptor, "annotations": annotations} if annotations else descriptor
