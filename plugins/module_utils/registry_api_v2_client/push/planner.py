# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From archives to a plan: reads tars and asks the registry, changes nothing."""

from __future__ import annotations

import asyncio
import typing as t
from dataclasses import dataclass, replace

from .. import media_types
from ..archive.model import Entry, Image, Index, Node
from ..concurrency import together
from ..errors import RegistryError
from ..models import Descriptor
from ..problems import problem
from ..reference import digest_of
from .compose import Blob, PackedImage, blobs_of, layers_known, pack, same_image, to_encode
from .lookup import Lookup
from .naming import chosen_entries, targets
from .plan import COMPRESS, PRESENT, UPLOAD, BlobStep, FailedImage, ImagePlan, ManifestStep, PushPlan, TagStep, share_blobs
from .request import PushOptions, Source
from .select import images_of, selected

if t.TYPE_CHECKING:
    from ..archive.reader import Archive


@dataclass(frozen=True)
class Wanted:
    """One image of one archive, and the tags of one repository that shall name it."""

    archive: Archive
    entry: Entry
    node: Node
    repository: str
    tags: tuple[str, ...]

    @property
    def label(self) -> str:
        """Name of the image in messages."""
        return f"{self.repository}:{self.tags[0]}" if self.tags else self.repository


def wanted_images(
    source: Source, archive: Archive, options: PushOptions, registry: str
) -> list[Wanted | FailedImage]:
    """Return what one archive contributes, in order; what cannot be named or selected comes back as a failure."""
    found: list[Wanted | FailedImage] = []
    for entry in chosen_entries(source, archive.entries):
        try:
            node = selected(entry, options.platforms, source.path)
            pairs = targets(source, entry, options, registry)
        except RegistryError as error:
            found.append(FailedImage(source.path, entry.label, None, (), error.about(image=entry.label, path=source.path)))
            continue
        for repository in dict.fromkeys(repository for repository, _tag in pairs):
            tags = tuple(tag for other, tag in pairs if other == repository)
            found.append(Wanted(archive, entry, node, repository, tags))
    return found


def refuse_clashes(wanted: list[Wanted]) -> None:
    """Raise ValidationError (tag-clash) where two different images are asked for under one repository:tag."""
    taken: dict[tuple[str, str], Wanted] = {}
    for item in wanted:
        for tag in item.tags:
            other = taken.setdefault((item.repository, tag), item)
            if _identity(other.node) != _identity(item.node):
                raise problem(
                    "tag-clash", image=f"{item.repository}:{tag}", path=other.archive.path,
                    other_path=item.archive.path, first=_identity(other.node), second=_identity(item.node),
                )


def _identity(node: Node) -> str:
    return node.config_descriptor.digest if isinstance(node, Image) and not node.artifact else (
        node.descriptor.digest if node.descriptor is not None else ""
    )


async def make_plan(
    wanted: list[Wanted | FailedImage], lookup: Lookup, options: PushOptions, registry: str
) -> PushPlan:
    """Return the plan for all images. A failure of one is kept in it; the caller decides whether the others go on."""
    planned = await together(_planned(item, lookup, options) for item in wanted)
    images = tuple(image for image in planned if isinstance(image, ImagePlan))
    failed = tuple(image for image in planned if isinstance(image, FailedImage))
    present = frozenset(step.key for image in images for step in image.blobs if step.action == PRESENT)
    return PushPlan(registry, share_blobs(images, present, mounting=not options.force), failed)


async def _planned(item: Wanted | FailedImage, lookup: Lookup, options: PushOptions) -> ImagePlan | FailedImage:
    if isinstance(item, FailedImage):
        return item
    try:
        return await _plan_image(item, lookup, options)
    except RegistryError as error:
        error.about(image=item.label, path=item.archive.path)
        return FailedImage(item.archive.path, item.entry.label, item.repository, item.tags, error)


async def _plan_image(item: Wanted, lookup: Lookup, options: PushOptions) -> ImagePlan:
    if isinstance(item.node, Index):
        return await _plan_index(item, item.node, lookup, options)
    image = _to_be_encoded(item.node, options)
    packed = _pack(image, options, item.label) if layers_known(image) else None
    expected = digest_of(packed.manifest) if packed else None
    states = await together(_tag_state(item, tag, expected, lookup, options) for tag in item.tags)
    matching = {} if options.force else await _complete_matches(item, states, lookup)
    if matching:
        plan = _plan_reused(item, image, matching, states)
    elif any(to_encode(layer, options.compression) for layer in image.layers):
        plan = await _plan_pending(item, image, states, lookup, options)
    else:
        packed = packed or _pack(await asyncio.to_thread(_hashed, item.archive, image), options, item.label)
        blobs = await _blob_steps(item, packed.blobs, lookup, options)
        root = replace(packed.descriptor, digest=digest_of(packed.manifest))  # what a tag answers with
        tags = tuple(TagStep(state.tag, state.digest, root.digest) for state in states)
        plan = _image_plan(item, root, packed.manifest, (packed,), blobs, (), tags)
    _refuse_moves(plan, options)
    return plan


