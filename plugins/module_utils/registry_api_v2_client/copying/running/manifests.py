# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Write the manifests and tags of one push: repair what the registry lost, and read back what is in doubt."""

from __future__ import annotations

import asyncio
import typing as t

from ...concurrency import run_all
from ...errors import RefusedError, RegistryError
from ...problems import problem, quoted
from ...transport.answers import MISSING_PARTS
from ..plan import PRESENT, UPLOAD, BlobStep, ImagePlan, TagStep

if t.TYPE_CHECKING:
    from ...endpoints.results import Stored
    from ...images.descriptor import Descriptor
    from ...stores.protocols import Destination
    from ..request import PushOptions
    from .blobs import BlobSender
    from .outcome import PushOutcome


class ManifestWriter:
    """Writes each manifest and tag once in a task; `outcome` records them."""

    def __init__(
        self, destination: Destination, outcome: PushOutcome, blobs: BlobSender, options: PushOptions
    ) -> None:
        self._destination = destination
        self._outcome = outcome
        self._blobs = blobs
        self._options = options
        self._turns: dict[tuple[str, str], asyncio.Lock] = {}

    async def write_by_digest(self, image: ImagePlan) -> None:
        """Write the child manifests of an image, and its own if it has to be read back before a tag points to it.

        Raises RefusedError (lost-blob) if a manifest cannot be read after the registry accepted it.
        """
        doubt = await self._in_doubt(image)
        if doubt and not self._options.verify_existing:
            await self._repair_blobs(image)
        for step in image.manifests:
            if not step.present:
                await self._write_once(image, step.descriptor, step.data, doubt)
        if doubt or (image.signed and any(step.writes for step in image.tags)):
            await self._write_once(image, image.root, image.data, doubt)

    async def _in_doubt(self, image: ImagePlan) -> bool:
        """Return whether an accepted manifest may not be stored.

        After a garbage collection, the cache of distribution reports blobs that are gone, and a PUT of a manifest that
        it remembers stores nothing: all blobs are present, but the manifest is not.
        """
        lacks_child = any(not step.present for step in image.manifests)
        if not lacks_child and not any(step.writes for step in image.tags):
            return False
        if self._options.force or self._options.verify_existing:
            return True
        if image.reused or not image.blobs or not all(self._is_claimed(step) for step in image.blobs):
            return False
        if lacks_child or any(step.before == image.root.digest for step in image.tags):
            return lacks_child
        return not await self._destination.is_stored(image.repository, image.root.digest)

    def _is_claimed(self, step: BlobStep) -> bool:
        """Return whether only the registry's word shows that it has the blob."""
        return self._outcome.actions.get(step.key, step.action) == PRESENT

    async def _repair_blobs(self, image: ImagePlan) -> None:
        """Send the blobs that the registry claims to have but whose last byte cannot be read."""
        claimed = [step for step in image.blobs if self._is_claimed(step)]
        readable = await run_all(
            self._destination.is_readable(image.repository, step.blob.descriptor) for step in claimed
        )
        await run_all(self._blobs.send_unasked(image, step) for step, good in zip(claimed, readable) if not good)

    async def _write_once(self, image: ImagePlan, descriptor: Descriptor, data: bytes, read_back: bool) -> None:
        """Write a manifest by its digest, once in a task however many images refer to it."""
        key = image.repository, descriptor.digest
        async with self._turns.setdefault(key, asyncio.Lock()):
            if key in self._outcome.manifests:
                return
            stored = await self._put(image, descriptor.digest, descriptor, data)
            self._outcome.subjects[key] = stored.subject
            if read_back and not await self._destination.is_stored(*key):
                raise self._lost(f"the manifest {descriptor.digest}", image, "the manifest cannot be read back")
            self._outcome.manifests.add(key)

    async def write_tags(self, image: ImagePlan) -> None:
        """Write the tags of an image; if several images that are the same share one, the first writes it."""
        for step in image.tags:
            key = image.repository, step.tag
            async with self._turns.setdefault(key, asyncio.Lock()):
                if step.writes and key not in self._outcome.tags:
                    await self._put_tag(image, step)
                    self._outcome.tags.add(key)

    async def _put_tag(self, image: ImagePlan, step: TagStep) -> None:
        try:
            await self._put(image, step.tag, image.root, image.data)
        except RefusedError as error:
            now = await self._named(image.repository, step.tag) if _is_immutable(error) else None
            if now is None:
                raise
            if now == step.after:
                return  # ECR refuses an immutable tag even for the digest that it has: containers-roadmap#2380
            raise problem(
                "tag-is-taken", image=f"{image.repository}:{step.tag}", old=now, new=step.after, path=image.path,
                rule="the registry's immutability rule", advice="lift the rule", left="the tag stays as it is",
                status=error.status, registry_code=error.registry_code, registry_message=error.registry_message,
            ) from error

    async def _named(self, repository: str, tag: str) -> str | None:
        try:
            head = await self._destination.tag_now(repository, tag)
        except RegistryError:
            return None
        return head.digest if head else None

    async def _put(self, image: ImagePlan, reference: str, descriptor: Descriptor, data: bytes) -> Stored:
        """Write a manifest. If the registry misses a blob or child, send what it claimed to have, and write again."""
        put = image.repository, reference, data, descriptor.media_type
        try:
            return await self._destination.put_manifest(*put)
        except RefusedError as error:
            if not error.has_code(*MISSING_PARTS):
                raise
        await self._send_again(image)
        try:
            return await self._destination.put_manifest(*put)
        except RefusedError as error:
            if not error.has_code(*MISSING_PARTS):
                raise
            said = f"{error.status}{quoted(error.registry_code, error.registry_message)}"
            claimed = [step.blob.descriptor.digest for step in image.blobs if step.action != UPLOAD]
            cause = f"it refused the manifest after a second upload with {said}"
            raise self._lost(claimed[0] if claimed else "every blob", image, cause, error) from error

    async def _send_again(self, image: ImagePlan) -> None:
        """Send what the registry claimed to have without asking it: HEAD is wrong after a garbage collection
        (distribution#4569)."""
        if image.reused:
            return
        await run_all(
            self._blobs.send_unasked(image, step) for step in image.blobs
            if self._outcome.actions.get(step.key, step.action) != UPLOAD
        )
        for step in image.manifests:
            if step.present:
                await self._destination.put_manifest(
                    image.repository, step.descriptor.digest, step.data, step.descriptor.media_type
                )
                self._outcome.manifests.add((image.repository, step.descriptor.digest))

    def _lost(self, what: str, image: ImagePlan, cause: str, error: RefusedError | None = None) -> RegistryError:
        said = ("status", "registry_code", "registry_message")
        return problem(
            "lost-blob", registry=self._destination.label, blob=what, image=image.label, cause=cause,
            **{name: getattr(error, name, None) for name in said},
        )


def _is_immutable(error: RefusedError) -> bool:
    """True if the refusal is about moving a tag: registries share no code for it, only the word (ECR, Harbor, GAR)."""
    return "immutable" in f"{error.registry_codes} {error.registry_message}".lower()
