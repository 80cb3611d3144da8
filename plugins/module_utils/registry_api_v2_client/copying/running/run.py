# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan: blobs, then manifests, children first, then tags when all images of the task are there."""

from __future__ import annotations

import asyncio
import typing as t

from ...concurrency import run_all, started
from ...errors import RegistryError
from ..plan import PRESENT, ImagePlan, PushPlan
from .blobs import BlobSender
from .complete import completed
from .manifests import ManifestWriter
from .outcome import PushOutcome
from .referrers import cannot_hold, record_lists, refused
from .verify import Verifier

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination, Source
    from ..compression.compress import LayerCompressor
    from ..request import PushOptions, PushProgress

TAGGERS = 16  # images whose tags are written at once: enough to hide latency, few enough to stop early


async def run_plan(
    plan: PushPlan, destination: Destination, sources: t.Mapping[str, Source], options: PushOptions,
    compressor: LayerCompressor | None = None, progress: PushProgress | None = None,
) -> PushOutcome:
    """Do what the plan says and return what came of it.

    Without `options.continue_on_error` the first failure stops all: no further tag is written. With it, the images that
    failed are left untagged and the others are finished. A cancellation passes through; uploads under way are released.
    """
    runner = _Runner(plan, destination, sources, options, compressor, progress)
    try:
        owned = [number for number, image in enumerate(plan.images) if image.owned]
        await run_all(runner.prepare(number) for number in range(len(plan.images)) if number not in owned)
        await runner.prepare_referrers(owned)
        await runner.tag_all()
        await destination.commit()
    except _Stop:
        pass
    finally:
        await runner.aclose()
    return runner.outcome


class _Stop(Exception):
    """The first failure of a run that does not continue; it is kept in the outcome."""


class _Runner:
    def __init__(
        self, plan: PushPlan, destination: Destination, sources: t.Mapping[str, Source], options: PushOptions,
        compressor: LayerCompressor | None, progress: PushProgress | None,
    ) -> None:
        self.plan = plan
        self.options = options
        self.outcome = PushOutcome()
        self.ready: list[int] = []
        self._compressor = compressor
        self._blobs = BlobSender(destination, sources, self.outcome, compressor, progress, options)
        self._destination = destination
        self._verifier = Verifier(sources)
        self._manifests = ManifestWriter(destination, self.outcome, self._blobs, options)
        self._taggers = asyncio.Semaphore(TAGGERS)
        self._start_uploads()

    def _start_uploads(self) -> None:
        """Start the largest blobs first, so that no long one is left alone at the end."""
        steps = [(image, step) for image in self.plan.images for step in image.blobs if step.action != PRESENT]
        for image, step in sorted(steps, key=lambda pair: -pair[1].blob.descriptor.size):
            self._blobs.start(image, step)

    def _image(self, number: int) -> ImagePlan:
        return self.outcome.completed.get(number, self.plan.images[number])

    async def prepare(self, number: int) -> None:
        """Bring blobs and child manifests of one image into the registry."""
        await self._attempt(number, self._prepare(number))
        if self._stopped:
            raise _Stop
        if number not in self.outcome.failed:
            self.ready.append(number)

    async def prepare_referrers(self, numbers: list[int]) -> None:
        """Write referrers, each after what it refers to, and the lists of registries without the referrers API."""
        for number in numbers:
            await self._attempt_referrer(number, self._prepare(number))
        written = {number: self.plan.images[number] for number in numbers if self._is_good(number)}
        for number, error in (await record_lists(written, self._destination, self.outcome)).items():
            self._referrer_failed(number, error)
        await run_all(
            self._attempt_referrer(number, self._manifests.write_tags(self._image(number)))
            for number in numbers if self._is_good(number)
        )
        self.outcome.finished.update(number for number in numbers if self._is_good(number))
        if self._stopped:
            raise _Stop
        self.ready = [number for number in self.ready if number not in self.outcome.failed]

    def _is_good(self, number: int) -> bool:
        return number not in self.outcome.failed and number not in self.outcome.left_behind

    async def _attempt_referrer(self, number: int, work: t.Coroutine[t.Any, t.Any, None]) -> None:
        try:
            await work
        except RegistryError as error:
            self._referrer_failed(number, error)

    def _referrer_failed(self, number: int, error: RegistryError) -> None:
        """Fail the images that a referrer belongs to; with best_effort, leave behind what the registry cannot hold."""
        image = self.plan.images[number]
        if cannot_hold(error):
            error = refused(image, error, self._destination.label)
            if self.options.referrers == "best_effort":
                self.outcome.left_behind[number] = error
                return
        owners = image.owned.owners if image.owned else ()
        for at, other in enumerate(self.plan.images):
            if at == number or (other.repository == image.repository and other.root.digest in owners):
                self.outcome.failed.setdefault(at, error.about(image=other.label, path=other.path))

    @property
    def _stopped(self) -> bool:
        return bool(self.outcome.failed) and not self.options.continue_on_error

    async def tag_all(self) -> None:
        """Write the tags of all images that are there: images at once, then indexes one by one.

        What has begun is not cut off by another's failure, so that it is known what was written. distribution 2.8
        answers DIGEST_INVALID to an index while the link of one of its children is being rewritten.
        """
        order = sorted(self.ready)
        indexes = [number for number in order if self.plan.images[number].manifests]
        await run_all(self._tag_one(number) for number in order if number not in indexes)
        for number in indexes:
            await self._tag_one(number)

    async def _tag_one(self, number: int) -> None:
        async with self._taggers:
            if self._stopped:
                return
            await self._attempt(number, self._manifests.write_tags(self._image(number)))
            if number not in self.outcome.failed:
                self.outcome.finished.add(number)

    async def _attempt(self, number: int, work: t.Coroutine[t.Any, t.Any, None]) -> None:
        image = self.plan.images[number]
        try:
            await work
        except RegistryError as error:
            self.outcome.failed[number] = error.about(image=image.label, path=image.path)

    async def _prepare(self, number: int) -> None:
        image = self._image(number)
        proof = started(self._verifier.check(image))
        try:
            await self._blobs.finished(image)
            await proof
        finally:
            proof.cancel()
            await asyncio.gather(proof, return_exceptions=True)
        if image.pending is not None and self._compressor is not None:
            image = completed(image, self._blobs.compressed, self._compressor.kind, self.options.manifest_format)
            self.outcome.completed[number] = image
        await self._manifests.write_by_digest(image)

    async def aclose(self) -> None:
        await self._blobs.aclose()