def _to_be_encoded(image: Image, options: PushOptions) -> Image:
    """Return the image without its own manifest and without the digests of layers that will be encoded."""
    if image.artifact or not any(to_encode(layer, options.compression) for layer in image.layers):
        return image
    layers = tuple(
        replace(layer, descriptor=None) if to_encode(layer, options.compression) else layer for layer in image.layers
    )
    return replace(image, layers=layers, manifest=None, descriptor=None)


async def _plan_pending(
    item: Wanted, image: Image, states: list[_TagState], lookup: Lookup, options: PushOptions
) -> ImagePlan:
    """Return a plan whose manifest will be known when its layers are compressed."""
    image = await asyncio.to_thread(_hashed, item.archive, image, options.compression)
    steps = []
    for number, layer in enumerate(image.layers, 1):
        if to_encode(layer, options.compression) and layer.member is not None:
            blob = Blob(Descriptor("", "", layer.member.size), number, layer.member, layer=layer)
            steps.append(BlobStep(item.repository, blob, COMPRESS, "it has to be compressed"))
        elif layer.descriptor is not None:
            blob = Blob(layer.descriptor, number, layer.member, layer=layer)
            steps += await _blob_steps(item, [blob], lookup, options)
    config = Blob(image.config_descriptor, 0, data=image.config)
    steps = list(await _blob_steps(item, [config], lookup, options)) + steps
    tags = tuple(TagStep(state.tag, state.digest, "") for state in states)
    packed = PackedImage(image, b"", Descriptor("", "", 0), tuple(step.blob for step in steps))
    root = Descriptor("", "", 0, platform=image.platform)
    distinct = tuple({step.key: step for step in steps}.values())
    return replace(_image_plan(item, root, b"", (packed,), distinct, (), tags), pending=image)


@dataclass(frozen=True)
class _TagState:
    """A tag as it is: the digest that it names, and that manifest where it is the wanted image."""

    tag: str
    digest: str | None = None
    matching: tuple[Descriptor, bytes] | None = None


async def _tag_state(item: Wanted, tag: str, expected: str | None, lookup: Lookup, options: PushOptions) -> _TagState:
    image = t.cast(Image, item.node)
    by_content = options.compare == "image" and not image.artifact
    if expected is not None or not by_content:
        head = await lookup.head(item.repository, tag)
        if head is None or head.digest == expected or not by_content:
            return _TagState(tag, head.digest if head else None)
        if head.media_type and head.media_type not in media_types.IMAGES:
            return _TagState(tag, head.digest)
    manifest = await lookup.manifest(item.repository, tag)
    if manifest is None:
        return _TagState(tag)
    matching = same_image(manifest.data, image)
    return _TagState(tag, manifest.digest, (manifest.descriptor, manifest.data) if matching else None)


async def _complete_matches(
    item: Wanted, states: list[_TagState], lookup: Lookup
) -> dict[str, tuple[Descriptor, bytes]]:
    """Return the manifests that are the wanted image already, with all their blobs, by digest."""
    found = {state.matching[0].digest: state.matching for state in states if state.matching is not None}
    whole = await together(_complete(item.repository, blobs_of(data), lookup) for _descriptor, data in found.values())
    return {digest: match for (digest, match), complete in zip(found.items(), whole) if complete}


async def _complete(repository: str, blobs: tuple[Descriptor, ...], lookup: Lookup) -> bool:
    return all(await together(lookup.has_blob(repository, blob.digest) for blob in blobs))


def _plan_reused(
    item: Wanted, image: Image, matching: dict[str, tuple[Descriptor, bytes]], states: list[_TagState]
) -> ImagePlan:
    """Return a plan that sends nothing: tags which are right stay, the others move to the first right manifest."""
    found, data = next(iter(matching.values()))
    descriptor = replace(found, platform=image.platform)
    blobs = tuple(
        BlobStep(item.repository, Blob(blob, n), PRESENT, "it is the same image") for n, blob in enumerate(blobs_of(data))
    )
    tags = tuple(
        TagStep(state.tag, state.digest, _kept_or(state.digest, matching, descriptor.digest))
        for state in states
    )
    packed = PackedImage(image, data, descriptor, tuple(step.blob for step in blobs))
    return replace(_image_plan(item, descriptor, data, (packed,), blobs, (), tags), reused=True)


