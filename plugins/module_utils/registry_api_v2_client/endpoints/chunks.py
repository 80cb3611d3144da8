# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Cuts a stream of unknown length into parts, each a stream itself, without holding one in memory."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType


class Chunker:
    """The parts of one stream, `size` bytes each but the last (None: one part). Closes the stream at the end."""

    def __init__(self, stream: AsyncIterator[bytes], size: int | None) -> None:
        self._stream = stream
        self._size = size
        self._rest = b""
        self.offset = 0  # bytes that were given out
        self.finished = False

    async def __aenter__(self) -> Chunker:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()

    async def next_chunk(self) -> t.AsyncIterator[bytes]:
        """Give the bytes of the next part; `finished` is set when it was the last one."""
        left = self._size
        while left is None or left > 0:
            data = self._rest or await self._more()
            if not data:
                self.finished = True
                return
            piece = data if left is None else data[:left]
            self._rest = data[len(piece):]
            self.offset += len(piece)
            left = None if left is None else left - len(piece)
            yield piece
        self._rest = self._rest or await self._more()
        self.finished = not self._rest

    async def _more(self) -> bytes:
        async for data in self._stream:
            if data:
                return data
        return b""
