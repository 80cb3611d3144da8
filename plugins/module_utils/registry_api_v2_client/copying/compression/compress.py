# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Layers that are compressed on their way: once for each content, reused where the registry has the same bytes.

Up to KEPT bytes of the new form are held in memory, so that its digest is known before anything is sent; a larger layer
is sent while it is made, and its digest is named at the end (docker's and skopeo's way).
"""

from __future__ import annotations

import asyncio
import os
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...images.descriptor import Descriptor
from ...problems import problem
from ...transport.request import StreamBody
from ..plan import MOUNT, PRESENT, UPLOAD, BlobStep, ImagePlan
from .encoder import Encoded, LayerEncoder
from .known_layers import Candidate

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ...images.model import Layer, Member
    from ...stores.protocols import Destination, Source
    from ..request import PushProgress
    from .known_layers import KnownLayers
    from .recipe import Recipe

KEPT = 8 * 1024 * 1024  # bytes of one layer's compressed form that are held in memory


@dataclass(frozen=True)
class Tools:
    """What compressing needs: how, and what is known of earlier results."""

    recipe: Recipe
    known: KnownLayers | None
    force: bool = False


@dataclass(frozen=True)
class CompressedLayer:
    """What became of one layer: its descriptor in the registry, and whether it was there, mounted or sent."""

    descriptor: Descriptor
    action: str


class LayerCompressor:
    """Compresses layers of a run, several at once; layers of the same content one after the other."""

    def __init__(
        self, destination: Destination, sources: t.Mapping[str, Source], tools: Tools, progress: PushProgress | None
    ) -> None:
        self._destination = destination
        self._sources = sources
        self._tools = tools
        self._progress = progress
        self._gate = asyncio.Semaphore(destination.max_concurrent)
        self._pool = ThreadPoolExecutor(max(2, os.cpu_count() or 1), "compress")
        self._contents: dict[str, asyncio.Lock] = {}
        self._compressed: dict[str, list[Candidate]] = {}
        self._balance = 0  # predictions that came true, less those that did not

    @property
    def kind(self) -> str:
        """What raw layers become: none, gzip or zstd."""
        return self._tools.recipe.kind

    async def compress(self, image: ImagePlan, step: BlobStep, *, unasked: bool = False) -> CompressedLayer:
        """Bring the compressed form of one layer into its repository; `unasked` sends what the registry claims to have.

        Raises ValidationError (corrupt-layer) where the layer's content is not the config's, and whatever an upload
        raises.
        """
        work = _Work(image, step, t.cast("Layer", step.blob.layer))
        async with self._contents.setdefault(work.diff_id, asyncio.Lock()), self._gate:
            unasked = unasked or self._tools.force
            compressed = await self._encoded(work, [], True) if unasked else await self._asked(work)
        self._compressed.setdefault(work.diff_id, []).append(Candidate(compressed.descriptor, step.repository, True))
        return compressed

    async def _asked(self, work: _Work) -> CompressedLayer:
        """Return a form that the registry has, without compressing where it may be believed; else compress."""
        candidates = list(self._compressed.get(work.diff_id, []))
        if self._tools.known is not None:
            candidates += await self._tools.known.candidates(work.repository, work.diff_id)
        doubtful: list[Descriptor] = []
        for candidate in candidates:
            there = await self._destination.has_blob(work.repository, candidate.descriptor)
            if candidate.trusted and there:
                return CompressedLayer(candidate.descriptor, PRESENT)
            if candidate.trusted and await self._mounted(work, candidate):
                return CompressedLayer(candidate.descriptor, MOUNT)
            if there:
                doubtful.append(candidate.descriptor)
        return await self._encoded(work, doubtful if self._balance >= 0 else [], False)

    async def _mounted(self, work: _Work, candidate: Candidate) -> bool:
        if candidate.repository is None or candidate.repository == work.repository:
            return False
        return await self._destination.mount_blob(
            work.repository, candidate.descriptor, candidate.repository, what=work.what
        )

    async def _encoded(self, work: _Work, doubtful: list[Descriptor], unasked: bool) -> CompressedLayer:
        first = self._encoder(work)
        chunks = first.chunks()
        try:
            kept, whole = await _beginning(chunks)
            if whole:
                descriptor = self._checked(work, t.cast(Encoded, first.encoded))
                compressed = await self._send_kept(work, descriptor, _emptied(kept), unasked)
            elif not doubtful:
                compressed = await self._send_stream(work, first, _joined(kept, chunks))
            else:
                kept.clear()
                confirmed = await self._confirmed(work, first, chunks, doubtful)
                compressed = confirmed or await self._encoded(work, [], False)
        finally:
            await chunks.aclose()
        await self._learn(work, compressed.descriptor)
        return compressed

    async def _confirmed(
        self, work: _Work, first: LayerEncoder, chunks: AsyncIterator[bytes], doubtful: list[Descriptor]
    ) -> CompressedLayer | None:
        """Compress on without sending: what a registry says of its blobs is believed only when our bytes agree.

        Ends early where ours are more; and other layers are not tried so where most predictions of the run were wrong,
        which is what another compressor's images look like.
        """
        longest = max(candidate.size for candidate in doubtful)
        async for _chunk in chunks:
            if first.size > longest:
                break
        digest = first.encoded.digest if first.encoded is not None else None
        true = any(candidate.digest == digest for candidate in doubtful)
        self._balance += 1 if true else -1
        return CompressedLayer(self._checked(work, t.cast(Encoded, first.encoded)), PRESENT) if true else None

    async def _send_kept(self, work: _Work, descriptor: Descriptor, data: bytes, unasked: bool) -> CompressedLayer:
        if not unasked and await self._destination.has_blob(work.repository, descriptor):
            return CompressedLayer(descriptor, PRESENT)

        async def body() -> bytes:
            return data

        await self._destination.put_blob(work.repository, descriptor, body, mount_from=None, what=work.what)
        return CompressedLayer(descriptor, UPLOAD)

    async def _send_stream(self, work: _Work, first: LayerEncoder, begun: AsyncIterator[bytes]) -> CompressedLayer:
        """Send while compressing; each further try compresses anew."""
        passes = [first]
        openings = [begun]

        def opened() -> AsyncIterator[bytes]:
            if openings:
                return openings.pop()
            passes.append(self._encoder(work))
            return passes[-1].chunks()

        def digest() -> str:
            return self._checked(work, t.cast(Encoded, passes[-1].encoded)).digest

        await self._destination.put_stream(work.repository, StreamBody(opened), digest, what=work.what)
        return CompressedLayer(self._checked(work, t.cast(Encoded, passes[-1].encoded)), UPLOAD)

    def _encoder(self, work: _Work) -> LayerEncoder:
        source = self._sources[work.image.path]
        return LayerEncoder(lambda: source.content(work.layer), self._tools.recipe, self._pool, self._counter(work))

    def _counter(self, work: _Work) -> t.Callable[[int], None] | None:
        report, size = self._progress, t.cast("Member", work.layer.member).size
        if report is None:
            return None
        return lambda done: report(work.diff_id, min(done, size), size)

    def _checked(self, work: _Work, encoded: Encoded) -> Descriptor:
        layer = work.layer
        if encoded.content_digest != layer.diff_id:
            actual = encoded.content_digest or f"broken ({encoded.fault})"
            raise problem(
                "corrupt-layer", member=layer.member.name if layer.member else "", path=work.image.path,
                n=work.step.blob.position, total=max(len(one.image.layers) for one in work.image.images),
                image=work.image.label, actual=actual, expected=layer.diff_id,
            )
        return Descriptor("", encoded.digest, encoded.size)

    async def _learn(self, work: _Work, descriptor: Descriptor) -> None:
        if self._tools.known is not None:
            await self._tools.known.learn(work.diff_id, descriptor.digest, descriptor.size, self._tools.recipe.library)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False)


@dataclass(frozen=True)
class _Work:
    image: ImagePlan
    step: BlobStep
    layer: Layer

    @property
    def repository(self) -> str:
        return self.step.repository

    @property
    def diff_id(self) -> str:
        return t.cast(str, self.layer.diff_id)

    @property
    def what(self) -> str:
        return f"layer {self.step.blob.position} of {self.image.label}"


async def _beginning(chunks: AsyncIterator[bytes]) -> tuple[list[bytes], bool]:
    """Return what was made until KEPT bytes were reached, and whether that is all."""
    kept: list[bytes] = []
    size = 0
    async for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size > KEPT:
            return kept, False
    return kept, True


def _emptied(kept: list[bytes]) -> bytes:
    """Return the pieces as one, and let go of them."""
    data = b"".join(kept)
    kept.clear()
    return data


async def _joined(kept: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    kept.reverse()
    while kept:
        yield kept.pop()
    async for chunk in rest:
        yield chunk
