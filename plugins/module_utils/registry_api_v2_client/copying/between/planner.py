# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of a copy between registries: two HEAD requests for an unchanged tag, and no manifest is read for it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ...concurrency import run_all
from ...errors import Failure, RegistryError
from ...formats.media_types import CONFIGS
from ...images.descriptor import Descriptor, Platform
from ...images.manifest import ATTESTATION_SUBJECT, Manifest, is_attestation
from ...images.model import Child, Member
from ...images.platforms import matches
from ...problems import problem
from ..compose import Blob
from ..contents import needs_of
from ..plan import (
    MOUNT,
    PRESENT,
    UPLOAD,
    BlobStep,
    FailedImage,
    ImagePlan,
    ManifestStep,
    PushPlan,
    TagStep,
    share_blobs,
)
from ..planning.steps import refuse_moves
from ..select import written_index

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination
    from ...stores.registry_reader import RegistryReader
    from .request import CopyOptions
    from .targets import CopyTarget


@dataclass(frozen=True)
class CopyPlan(ImagePlan):
    """One image of a copy. `note` says why the digest is not the one of the source, `source_digest`.

    `absent` are the entries of its index that the source does not have. `examined` is False if the tags are right, so
    that no manifest was read.
    """

    source_digest: str = ""
    note: str | None = None
    platforms: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    examined: bool = True


async def plan_copies(
    targets: t.Sequence[CopyTarget | FailedImage], reader: RegistryReader, destination: Destination,
    options: CopyOptions, same_registry: bool,
) -> PushPlan:
    """Return the plan for all images. A failure of one is kept in it; the caller decides whether the others go on."""
    planner = _Planner(reader, destination, options, same_registry)
    items = await run_all(planner.item(target) for target in targets)
    images = tuple(item for item in items if isinstance(item, ImagePlan))
    present = frozenset(step.key for image in images for step in image.blobs if step.action == PRESENT)
    shared = iter(share_blobs(images, present, mounting=not options.force))
    return PushPlan(destination.label, tuple(next(shared) if isinstance(item, ImagePlan) else item for item in items))


