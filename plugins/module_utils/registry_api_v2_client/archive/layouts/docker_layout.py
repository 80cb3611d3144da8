# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The layout of docker save, with manifest.json, as every tool writes it (moby, image/spec/v1.2.md)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...errors import RegistryError
from ...formats import media_types
from ...images.config import check_count
from ...images.descriptor import Descriptor
from ...images.fields import Fields, parse_json
from ...images.model import Image, Layer, Member, of_one_image
from ...reference import names_no_tag
from ..archive_errors import ArchiveErrors
from ..bytes.codecs import NONE
from ..contents import Contents, digest_of
from ..limits import MANIFEST

_IMGPKG = {"Image", "ImageIndex"}  # keys of imgpkg's manifest.json, which has no Config
NOT_A_NAME = "i-was-a-digest"  # crane writes this tag where an image was pulled by digest


@dataclass(frozen=True)
class Item:
    """One image of manifest.json: its names, its config, and where its layers are said to lie."""

    names: tuple[str, ...]
    config: Member
    config_data: bytes
    config_digest: str
    layers: tuple[str, ...]
    errors: ArchiveErrors


@dataclass(frozen=True)
class BadItem:
    """One image of manifest.json whose config cannot be used, and why."""

    names: tuple[str, ...]
    error: RegistryError


def read_items(contents: Contents) -> list[Item | BadItem]:
    """Return the images of manifest.json, in its order; ValidationError where it is not one."""
    member = contents.table.resolve(MANIFEST, MANIFEST)
    errors = contents.errors.at(MANIFEST)
    listed = parse_json(contents.document(member, contents.limits.manifest), errors.invalid)
    if isinstance(listed, list) and any(isinstance(item, dict) and _IMGPKG & item.keys() for item in listed):
        raise contents.errors.no_image(
            "was written by imgpkg",
            "Push it with `imgpkg copy --tar FILE --to-repo REPOSITORY`, or save the image with crane or skopeo.",
        )
    if not isinstance(listed, list) or not listed:
        raise errors.invalid("lists no images" if listed in (None, []) else "is no list of images")
    if len(listed) > contents.limits.images:
        raise errors.invalid(f"lists {len(listed)} images, where {contents.limits.images} are the limit")
    digests: dict[int, str] = {}
    return [_item(contents, value, f"[{n}].", errors, digests) for n, value in enumerate(listed)]


def build_image(contents: Contents, item: Item) -> Image:
    """Return the image with its layers; ValidationError where they are absent or do not fit its config."""
    contents.check_layers(len(item.layers), item.errors)
    config = contents.config(item.config)
    check_count(config, item.layers, item.errors.invalid)
    layers = tuple(
        _layer(contents, path, diff_id, item.errors) for path, diff_id in zip(item.layers, config.diff_ids)
    )
    _check_same_layers(layers, contents.errors)
    return Image(
        config=config,
        config_descriptor=Descriptor(media_types.OCI_CONFIG, item.config_digest, len(item.config_data)),
        config_member=item.config,
        layers=layers,
    )


def _item(
    contents: Contents, value: t.Any, place: str, errors: ArchiveErrors, digests: dict[int, str]
) -> Item | BadItem:
    if not isinstance(value, dict):
        raise errors.invalid(f"has no object at {place[:-1]}")
    # Go reads keys in any case, so jib writes `config`, `layers`, `repoTags`.
    fields = Fields({key.lower(): item for key, item in value.items()}, errors.invalid, place)
    names, layers = _names(fields), tuple(fields.texts("layers"))
    try:
        config = contents.table.resolve(fields.text("config"), MANIFEST)
        data = contents.document(config, contents.limits.config)
    except RegistryError as error:
        if of_one_image(error):
            return BadItem(names, error)
        raise
    if config.offset not in digests:
        digests[config.offset] = digest_of(data)
    return Item(names, config, data, digests[config.offset], layers, errors)


def _names(fields: Fields) -> tuple[str, ...]:
    listed = fields.texts("repotags")
    return tuple(name for name in listed if name.rpartition(":")[2] != NOT_A_NAME and not names_no_tag(name))


def _layer(contents: Contents, path: str, diff_id: str, errors: ArchiveErrors) -> Layer:
    member = contents.table.resolve(path, errors.member)
    compression = contents.compression(member)
    raw = Descriptor(media_types.OCI_LAYER, diff_id, member.size)
    return Layer(member, compression, diff_id, raw if compression == NONE else None)


def _check_same_layers(layers: tuple[Layer, ...], errors: ArchiveErrors) -> None:
    """Refuse two raw layers of one diff_id and different sizes: one of them is not what the config says."""
    sizes: dict[str, int] = {}
    for layer in layers:
        if layer.descriptor is None or layer.member is None:
            continue
        size = sizes.setdefault(layer.descriptor.digest, layer.member.size)
        if size != layer.member.size:
            raise errors.at(layer.member.name).invalid(
                f"has {layer.member.size} bytes, but another layer of the same diff_id has {size}"
            )
