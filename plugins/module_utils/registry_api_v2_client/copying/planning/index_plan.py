# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of one index: its blobs, its manifests, children before what names them, and its tags."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ...concurrency import run_all
from ...images.descriptor import Descriptor
from ...images.model import Index, images_of, indexes_of
from ...reference import digest_of
from ..compose import layers_known
from ..plan import ImagePlan, ManifestStep, TagStep
from .steps import blob_steps, hashed, image_plan, packed_image, refuse_moves

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination, Source
    from ..request import PushOptions
    from ..targets import PushTarget


async def plan_index(
    item: PushTarget, index: Index, source: Source, destination: Destination, options: PushOptions
) -> ImagePlan:
    """Return the plan; an index compares by its digest, and its children keep their own manifests."""
    images = [
        image if layers_known(image) else await hashed(source, image)
        for image in images_of(index)
    ]
    packed = tuple(packed_image(image, replace(options, manifest_format="auto"), item.label) for image in images)
    heads = await run_all(destination.tag(item.repository, tag) for tag in item.tags)
    blobs = await blob_steps(item, [blob for one in packed for blob in one.blobs], destination, options)
    inner = [one.manifest for one in indexes_of(index)[:-1]]
    children = [(one.descriptor, one.manifest) for one in packed]
    children += [(replace(one.descriptor, platform=None, annotations=()), one.data) for one in inner]
    distinct = {descriptor.digest: (descriptor, data) for descriptor, data in children}
    manifests = await run_all(_manifest_step(item, one, data, destination, options) for one, data in distinct.values())
    root = replace(index.descriptor, digest=digest_of(index.manifest.data))
    tags = tuple(
        TagStep(tag, head.digest if head else None, root.digest, options.force) for tag, head in zip(item.tags, heads)
    )
    plan = image_plan(item, root, index.manifest.data, packed, blobs, tuple(manifests), tags)
    refuse_moves(plan, options)
    return plan


async def _manifest_step(
    item: PushTarget, descriptor: Descriptor, data: bytes, destination: Destination, options: PushOptions
) -> ManifestStep:
    present = not options.force and await destination.head(item.repository, descriptor.digest) is not None
    return ManifestStep(item.repository, descriptor, data, present)
