# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A repository as a source: its blobs are mounted within one registry, else streamed through this host."""

from __future__ import annotations

import typing as t

from ..endpoints.blobs import read_part, stream_blob
from ..transport.request import RangeBody, StreamBody

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ..images.model import Entry, Layer, Member
    from ..transport.request import Body, Progress, Sender


class RegistrySource:
    """See stores/protocols.py. The name of a piece is its digest; nothing is hashed, since destinations verify digests.

    `mount_from` is None if the destination is another registry.
    """

    def __init__(
        self, session: Sender, repository: str, entries: tuple[Entry, ...] = (), *, label: str = "",
        mount_from: str | None = None,
    ) -> None:
        self.label = label or repository
        self.entries = entries
        self.mount_from = mount_from
        self._session = session
        self._repository = repository

    async def digest(self, piece: Member) -> str:
        return piece.name

    async def body(self, piece: Member, progress: Progress | None) -> Body:
        if not piece.size:  # a document of an unknown type lists its digest and not its size
            return StreamBody(lambda: self._chunks(piece), progress)
        return RangeBody(
            lambda offset, size: read_part(
                self._session, self._repository, piece.name, offset, size, whole=size == piece.size
            ),
            piece.size, progress,
        )

    async def _chunks(self, piece: Member) -> AsyncIterator[bytes]:
        size = piece.size or None  # 0 if the entry of an index does not contain it
        async with stream_blob(self._session, self._repository, piece.name, size=size) as chunks:
            async for chunk in chunks:
                yield chunk

    def content(self, layer: Layer) -> Iterator[bytes]:
        raise ValueError("layers of a registry are copied as they are")

    async def verify(self, _layer: Layer) -> str:
        return ""  # whoever pushed the image paired config and layers; a copy keeps both

    async def diagnose(self, piece: Member) -> str:
        async for _chunk in self._chunks(piece):
            pass  # raises RefusedError (wrong-bytes) if this side is wrong
        return piece.name
