# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the copying of images needs of a source and of a destination. tests/client/stores holds every one to it."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from ..endpoints.results import Stored, UploadOutcome
    from ..images.descriptor import Descriptor
    from ..images.manifest import Manifest
    from ..images.model import Entry, Layer, Member
    from ..transport.request import Body, Progress, StreamBody


class Source(t.Protocol):
    """Reads images, never writes. Pieces (`Member`) belong to the source that they come from."""

    @property
    def label(self) -> str:
        """Name of the source in plans, messages and results: the path of a tar, the name of a repository."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The images and indexes of the source, under the names that it gives them."""

    async def digest(self, piece: Member) -> str:
        """Return the sha256 digest of a piece, read once, for what no document records."""

    async def body(self, piece: Member, progress: Progress | None) -> Body:
        """Return a piece as a request takes it; `progress` is called with the bytes that went out since the last call.

        Raises TarReadError (truncated, changed, no-space) when the body is made or while it is sent.
        """

    def content(self, layer: Layer) -> Iterator[bytes]:
        """Yield a layer's decompressed content in blocks of 1 MiB, in a thread; CodecError if it is damaged."""

    async def verify(self, layer: Layer) -> str:
        """Return "" if a compressed layer contains what the image's config says, else what it contains, in words."""

    async def diagnose(self, piece: Member) -> str:
        """Return the digest of a piece as it is now, after a destination refused it.

        Raises TarReadError (changed) if the source was written to since it was read.
        """

    @property
    def mount_from(self) -> str | None:
        """The repository of the destination's registry that has all blobs of this source, None if there is none."""


class Destination(t.Protocol):
    """Is asked first and written to afterwards. Blobs are written before manifests, and manifests before tags.

    Answers are remembered until `forget`, so that a question is asked once however many images need its answer.
    """

    @property
    def label(self) -> str:
        """Name of the destination in plans and messages: host and port of a registry."""

    @property
    def max_concurrent(self) -> int:
        """How many blobs may be written in parallel."""

    async def head(self, repository: str, digest: str) -> Descriptor | None:
        """Return the descriptor of a manifest by digest, None if there is none."""

    async def tag(self, repository: str, tag: str) -> Descriptor | None:
        """Return what a tag points to, of whatever media type; None if there is no such tag."""

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or digest, verified and parsed; None if there is none."""

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Return whether the repository has a blob, as far as it says."""

    def forget(self) -> None:
        """Ask again from here on: what was answered so far may have changed."""

    async def has_blob_now(self, repository: str, blob: Descriptor) -> bool:
        """As has_blob, never from memory."""

    async def is_readable(self, repository: str, blob: Descriptor) -> bool:
        """Return whether the last byte of a blob can be read, which a garbage collection may have taken."""

    async def tag_now(self, repository: str, tag: str) -> Descriptor | None:
        """As tag, never from memory."""

    async def is_stored(self, repository: str, digest: str) -> bool:
        """Return whether a manifest can be read back whole, never from memory."""

    async def mount_blob(self, repository: str, blob: Descriptor, origin: str, *, what: str) -> bool:
        """Link a blob of the repository `origin` into this one; False if that is not possible here."""

    async def put_blob(
        self, repository: str, blob: Descriptor, body: Callable[[], Awaitable[Body | None]], *,
        mount_from: str | None, what: str,
    ) -> UploadOutcome:
        """Write a blob of known digest, or mount it from another repository if that works.

        `body` is called when its turn comes; the blob is not written if it returns None. Raises RefusedError with the
        code DIGEST_INVALID if the bytes do not have the digest.
        """

    async def put_stream(
        self, repository: str, body: StreamBody, digest: Callable[[], str], *, what: str
    ) -> str:
        """Write a blob whose digest is known only when its last byte was read; returns that digest."""

    async def put_manifest(self, repository: str, reference: str, data: bytes, media_type: str) -> Stored:
        """Write a manifest under a tag or digest; raises RefusedError (code of MISSING_PARTS) if a part is missing."""

    async def referrers(self, repository: str, digest: str) -> tuple[str, ...]:
        """Return the digests that are listed as referrers of a manifest."""

    async def record_referrers(self, repository: str, subject: str, entries: Sequence[dict[str, t.Any]]) -> None:
        """Add entries to the list of referrers of a manifest, if nothing but such a list makes them known."""

    async def commit(self) -> None:
        """Make visible what was written, if that does not happen at once."""

    async def aclose(self) -> None:
        """Stop what is still being asked. The connection belongs to the caller."""
