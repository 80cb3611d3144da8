# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The blobs of one run: each sent once per repository, mounted after it arrived elsewhere, counted for progress."""

from __future__ import annotations

import asyncio
import time
import typing as t

from ...concurrency import started
from ...endpoints.blobs import digest_refused
from ...endpoints.results import UploadOutcome
from ...errors import RefusedError, TarReadError
from ...problems import problem
from ..compose import to_encode
from ..plan import MOUNT, PRESENT, UPLOAD, BlobStep, ImagePlan

if t.TYPE_CHECKING:
    from ...images.descriptor import Descriptor
    from ...stores.protocols import Destination, Source
    from ...transport.request import Body, Progress
    from ..compression.compress import CompressedLayer, LayerCompressor
    from ..request import PushOptions, PushProgress
    from .outcome import PushOutcome

Key = t.Tuple[str, str]
ASK_AGAIN_AFTER = 1.0  # seconds since the plan; another client may have sent the blob by then
_ACTIONS = {UploadOutcome.MOUNTED: MOUNT, UploadOutcome.UPLOADED: UPLOAD, UploadOutcome.PRESENT: PRESENT}


class BlobSender:
    """Uploads under way, by repository and digest; `outcome` learns what each came to."""

    def __init__(
        self, destination: Destination, sources: t.Mapping[str, Source], outcome: PushOutcome,
        compressor: LayerCompressor | None, progress: PushProgress | None, options: PushOptions,
    ) -> None:
        self._options = options
        self._verify = options.verify_existing or options.force
        self._planned = time.monotonic()
        self.compressed: dict[Key, CompressedLayer] = {}
        self._compressor = compressor
        self._destination = destination
        self._sources = sources
        self._outcome = outcome
        self._progress = progress
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._again: dict[Key, asyncio.Task[None]] = {}

    def start(self, image: ImagePlan, step: BlobStep) -> None:
        """Start one upload; the session bounds how many run at once."""
        if step.key not in self._tasks:
            work = self._compress(image, step) if step.pending else self._send(image, step, step.mount_from)
            self._tasks[step.key] = started(work)

    async def finished(self, image: ImagePlan) -> None:
        """Wait until every blob of the image is in its repository; raises the first failure."""
        tasks = [self._tasks[step.key] for step in image.blobs if step.key in self._tasks]
        await asyncio.gather(*(asyncio.shield(task) for task in tasks))

    async def send_unasked(self, image: ImagePlan, step: BlobStep) -> None:
        """Send a blob that the registry claimed to have, once however many images miss it.

        Raises RefusedError (lost-blob) if it cannot be read afterwards.
        """
        if step.key not in self._again:
            self._again[step.key] = started(self._send_unasked(image, step))
        await asyncio.shield(self._again[step.key])

    async def _send_unasked(self, image: ImagePlan, step: BlobStep) -> None:
        compressor, layer = self._compressor, step.blob.layer
        if compressor is not None and layer is not None and to_encode(layer, compressor.kind):
            compressed = await compressor.compress(image, step, unasked=True)
            self._sent(step, compressed.action, compressed.descriptor.size)
        else:
            await self._upload(image, step, None, ask=False)
            self._sent(step, UPLOAD, step.blob.descriptor.size)
        self._outcome.repaired.add(step.key)
        await self._check_readable(image, step, step.blob.descriptor)

    async def _compress(self, image: ImagePlan, step: BlobStep) -> None:
        compressed = await t.cast("LayerCompressor", self._compressor).compress(image, step)
        self.compressed[step.key] = compressed
        self._sent(step, compressed.action, compressed.descriptor.size)
        if compressed.action == UPLOAD and self._verify:
            await self._check_readable(image, step, compressed.descriptor)

    async def _send(self, image: ImagePlan, step: BlobStep, mount_from: str | None) -> None:
        descriptor = step.blob.descriptor
        if mount_from is not None:
            await self._arrived(mount_from, descriptor.digest)
        arrival = await self._upload(image, step, mount_from, ask=mount_from is None and not self._options.force)
        gone = arrival is UploadOutcome.MOUNTED and self._verify and not await self._readable(step, descriptor)
        if gone:
            arrival = await self._upload(image, step, None, ask=False)  # it was linked to bytes that are gone
        self._sent(step, _ACTIONS[arrival], descriptor.size)
        if arrival is UploadOutcome.UPLOADED and self._verify:
            await self._check_readable(image, step, descriptor)

    def _sent(self, step: BlobStep, action: str, size: int) -> None:
        self._outcome.actions[step.key] = action
        self._outcome.bytes_sent += size if action == UPLOAD else 0

    async def _readable(self, step: BlobStep, blob: Descriptor) -> bool:
        return await self._destination.is_readable(step.repository, blob)

    async def _check_readable(self, image: ImagePlan, step: BlobStep, blob: Descriptor) -> None:
        if not await self._readable(step, blob):
            raise problem(
                "lost-blob", registry=self._destination.label, blob=_what(image, step), image=image.label,
                cause="its last byte cannot be read after the upload",
            )

    async def _came_meanwhile(self, step: BlobStep) -> bool:
        """Return whether another client sent the blob since the plan was made, if that is a while ago."""
        if time.monotonic() - self._planned < ASK_AGAIN_AFTER:
            return False
        return await self._destination.has_blob_now(step.repository, step.blob.descriptor)

    async def _upload(self, image: ImagePlan, step: BlobStep, mount_from: str | None, *, ask: bool) -> UploadOutcome:
        async def body() -> Body | None:
            return None if ask and await self._came_meanwhile(step) else await self._body(image, step)

        try:
            return await self._destination.put_blob(
                step.repository, step.blob.descriptor, body, mount_from=mount_from, what=_what(image, step)
            )
        except TarReadError:
            if step.blob.member is not None:
                await self._sources[image.path].diagnose(step.blob.member)  # which says more than "truncated"
            raise
        except RefusedError as error:
            if error.status == 400 or digest_refused(error):
                await self._diagnose(image, step, error)
            raise

    async def _arrived(self, repository: str, digest: str) -> None:
        """Wait for the same blob in the repository that it is mounted from; its failure does not matter here."""
        task = self._tasks.get((repository, digest))
        if task is not None:
            await asyncio.wait([task])

    async def _body(self, image: ImagePlan, step: BlobStep) -> Body:
        blob = step.blob
        if blob.data is not None:
            return blob.data
        if blob.member is None:
            raise problem(
                "bad-archive", member=blob.descriptor.digest, path=image.path, image=image.label,
                cause="is named by the image but is not in the file",
            )
        progress = self._counter(blob.descriptor.digest, blob.descriptor.size)
        return await self._sources[image.path].body(blob.member, progress)

    def _counter(self, digest: str, size: int) -> Progress | None:
        report = self._progress
        if report is None:
            return None
        done = 0

        def moved(count: int) -> None:
            nonlocal done
            done += count
            report(digest, done, size)

        return moved

    async def _diagnose(self, image: ImagePlan, step: BlobStep, error: RefusedError) -> None:
        """Hash a blob that the registry refused; raises ValidationError (corrupt-layer) where the file is to blame, and
        TarReadError (changed) where it was written to meanwhile."""
        blob = step.blob
        if blob.member is None:
            return
        actual = await self._sources[image.path].diagnose(blob.member)
        if actual != blob.descriptor.digest:
            raise problem(
                "corrupt-layer", member=blob.member.name, path=image.path, n=blob.position,
                total=max((len(one.image.layers) for one in image.images), default=0), image=image.label, actual=actual,
                expected=blob.descriptor.digest,
            ) from error

    async def aclose(self) -> None:
        """Cancel what is still under way and wait for it to be released."""
        tasks = [*self._tasks.values(), *self._again.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _what(image: ImagePlan, step: BlobStep) -> str:
    return f"layer {step.blob.position} of {image.label}" if step.blob.position else f"the config of {image.label}"
