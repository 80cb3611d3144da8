# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Bytes of blobs: small ones in memory, big ones on disk, all read by offset."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Content:
    """Stored bytes, either `data` or the file at `path`; size is bytes."""

    size: int
    data: bytes | None = None
    path: Path | None = None

    def chunks(self, offset: int = 0, size: int | None = None) -> Iterator[bytes]:
        """The bytes from offset on, in pieces of at most CHUNK."""
        left = self.size - offset if size is None else size
        if self.path is None:
            whole = memoryview(self.data or b"")[offset : offset + left]
            yield from (bytes(whole[at : at + CHUNK]) for at in range(0, len(whole), CHUNK))
            return
        with self.path.open("rb") as file:
            file.seek(offset)
            while left > 0:
                piece = file.read(min(CHUNK, left))
                if not piece:
                    return
                left -= len(piece)
                yield piece

    def read(self) -> bytes:
        """All bytes."""
        return self.data if self.data is not None else b"".join(self.chunks())


class Spool:
    """Bytes on their way in: in memory up to `limit`, then in a file of the folder that `folder` makes.

    Counts and hashes what it gets.
    """

    def __init__(self, limit: int, folder: Callable[[], Path]) -> None:
        self.size = 0
        self._limit = limit
        self._folder = folder
        self._memory = bytearray()
        self._hash = hashlib.sha256()
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._discarded = False

    def write(self, data: bytes) -> None:
        """Append; a request that is still being read when its session is lost writes into nothing."""
        if self._discarded:
            return
        self.size += len(data)
        self._hash.update(data)
        if self._file is None and self.size > self._limit:
            self._path = self._folder() / uuid4().hex
            self._file = self._path.open("wb")
            self._file.write(self._memory)
            self._memory = bytearray()
        if self._file is not None:
            self._file.write(data)
        else:
            self._memory += data

    def content(self) -> Content:
        """What has arrived so far."""
        if self._file is None:
            return Content(self.size, data=bytes(self._memory))
        self._file.flush()
        return Content(self.size, path=self._path)

    def digest(self, algorithm: str) -> str:
        """The digest of what has arrived; another algorithm than sha256 reads everything again."""
        if algorithm == "sha256":
            return f"sha256:{self._hash.hexdigest()}"
        again = hashlib.new(algorithm)
        for piece in self.content().chunks():
            again.update(piece)
        return f"{algorithm}:{again.hexdigest()}"

    def keep(self, target: Path | None) -> Content:
        """Finish; with a target the bytes end in that file, else a spooled file stays where it is."""
        content = self.content()
        if self._file is not None:
            self._file.close()
        if target is None:
            return content
        target.parent.mkdir(parents=True, exist_ok=True)
        if content.path is None:
            partial = target.with_name(target.name + ".new")
            partial.write_bytes(content.data or b"")
            partial.replace(target)
        else:
            shutil.move(str(content.path), str(target))
        return Content(content.size, path=target)

    def discard(self) -> None:
        """Give the memory or file back."""
        self._discarded = True
        self._memory = bytearray()
        if self._file is not None:
            self._file.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
