# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Layers by their first bytes: which compression, and the uncompressed content as a stream."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import IO, cast

OUTPUT = 1 << 20
"""Bytes of decompressed content that are produced at a time, whatever a compressed piece would swell to."""


class Unreadable(Exception):
    """The bytes are not what they begin as."""


def sniff(first: bytes) -> str:
    """gzip, zstd or tar, by the first bytes and never by a name."""
    if first[:2] == b"\x1f\x8b":
        return "gzip"
    if first[:4] == b"\x28\xb5\x2f\xfd" or (first[1:4] == b"\x2a\x4d\x18" and first[:1] and first[0] & 0xF0 == 0x50):
        return "zstd"
    return "tar"


def decompressed(kind: str, first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The content, in pieces of at most 1 MiB. Raises Unreadable for broken streams."""
    chunks = itertools.chain((first,), rest)
    if kind == "gzip":
        return _gunzip(chunks)
    if kind == "zstd":
        return _unzstd(chunks)
    return chunks


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(31)
    for chunk in chunks:
        # Zeros behind the last member are padding, as gzip itself has it; anything else begins a new member.
        left = chunk.lstrip(b"\0") if inflate.eof else chunk
        while left:
            inflate = zlib.decompressobj(31) if inflate.eof else inflate
            yield _inflated(inflate, left)
            left = inflate.unused_data.lstrip(b"\0") if inflate.eof else inflate.unconsumed_tail
    # Output may still be waiting when the last input byte went in.
    while not inflate.eof:
        piece = _inflated(inflate, b"")
        if not piece:
            raise Unreadable("gzip: the stream ends early")
        yield piece


def _inflated(inflate: zlib._Decompress, chunk: bytes) -> bytes:
    try:
        return inflate.decompress(chunk, OUTPUT)
    except zlib.error as error:
        raise Unreadable(f"gzip: {error}") from error


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise Unreadable("zstd: install the package zstandard to look into it") from error
    reader = zstandard.ZstdDecompressor().stream_reader(cast(IO[bytes], _File(chunks)), read_across_frames=True)
    try:
        while True:
            piece: bytes = reader.read(OUTPUT)
            if not piece:
                return
            yield piece
    except zstandard.ZstdError as error:
        raise Unreadable(f"zstd: {error}") from error


class _File:
    """Chunks with the `read` that a decompressor wants."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        while not self._left:
            self._left = next(self._chunks, b"")
            if not self._left:
                return b""
        piece, self._left = self._left[:size], self._left[size:]
        return piece
