# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One image of an archive as people inspect it: config, layers, history."""

from __future__ import annotations

import typing as t

from ..formats import media_types
from ..formats.durations import parse_time
from ..formats.json_object import json_object
from ..images.model import Entry, Image, Layer, Node
from .models import ImageConfig, ImageInspect, LayerInfo

if t.TYPE_CHECKING:
    from ..archive.reader import Archive

_LAYER_TYPES = {
    "none": media_types.OCI_LAYER, "gzip": media_types.OCI_LAYER_GZIP, "zstd": media_types.OCI_LAYER_ZSTD,
}


def inspect_entry(archive: Archive, entry: Entry, image: Image) -> ImageInspect:
    """Return what one image of an open archive is; compressed layers of a docker archive are hashed for it."""
    document = json_object(image.config.data) or {}
    config = image_config(document)
    history = _history(document, len(image.layers))
    layers = [_layer(archive, layer, step) for layer, step in zip(image.layers, history)]
    size = sum(layer.size for layer in layers)
    return ImageInspect(
        id=image.config_descriptor.digest, config=config, architecture=config.architecture, os=config.os,
        created=config.created, repo_tags=list(entry.names), comment=_text(document, "comment"), layers=layers,
        size=size, virtual_size=size, author=_text(document, "author"),
        rootfs_type=_text(_member(document, "rootfs"), "type") or "layers", rootfs_layers=list(config.diff_ids),
    )


def images_below(node: Node) -> list[Image]:
    """Return the images of a node that are whole in the file, artifacts left out where there are others."""
    if isinstance(node, Image):
        return [node]
    found = [image for child in node.children if child.node is not None for image in images_below(child.node)]
    return [image for image in found if not image.artifact] or found


def image_config(document: dict[str, t.Any]) -> ImageConfig:
    """Return what an image's config says; what is of a wrong type counts as absent."""
    run = _member(document, "config")
    labels = _member(run, "Labels")
    return ImageConfig(
        architecture=_text(document, "architecture"), os=_text(document, "os"),
        created=parse_time(document.get("created")),
        cmd=_texts(run, "Cmd"), entrypoint=_texts(run, "Entrypoint"), env=_texts(run, "Env"), user=_text(run, "User"),
        working_dir=_text(run, "WorkingDir") or None, exposed_ports=_member(run, "ExposedPorts"),
        labels={key: value for key, value in labels.items() if isinstance(value, str)},
        diff_ids=_texts(_member(document, "rootfs"), "diff_ids"),
    )


def _layer(archive: Archive, layer: Layer, step: dict[str, t.Any]) -> LayerInfo:
    if layer.descriptor is not None:
        digest, size, kind = layer.descriptor.digest, layer.descriptor.size, layer.descriptor.media_type
    elif layer.member is not None:
        digest, size = archive.digest(layer.member), layer.member.size
        kind = _LAYER_TYPES.get(layer.compression, media_types.OCI_LAYER)
    else:
        digest, size, kind = layer.diff_id or "", 0, media_types.OCI_LAYER
    return LayerInfo(digest, size, kind, parse_time(step.get("created")), _text(step, "created_by") or None)


def _history(document: dict[str, t.Any], count: int) -> list[dict[str, t.Any]]:
    """Return the step that made each layer, {} for each where the history does not fit the layers."""
    listed = document.get("history")
    steps = [step for step in listed if isinstance(step, dict)] if isinstance(listed, list) else []
    made = [step for step in steps if step.get("empty_layer") is not True]
    return made if len(made) == count else [{}] * count


def _member(document: dict[str, t.Any], key: str) -> dict[str, t.Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _text(document: dict[str, t.Any], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _texts(document: dict[str, t.Any], key: str) -> list[str]:
    value = document.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