def _kept_or(current: str | None, right: t.Container[str], other: str) -> str:
    return current if current is not None and current in right else other


def _pack(image: Image, options: PushOptions, label: str) -> PackedImage:
    descriptors = tuple(t.cast(Descriptor, layer.descriptor) for layer in image.layers)
    return pack(image, options.manifest_format, descriptors, label)


def _hashed(archive: Archive, image: Image, compression: str = "none") -> Image:
    """Return the image with the digest of every layer that is sent as it is; reads those whose digest is no diff_id."""
    layers = []
    for layer in image.layers:
        if layer.descriptor is None and layer.member is not None and not to_encode(layer, compression):
            digest = archive.digest(layer.member)
            layer = replace(layer, descriptor=Descriptor(media_types.OCI_LAYER, digest, layer.member.size))
        layers.append(layer)
    return replace(image, layers=tuple(layers))


async def _blob_steps(
    item: Wanted, blobs: t.Sequence[Blob], lookup: Lookup, options: PushOptions
) -> tuple[BlobStep, ...]:
    """Return one step for each distinct blob; foreign layers are left out."""
    distinct = {blob.descriptor.digest: blob for blob in reversed(blobs) if not blob.foreign}
    ordered = [distinct[digest] for digest in dict.fromkeys(b.descriptor.digest for b in blobs if not b.foreign)]
    if options.force:
        return tuple(BlobStep(item.repository, blob, UPLOAD, "force") for blob in ordered)
    there = await together(lookup.has_blob(item.repository, blob.descriptor.digest) for blob in ordered)
    return tuple(
        BlobStep(item.repository, blob, PRESENT if has else UPLOAD, "the registry has it" if has else "it is missing")
        for blob, has in zip(ordered, there)
    )


async def _plan_index(item: Wanted, index: Index, lookup: Lookup, options: PushOptions) -> ImagePlan:
    images = [image for image in images_of(index)]
    hashed = [
        image if layers_known(image) else await asyncio.to_thread(_hashed, item.archive, image) for image in images
    ]
    packed = tuple(_pack(image, replace(options, manifest_format="auto"), item.label) for image in hashed)
    heads = await together(lookup.head(item.repository, tag) for tag in item.tags)
    blobs = await _blob_steps(item, [blob for one in packed for blob in one.blobs], lookup, options)
    children = [(one.descriptor, one.manifest) for one in packed] + list(_inner_indexes(index))
    manifests = await together(_manifest_step(item, one, data, lookup, options) for one, data in dict(children).items())
    root = replace(index.descriptor, digest=digest_of(index.manifest))
    tags = tuple(TagStep(tag, head.digest if head else None, root.digest) for tag, head in zip(item.tags, heads))
    plan = _image_plan(item, root, index.manifest, packed, blobs, tuple(manifests), tags)
    _refuse_moves(plan, options)
    return plan


def _inner_indexes(index: Index) -> t.Iterator[tuple[Descriptor, bytes]]:
    """Yield nested indexes, the deepest first: a registry wants children before what names them."""
    for child in index.children:
        if isinstance(child.node, Index):
            yield from _inner_indexes(child.node)
            yield replace(child.node.descriptor, platform=None, annotations=()), child.node.manifest


async def _manifest_step(
    item: Wanted, descriptor: Descriptor, data: bytes, lookup: Lookup, options: PushOptions
) -> ManifestStep:
    present = not options.force and await lookup.head(item.repository, descriptor.digest) is not None
    return ManifestStep(item.repository, descriptor, data, present)


def _image_plan(
    item: Wanted, root: Descriptor, data: bytes, images: tuple[PackedImage, ...], blobs: tuple[BlobStep, ...],
    manifests: tuple[ManifestStep, ...], tags: tuple[TagStep, ...],
) -> ImagePlan:
    return ImagePlan(
        item.archive.path, item.entry.label, item.repository, root, data, images, blobs, manifests, tags,
    )


def _refuse_moves(plan: ImagePlan, options: PushOptions) -> None:
    """Raise RefusedError (tag-is-taken) where overwrite is false and a tag holds another image."""
    for step in plan.tags:
        if not options.overwrite and step.before is not None and step.writes:
            raise problem(
                "tag-is-taken", image=f"{plan.repository}:{step.tag}", old=step.before, new=step.after,
                path=plan.path, rule="overwrite: false", advice="set overwrite: true",
            )
