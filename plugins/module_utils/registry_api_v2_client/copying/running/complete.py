# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A plan whose layers were compressed gets its manifest. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ...images.descriptor import Descriptor
from ...images.model import Image, Layer
from ...reference import digest_of
from ..compose import PackedImage, encoded, pack, to_encode
from ..plan import PRESENT, BlobStep, ImagePlan

if t.TYPE_CHECKING:
    from ..compression.compress import CompressedLayer


def completed(
    image: ImagePlan, compressed: t.Mapping[tuple[str, str], CompressedLayer], kind: str, manifest_format: str
) -> ImagePlan:
    """Return the plan with the manifest, blobs and tags that follow from what its layers became."""
    pending = t.cast(Image, image.pending)
    layers = tuple(_encoded(image, layer, compressed, kind) for layer in pending.layers)
    descriptors = tuple(t.cast(Descriptor, layer.descriptor) for layer in layers)
    packed = pack(replace(pending, layers=layers), manifest_format, descriptors, image.label)
    root = replace(packed.descriptor, digest=digest_of(packed.manifest))
    return replace(
        image, root=root, data=packed.manifest, images=(packed,), pending=None,
        blobs=tuple(_step(step, packed, compressed) for step in image.blobs),
        tags=tuple(replace(step, after=root.digest) for step in image.tags),
    )


def _encoded(
    image: ImagePlan, layer: Layer, compressed: t.Mapping[tuple[str, str], CompressedLayer], kind: str
) -> Layer:
    if not to_encode(layer, kind):
        return layer
    return encoded(layer, kind, compressed[image.repository, f"content {layer.diff_id}"].descriptor)


def _step(step: BlobStep, packed: PackedImage, compressed: t.Mapping[tuple[str, str], CompressedLayer]) -> BlobStep:
    if not step.pending:
        return step
    blob = next(blob for blob in packed.blobs if blob.position == step.blob.position)
    raw = replace(blob, layer=step.blob.layer)  # as it lies in the archive, should it have to be made again
    return replace(step, action=PRESENT if step.action == PRESENT else compressed[step.key].action, blob=raw)
