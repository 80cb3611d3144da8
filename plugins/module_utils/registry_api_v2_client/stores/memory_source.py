# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Images that are made here, whose pieces are in memory."""

from __future__ import annotations

import typing as t

from ..reference import digest_of

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ..images.model import Entry, Layer, Member
    from ..transport.request import Progress


class MemorySource:
    """See stores/protocols.py. `pieces` holds the bytes of each piece by its name; layers are small and sound."""

    mount_from = None

    def __init__(self, label: str, entries: tuple[Entry, ...], pieces: t.Mapping[str, bytes]) -> None:
        self.label = label
        self.entries = entries
        self._pieces = pieces

    async def digest(self, piece: Member) -> str:
        return digest_of(self._pieces[piece.name])

    async def body(self, piece: Member, _progress: Progress | None) -> bytes:
        return self._pieces[piece.name]

    def content(self, layer: Layer) -> Iterator[bytes]:
        raise ValueError("images that are made here are not compressed again")

    async def verify(self, _layer: Layer) -> str:
        return ""

    async def diagnose(self, piece: Member) -> str:
        return await self.digest(piece)
