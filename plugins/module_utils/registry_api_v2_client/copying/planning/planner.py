# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From targets to a plan: reads sources and asks the destination, changes nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ...concurrency import run_all
from ...errors import Failure, RegistryError
from ...images.descriptor import Descriptor
from ...images.model import Image, Index
from ...reference import digest_of
from ..compose import Blob, PackedImage, layers_known, to_encode
from ..naming import tag_clash
from ..plan import COMPRESS, PRESENT, BlobStep, FailedImage, ImagePlan, PushPlan, TagStep, share_blobs
from .referrer_plan import ReferrerTarget, as_referrer, rules_of_referrers
from .steps import blob_steps, hashed, image_plan, packed_image, refuse_moves
from .tag_state import TagState, complete_matches, tag_state

if t.TYPE_CHECKING:
    from ...images.manifest import Manifest
    from ...stores.protocols import Destination, Source
    from ..request import PushOptions
    from ..targets import PushTarget


async def make_plan(
    targets: t.Sequence[PushTarget | FailedImage], sources: t.Mapping[str, Source], destination: Destination,
    options: PushOptions,
) -> PushPlan:
    """Return the plan for all images. A failure of one is kept in it; the caller decides whether the others go on.

    Raises ValidationError (tag-clash) where compare is digest and two manifests are meant for one repository:tag.
    """
    planned = await run_all(_planned(item, sources, destination, options) for item in targets)
    images = tuple(item for item in planned if isinstance(item, ImagePlan))
    if options.compare == "digest":
        _refuse_two_contents(images)
    steps = [(step, sources[image.path].mount_from) for image in images for step in image.blobs]
    present = {step.key for step, _origin in steps if step.action == PRESENT}
    present |= {(origin, step.key[1]) for step, origin in steps if origin is not None}
    shared = iter(share_blobs(images, frozenset(present), mounting=not options.force))
    return PushPlan(destination.label, tuple(next(shared) if isinstance(item, ImagePlan) else item for item in planned))


def _refuse_two_contents(images: tuple[ImagePlan, ...]) -> None:
    """Refuse what shows only when layers were hashed: the next run would move the tag back."""
    taken: dict[tuple[str, str], ImagePlan] = {}
    for image in images:
        for step in image.tags:
            other = taken.setdefault((image.repository, step.tag), image)
            if other.root.digest != image.root.digest:
                raise tag_clash(
                    f"{image.repository}:{step.tag}", (other.root.digest or "not known yet", other.path, other.source),
                    (image.root.digest or "not known yet", image.path, image.source),
                )


async def _planned(
    item: PushTarget | FailedImage, sources: t.Mapping[str, Source], destination: Destination, options: PushOptions
) -> ImagePlan | FailedImage:
    if isinstance(item, FailedImage):
        return item
    try:
        if not (item.signed or isinstance(item, ReferrerTarget)):
            return await _plan_image(item, sources[item.path], destination, options)
        plan = await _plan_image(item, sources[item.path], destination, rules_of_referrers(options))
        if isinstance(item, ReferrerTarget):
            return await as_referrer(plan, item, destination, options)
        return replace(plan, signed=True)
    except RegistryError as error:
        failure = Failure.of(error.about(image=item.label, path=item.path))
        return FailedImage(item.path, item.entry.label, item.repository, item.tags, failure)


async def _plan_image(
    item: PushTarget, source: Source, destination: Destination, options: PushOptions
) -> ImagePlan:
    if isinstance(item.node, Index):
        from .index_plan import plan_index

        return await plan_index(item, item.node, source, destination, options)
    image = _to_be_encoded(item.node, options)
    packed = packed_image(image, options, item.label) if layers_known(image) else None
    expected = digest_of(packed.manifest) if packed else None
    states = await run_all(tag_state(item, tag, expected, destination, options) for tag in item.tags)
    matching = {} if options.force else await complete_matches(item, states, destination)
    ours_is_there = expected is not None and any(state.digest == expected for state in states)
    if matching and not ours_is_there:
        plan = _plan_reused(item, image, matching, states)
    elif any(to_encode(layer, options.compression) for layer in image.layers):
        plan = await _plan_pending(item, image, states, source, destination, options)
    else:
        packed = packed or packed_image(await hashed(source, image), options, item.label)
        plan = await _plan_packed(item, packed, matching, states, destination, options)
    refuse_moves(plan, options, [state.digest for state in states if state.matching is not None])
    return plan


