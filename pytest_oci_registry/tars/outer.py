# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The file around the tar: plain, gzip, xz, bzip2 or zstd, written as a stream."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Optional, cast

SUFFIXES = {None: "", "gzip": ".gz", "xz": ".xz", "bzip2": ".bz2", "zstd": ".zst"}
"""What people append to `.tar`."""


@contextmanager
def opened(path: Path, outer: Optional[str]) -> Iterator[IO[bytes]]:
    """The file, open for writing, with the compression around it; closed in order."""
    with open(path, "wb") as file:
        if outer is None:
            yield file
            # A hole at the end exists only once the length says so.
            file.truncate(file.tell())
            return
        with _compressor(file, outer) as out:
            yield out


def _compressor(file: IO[bytes], outer: str) -> IO[bytes]:
    if outer == "gzip":
        return cast("IO[bytes]", gzip.GzipFile("", "wb", 6, file, 0))
    if outer == "xz":
        return cast("IO[bytes]", lzma.LZMAFile(file, "wb", preset=1))
    if outer == "bzip2":
        return cast("IO[bytes]", bz2.BZ2File(file, "wb"))
    try:
        import zstandard
    except ImportError as error:
        raise ValueError("outer='zstd' needs the package zstandard; install it or use gzip") from error
    return cast("IO[bytes]", zstandard.ZstdCompressor().stream_writer(file, closefd=False))
