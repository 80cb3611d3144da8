# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan: blobs, then manifests, children first, then tags when all images of the task are there."""

from __future__ import annotations

import asyncio
import typing as t

from ..concurrency import together
from ..endpoints.manifests import head_manifest, put_manifest
from ..errors import RefusedError, RegistryError
from ..models import Descriptor
from ..problems import problem
from .blobs import BlobSender
from .complete import completed
from .compress import LayerCompressor, Tools
from .outcome import Outcome
from .plan import MOUNT, PRESENT, UPLOAD, ImagePlan, ManifestStep, PushPlan, TagStep
from .verify import Verifier

if t.TYPE_CHECKING:
    from ..archive.reader import Archive
    from ..transport.session import Session
    from .request import PushOptions, PushProgress

# What registries answer to a manifest when a blob or child that HEAD promised is not there.
_MISSING = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"})


TAGGERS = 16  # images whose tags are written at once: enough to hide latency, few enough to stop early


async def run_plan(
    plan: PushPlan, session: Session, archives: t.Mapping[str, Archive], options: PushOptions, tools: Tools,
    progress: PushProgress | None = None,
) -> Outcome:
    """Do what the plan says and return what came of it.

    Without `options.continue_on_error` the first failure stops all: no further tag is written. With it, the images that
    failed are left untagged and the others are finished. A cancellation passes through; uploads under way are released.
    """
    runner = _Runner(plan, session, archives, options, tools, progress)
    try:
        await together(runner.prepare(number) for number in range(len(plan.images)))
        await runner.tag_all()
    except _Stop:
        pass
    finally:
        await runner.aclose()
    return runner.outcome


class _Stop(Exception):
    """The first failure of a run that does not continue; it is kept in the outcome."""


class _Runner:
    def __init__(
        self, plan: PushPlan, session: Session, archives: t.Mapping[str, Archive], options: PushOptions, tools: Tools,
        progress: PushProgress | None,
    ) -> None:
        self.plan = plan
        self.session = session
        self.options = options
        self.outcome = Outcome()
        self.ready: list[int] = []
        self._compressor = LayerCompressor(session, archives, tools, progress)
        self._blobs = BlobSender(
            session, archives, self.outcome, self._compressor, progress, verify=options.verify_existing
        )
        self._verifier = Verifier(archives)
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}
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
        await together(self._tag_one(number) for number in order if number not in indexes)
        for number in indexes:
            await self._tag_one(number)

    async def _tag_one(self, number: int) -> None:
        async with self._taggers:
            if self._stopped:
                return
            await self._attempt(number, self._tag(self._image(number)))
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
        proof = asyncio.ensure_future(self._verifier.check(image))
        try:
            await self._blobs.finished(image)
            await proof
        finally:
            proof.cancel()
            await asyncio.gather(proof, return_exceptions=True)
        if image.pending is not None:
            image = completed(image, self._blobs.made, self._compressor.kind, self.options.manifest_format)
            self.outcome.completed[number] = image
        for step in image.manifests:
            if not step.present:
                await self._put_child(image, step)

    async def _put_child(self, image: ImagePlan, step: ManifestStep) -> None:
        """Write a manifest by its digest, once in a task however many indexes name it."""
        key = step.repository, step.descriptor.digest
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key not in self.outcome.manifests:
                await self._put(image, step.descriptor.digest, step.descriptor, step.data)
                self.outcome.manifests.add(key)

    async def _tag(self, image: ImagePlan) -> None:
        """Write the tags of one image; of several that are the same image and share a tag, the first writes it."""
        for step in image.tags:
            key = image.repository, step.tag
            async with self._turns.setdefault(key, asyncio.Lock()):
                if step.writes and key not in self.outcome.tags:
                    await self._put_tag(image, step)
                    self.outcome.tags.add(key)

    async def _put_tag(self, image: ImagePlan, step: TagStep) -> None:
        try:
            await self._put(image, step.tag, image.root, image.data)
        except RefusedError as error:
            now = None if error.retryable else await self._named(image.repository, step.tag)
            if now == step.after:
                return  # ECR refuses an immutable tag even for the digest that it has: containers-roadmap#2380
            if now is None or not (_is_immutable(error) or now != step.before):
                raise
            raise problem(
                "tag-is-taken", image=f"{image.repository}:{step.tag}", old=now, new=step.after, path=image.path,
                rule="the registry's immutability rule", advice="lift the rule", left="the tag stays as it is",
                status=error.status, registry_code=error.registry_code, registry_message=error.registry_message,
            ) from error

    async def _named(self, repository: str, tag: str) -> str | None:
        try:
            head = await head_manifest(self.session, repository, tag)
        except RegistryError:
            return None  # the refusal says more
        return head.digest if head else None

    async def _put(self, image: ImagePlan, reference: str, descriptor: Descriptor, data: bytes) -> None:
        try:
            await put_manifest(self.session, image.repository, reference, data, descriptor.media_type)
        except RefusedError as error:
            if error.registry_code not in _MISSING:
                raise
            await self._send_again(image)
            await self._put_last(image, reference, descriptor, data)

    async def _send_again(self, image: ImagePlan) -> None:
        """Send what HEAD said was there, without asking: it lies after a garbage collection (distribution#4569)."""
        if image.reused:
            return
        await together(
            self._blobs.send_unasked(image, step) for step in image.blobs
            if self.outcome.actions.get(step.key, step.action) != UPLOAD
        )
        for step in image.manifests:
            if step.present:
                await put_manifest(
                    self.session, image.repository, step.descriptor.digest, step.data, step.descriptor.media_type
                )
                self.outcome.manifests.add((image.repository, step.descriptor.digest))

    async def _put_last(self, image: ImagePlan, reference: str, descriptor: Descriptor, data: bytes) -> None:
        try:
            await put_manifest(self.session, image.repository, reference, data, descriptor.media_type)
        except RefusedError as error:
            if error.registry_code not in _MISSING:
                raise
            raise problem(
                "lost-blob", registry=self.plan.registry, blob=_first_blob(image), image=image.label,
                status=error.status, registry_code=error.registry_code, registry_message=error.registry_message,
            ) from error

    async def aclose(self) -> None:
        await self._blobs.aclose()
        self._compressor.close()


def _is_immutable(error: RefusedError) -> bool:
    """True where the refusal is about moving a tag: no code for it is common, the word is (ECR, Harbor, GAR, Quay)."""
    return "immutable" in f"{error.registry_code} {error.registry_message}".lower()


def _first_blob(image: ImagePlan) -> str:
    present = [step.blob.descriptor.digest for step in image.blobs if step.action in (PRESENT, MOUNT)]
    return present[0] if present else "every blob"