def _to_be_encoded(image: Image, options: PushOptions) -> Image:
    """Return the image without its own manifest and without the digests of layers that will be encoded."""
    if image.artifact or not any(to_encode(layer, options.compression) for layer in image.layers):
        return image
    layers = tuple(
        replace(layer, descriptor=None) if to_encode(layer, options.compression) else layer for layer in image.layers
    )
    return replace(image, layers=layers, manifest=None)


async def _plan_packed(
    item: PushTarget, packed: PackedImage, matching: dict[str, Manifest], states: list[TagState],
    destination: Destination, options: PushOptions,
) -> ImagePlan:
    """Return a plan that writes our own manifest; tags that name the image in other words stay."""
    blobs = await blob_steps(item, packed.blobs, destination, options)
    root = replace(packed.descriptor, digest=digest_of(packed.manifest))  # what a tag answers with
    tags = tuple(
        TagStep(state.tag, state.digest, _kept_or(state.digest, matching, root.digest), options.force)
        for state in states
    )
    return image_plan(item, root, packed.manifest, (packed,), blobs, (), tags)


async def _plan_pending(
    item: PushTarget, image: Image, states: list[TagState], source: Source, destination: Destination,
    options: PushOptions,
) -> ImagePlan:
    """Return a plan whose manifest will be known when its layers are compressed."""
    image = await hashed(source, image, options.compression)
    config = Blob(image.config_descriptor, 0, data=image.config.data)
    steps = list(await blob_steps(item, [config], destination, options))
    for number, layer in enumerate(image.layers, 1):
        if to_encode(layer, options.compression) and layer.member is not None:
            blob = Blob(Descriptor("", "", layer.member.size), number, layer.member, layer=layer)
            steps.append(BlobStep(item.repository, blob, COMPRESS, "it has to be compressed"))
        elif layer.descriptor is not None:
            blob = Blob(layer.descriptor, number, layer.member, layer=layer)
            steps += await blob_steps(item, [blob], destination, options)
    tags = tuple(TagStep(state.tag, state.digest, "", options.force) for state in states)
    packed = PackedImage(image, b"", Descriptor("", "", 0), tuple(step.blob for step in steps))
    root = Descriptor("", "", 0, platform=image.platform)
    distinct = tuple({step.key: step for step in steps}.values())
    return replace(image_plan(item, root, b"", (packed,), distinct, (), tags), pending=image)


def _plan_reused(item: PushTarget, image: Image, matching: dict[str, Manifest], states: list[TagState]) -> ImagePlan:
    """Return a plan that sends nothing: tags which are right stay, the others move to the first right manifest."""
    found = next(iter(matching.values()))
    descriptor = replace(found.descriptor, platform=image.platform)
    blobs = tuple(
        BlobStep(item.repository, Blob(blob, n), PRESENT, "it is the same image") for n, blob in enumerate(found.blobs)
    )
    tags = tuple(
        TagStep(state.tag, state.digest, _kept_or(state.digest, matching, descriptor.digest))
        for state in states
    )
    packed = PackedImage(image, found.data, descriptor, tuple(step.blob for step in blobs))
    return replace(image_plan(item, descriptor, found.data, (packed,), blobs, (), tags), reused=True)


def _kept_or(current: str | None, right: t.Container[str], other: str) -> str:
    return current if current is not None and current in right else other