class _Planner:
    def __init__(
        self, reader: RegistryReader, destination: Destination, options: CopyOptions, same_registry: bool
    ) -> None:
        self._reader = reader
        self._destination = destination
        self._options = options
        self._same_registry = same_registry
        self._thorough = options.force or options.verify_existing

    async def item(self, target: CopyTarget | FailedImage) -> CopyPlan | FailedImage:
        if isinstance(target, FailedImage):
            return target
        try:
            return await self._plan(target)
        except RegistryError as error:
            error.path = None  # a source is not a file
            failure = Failure.of(error.about(image=target.label))
            return FailedImage(target.source, target.source, target.repository, target.tags, failure)

    async def _plan(self, target: CopyTarget) -> CopyPlan:
        found, *heads = await run_all([
            self._reader.found(target.origin, target.reference),
            *(self._destination.tag(target.repository, tag) for tag in target.tags),
        ])
        if found is None:
            raise self._absent(f"manifest {target.source.partition('/')[2]}", target)
        before = [head.digest if head else None for head in heads]
        plan = _unread(target, found, before)
        if self._options.platforms is None and self._is_right(plan):
            return plan
        source = await self._reader.read(target.origin, found.digest)
        root, note = await self._narrowed(source, target)
        plan = replace(_unread(target, root.descriptor, before), source_digest=found.digest, note=note)
        if self._is_right(plan):
            return plan
        plan = await self._with_parts(plan, root, target)
        refuse_moves(plan, self._options.rules)
        return plan

    def _is_right(self, plan: CopyPlan) -> bool:
        return not self._thorough and not any(step.moves for step in plan.tags)

    def _absent(self, what: str, target: CopyTarget) -> RegistryError:
        return problem("not-found", registry=self._reader.registry, what=what, image=target.label)

    async def _narrowed(self, source: Manifest, target: CopyTarget) -> tuple[Manifest, str | None]:
        """Return what to write of an image or index, and why it is not the same; the platforms choose."""
        wanted = self._options.platforms
        if wanted is None:
            return source, None
        if not source.is_index:
            have = (await self._reader.config(target.origin, source)).platform
            if have is not None and not any(matches(name, have) for name in wanted):
                self._check_platforms([have], wanted, target)
            return source, None
        self._check_platforms(_platforms(source), wanted, target)
        kept = chosen_entries(source.children, wanted)
        if len(kept) == len(source.children):
            return source, None
        note = f"platforms chose {len(kept)} of {len(source.children)} entries of the index at the source"
        if len(kept) == 1:
            return await self._reader.read(target.origin, kept[0].digest), f"{note}, which became a single image"
        written = written_index([Child(entry, None) for entry in kept], source.media_type)
        return written.manifest, f"{note}, which became a new index"

    def _check_platforms(self, have: list[Platform], wanted: tuple[str, ...], target: CopyTarget) -> None:
        """Raise NotFoundError (not-found) if the source lacks one of the platforms."""
        missing = [name for name in wanted if not any(matches(name, one) for one in have)]
        if missing:
            present = ", ".join(map(str, have)) or "no platform"
            raise self._absent(f"{', '.join(missing)} of {_short(target)}, which has {present}", target)

    async def _with_parts(self, plan: CopyPlan, root: Manifest, target: CopyTarget) -> CopyPlan:
        needs = needs_of(await self._reader.tree(target.origin, root))
        there = await run_all(self._has_blob(target.repository, blob) for blob in needs.blobs)
        stored = await run_all(self._has_manifest(target.repository, one.digest) for one in needs.manifests)
        lost = self._options.verify_existing and not await self._has_manifest(target.repository, root.digest)
        return replace(
            plan, data=root.data, examined=True, absent=needs.absent, reused=bool(needs.absent),
            blobs=tuple(
                self._blob_step(target, blob, n, has) for n, (blob, has) in enumerate(zip(needs.blobs, there), 1)
            ),
            manifests=tuple(
                ManifestStep(target.repository, one.descriptor, one.data, has)
                for one, has in zip(needs.manifests, stored)
            ),
            tags=tuple(replace(step, forced=self._options.force or lost) for step in plan.tags),
            platforms=tuple(dict.fromkeys(map(str, _platforms(root)))),
        )

    async def _has_blob(self, repository: str, blob: Descriptor) -> bool:
        return not self._options.force and await self._destination.has_blob(repository, blob)

    async def _has_manifest(self, repository: str, digest: str) -> bool:
        if self._options.force:
            return False
        if self._options.verify_existing:  # after a garbage collection HEAD may be wrong
            return await self._destination.is_stored(repository, digest)
        return await self._destination.head(repository, digest) is not None

    def _blob_step(self, target: CopyTarget, blob: Descriptor, number: int, has: bool) -> BlobStep:
        piece = Blob(blob, 0 if blob.media_type in CONFIGS else number, Member(blob.digest, 0, blob.size))
        if has:
            return BlobStep(target.repository, piece, PRESENT, "the registry has it")
        if self._same_registry and target.origin != target.repository:
            return BlobStep(target.repository, piece, MOUNT, f"{target.origin} has it", target.origin)
        return BlobStep(target.repository, piece, UPLOAD, "force" if self._options.force else "it is missing")


def chosen_entries(entries: tuple[Descriptor, ...], platforms: tuple[str, ...]) -> list[Descriptor]:
    """Return the entries of an index for these platforms, with the attestations that describe them."""
    images = {
        entry.digest for entry in entries
        if not is_attestation(entry) and any(matches(name, entry.platform) for name in platforms)
    }
    return [
        entry for entry in entries if (entry.annotation(ATTESTATION_SUBJECT) or entry.digest) in images
    ]


def _platforms(index: Manifest) -> list[Platform]:
    return [entry.platform for entry in index.children if entry.platform and not is_attestation(entry)]


def _unread(target: CopyTarget, root: Descriptor, before: list[str | None]) -> CopyPlan:
    return CopyPlan(
        target.source, target.source, target.repository, root, b"", (), (), (),
        tuple(TagStep(tag, old, root.digest) for tag, old in zip(target.tags, before)),
        source_digest=root.digest, examined=False,
    )


def _short(target: CopyTarget) -> str:
    return target.source.partition("/")[2]
