# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Bytes that are the same in every run: what a layer holds, and blobs that can be read again and again."""

from __future__ import annotations

import hashlib
import io
import random
import re
import tarfile
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Optional, Union

BLOCK = 1 << 20
"""Bytes that are produced at a time, and the period with which longer content repeats."""
SPOOL = 8 << 20
"""Bytes of a compressed layer that stay in memory; longer ones go to a temporary file."""
ZEROS = bytes(BLOCK)
"""The block of zeros: the writer recognises this very object and leaves a hole in the file."""

_UNITS = {"": 1, "B": 1, "K": 10**3, "KB": 10**3, "KIB": 1 << 10, "M": 10**6, "MB": 10**6, "MIB": 1 << 20,
          "G": 10**9, "GB": 10**9, "GIB": 1 << 30}


def parse_size(size: Union[int, str]) -> int:
    """Bytes meant by 3000000, "3MB" (decimal) or "2GiB" (binary). Raises ValueError for anything else."""
    if isinstance(size, int):
        return size
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", size)
    if match is None or match.group(2).upper() not in _UNITS:
        raise ValueError(f"{size!r} is no size: write 3000000, '3MB' or '2GiB'")
    return int(float(match.group(1)) * _UNITS[match.group(2).upper()])


def sha256(data: bytes) -> str:
    """Digest of the bytes, as `sha256:<hex>`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Blob:
    """Bytes with their digest, produced anew by each call of `chunks`; nothing is held in memory."""

    digest: str
    size: int
    chunks: Callable[[], Iterator[bytes]]

    @property
    def hex(self) -> str:
        """The digest without its algorithm."""
        return self.digest.partition(":")[2]

    def read(self) -> bytes:
        """All bytes; only for documents."""
        return b"".join(self.chunks())


def bytes_blob(data: bytes) -> Blob:
    """A blob of bytes that are there already."""
    return Blob(sha256(data), len(data), lambda: iter((data,)))


def stream_blob(chunks: Callable[[], Iterator[bytes]]) -> Blob:
    """A blob of what `chunks` produces; it is run once now for digest and size, in flat memory."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks():
        digest.update(chunk)
        size += len(chunk)
    return Blob("sha256:" + digest.hexdigest(), size, chunks)


def filling(size: int, fill: str, seed: str) -> Iterator[bytes]:
    """Exactly `size` bytes: `random` (cannot be compressed), `text` (can), or `zeros` (a hole in the file)."""
    block = _block(fill, seed, min(size, BLOCK))
    while size > 0:
        yield block if size >= len(block) else block[:size]
        size -= len(block)


def _block(fill: str, seed: str, size: int) -> bytes:
    if fill == "zeros":
        return ZEROS
    if fill == "random":
        return random.Random("oci-registry " + seed).getrandbits(8 * max(size, 1)).to_bytes(max(size, 1), "big")
    if fill == "text":
        line = f"{seed}: the quick brown fox jumps over the lazy dog\n".encode()
        return (line * (max(size, 1) // len(line) + 1))[:max(size, 1)]
    raise ValueError(f"fill={fill!r}: use random, text or zeros")


def layer_tar(files: Mapping[str, bytes], size: int, fill: str, seed: str) -> Blob:
    """The uncompressed layer: the given files, then one file of `size` bytes of filling."""
    padding = bytes(-size % tarfile.BLOCKSIZE)

    def chunks() -> Iterator[bytes]:
        for name, data in files.items():
            yield _layer_header(name, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE)
        if size:
            yield _layer_header(f"srv/{sha256(seed.encode())[7:15]}.bin", size)
            yield from filling(size, fill, seed)
        yield padding + bytes(2 * tarfile.BLOCKSIZE)

    return stream_blob(chunks)


def _layer_header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    return member.tobuf(tarfile.GNU_FORMAT)


def compressed(blob: Blob, compression: Optional[str]) -> Blob:
    """The blob as it is stored: None is raw, `gzip` and `zstd` are spooled to disk beyond 8 MiB."""
    if compression is None:
        return blob
    if compression not in _COMPRESSORS:
        raise ValueError(f"compression={compression!r}: use gzip, zstd or None")
    return stream_blob(_Spool(_COMPRESSORS[compression](blob.chunks())).chunks)


class _Spool:
    """Bytes that were expensive to make, kept for as long as a blob reads from here; the file has no name."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - closed by the finalizer
        weakref.finalize(self, self._file.close)
        for chunk in chunks:
            self._file.write(chunk)

    def chunks(self) -> Iterator[bytes]:
        offset = 0
        while True:
            self._file.seek(offset)
            chunk = self._file.read(BLOCK)
            if not chunk:
                return
            offset += len(chunk)
            yield chunk


def _gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    # wbits 31 writes a header without name and time, so that the bytes depend on the content alone.
    deflate = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in chunks:
        yield deflate.compress(chunk)
    yield deflate.flush()


def _zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise ValueError("compression='zstd' needs the package zstandard; install it or use gzip") from error
    sink = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(sink, closefd=False) as writer:
        for chunk in chunks:
            writer.write(chunk)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


_COMPRESSORS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {"gzip": _gzip, "zstd": _zstd}
