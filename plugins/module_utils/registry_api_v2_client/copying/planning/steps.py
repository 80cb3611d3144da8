# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What plans of images and of indexes are made of: packed images, blob steps, and the rule against moving tags."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ...concurrency import run_all
from ...formats import media_types
from ...images.descriptor import Descriptor
from ...images.model import Image
from ...problems import problem
from ..compose import Blob, PackedImage, pack, to_encode
from ..plan import PRESENT, UPLOAD, BlobStep, ImagePlan, ManifestStep, TagStep

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination, Source
    from ..request import PushOptions
    from ..targets import PushTarget


def packed_image(image: Image, options: PushOptions, label: str) -> PackedImage:
    """Return the image with its manifest; the digests of all layers must be known."""
    descriptors = tuple(t.cast(Descriptor, layer.descriptor) for layer in image.layers)
    return pack(image, options.manifest_format, descriptors, label)


async def hashed(source: Source, image: Image, compression: str = "none") -> Image:
    """Return the image with the digest of every layer that is sent as it is; reads those whose digest is no diff_id."""
    layers = []
    for layer in image.layers:
        if layer.descriptor is None and layer.member is not None and not to_encode(layer, compression):
            digest = await source.digest(layer.member)
            layer = replace(layer, descriptor=Descriptor(media_types.OCI_LAYER, digest, layer.member.size))
        layers.append(layer)
    return replace(image, layers=tuple(layers))


async def blob_steps(
    item: PushTarget, blobs: t.Sequence[Blob], destination: Destination, options: PushOptions
) -> tuple[BlobStep, ...]:
    """Return one step for each distinct blob; foreign layers are left out."""
    own = [blob for blob in blobs if not blob.foreign]
    distinct = {blob.descriptor.digest: blob for blob in reversed(own)}
    ordered = [distinct[digest] for digest in dict.fromkeys(blob.descriptor.digest for blob in own)]
    if options.force:
        return tuple(BlobStep(item.repository, blob, UPLOAD, "force") for blob in ordered)
    there = await run_all(destination.has_blob(item.repository, blob.descriptor) for blob in ordered)
    return tuple(
        BlobStep(item.repository, blob, PRESENT if has else UPLOAD, "the registry has it" if has else "it is missing")
        for blob, has in zip(ordered, there)
    )


def image_plan(
    item: PushTarget, root: Descriptor, data: bytes, images: tuple[PackedImage, ...], blobs: tuple[BlobStep, ...],
    manifests: tuple[ManifestStep, ...], tags: tuple[TagStep, ...],
) -> ImagePlan:
    """Return the plan of what is wanted."""
    return ImagePlan(
        item.path, item.entry.label, item.repository, root, data, images, blobs, manifests, tags,
    )


def refuse_moves(plan: ImagePlan, options: PushOptions, same: t.Container[str | None] = ()) -> None:
    """Raise RefusedError (tag-is-taken) where overwrite is false and a tag holds another image; `same` are digests of
    this image in other words, whose blobs may be gone."""
    for step in plan.tags:
        if not options.overwrite and step.before is not None and step.moves and step.before not in same:
            raise problem(
                "tag-is-taken", image=f"{plan.repository}:{step.tag}", old=step.before, path=plan.path,
                new=step.after or "another image", rule="overwrite: false", advice="set overwrite: true",
                left="nothing was sent",
            )
