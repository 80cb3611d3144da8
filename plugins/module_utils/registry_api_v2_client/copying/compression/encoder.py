# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One layer being compressed: block by block in threads, hashed on both sides, never held whole."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import typing as t
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ...archive.bytes.codecs import CodecError

if t.TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from .recipe import Recipe


@dataclass(frozen=True)
class Encoded:
    """What a layer became: digest and size (bytes) of the new form, and the digest of its content.

    `content_digest` is None where the archive's own compressed form could not be read to its end; `fault` says why.
    """

    digest: str
    size: int
    content_digest: str | None
    fault: str = ""


class LayerEncoder:
    """A pass over one layer. `chunks()` gives the new form once; then `encoded` says what it was."""

    def __init__(
        self, content: Callable[[], Iterator[bytes]], recipe: Recipe, pool: ThreadPoolExecutor,
        counter: Callable[[int], None] | None = None,
    ) -> None:
        """`counter` is called in the event loop with the number of content bytes that were read so far."""
        self._content = content
        self._recipe = recipe
        self._pool = pool
        self._counter = counter
        self._read = 0
        self._stopped = False  # seen by the thread, between two blocks
        self.size = 0  # bytes of the new form that were made so far
        self.encoded: Encoded | None = None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the new form in pieces; the next one is made while the last one is on its way."""
        loop = asyncio.get_running_loop()
        pieces = self._pieces()
        coming = loop.run_in_executor(self._pool, next, pieces, None)
        try:
            while True:
                piece = await asyncio.shield(coming)
                if piece is None:
                    break
                coming = loop.run_in_executor(self._pool, next, pieces, None)
                if self._counter is not None:
                    self._counter(self._read)
                yield piece
        finally:
            # A generator cannot be closed while a thread runs it, and a thread cannot be cancelled.
            self._stopped = True
            while not coming.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({coming})
            if not coming.cancelled():
                coming.exception()  # asyncio complains of one that nobody asked for
            pieces.close()

    def _pieces(self) -> t.Generator[bytes, None, None]:
        compressor = self._recipe.new()
        content, form, fault = hashlib.sha256(), hashlib.sha256(), ""
        try:
            for block in self._content():
                if self._stopped:
                    return
                content.update(block)
                self._read += len(block)
                piece = compressor.compress(block)
                form.update(piece)
                self.size += len(piece)
                if piece:
                    yield piece
        except CodecError as error:
            fault = str(error)
        piece = compressor.flush()
        form.update(piece)
        self.size += len(piece)
        self.encoded = Encoded(
            f"sha256:{form.hexdigest()}", self.size, None if fault else f"sha256:{content.hexdigest()}", fault,
        )
        if piece:
            yield piece
