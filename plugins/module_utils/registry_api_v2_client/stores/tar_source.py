# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Image archives on disk as sources: each file opened once, several at a time, none left open when the task ends."""

from __future__ import annotations

import asyncio
import os
import threading
import typing as t

from ..archive.archive_errors import no_file
from ..archive.bytes.codecs import MissingCodecError
from ..archive.reader import Archive, open_archive
from ..concurrency import run_all
from ..errors import RegistryError
from ..transport.request import FileBody

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from ..images.model import Entry, Layer, LeftOut, Member
    from ..referrers.model import Referrer
    from ..transport.request import Progress

READERS = 4  # archives indexed at once; headers are small, so the disk is the limit
MANY = 64  # archives; beyond, none holds its file open, since a process often may open no more than 1024


class TarSource:
    """One open archive as stores/protocols.py describes a source."""

    mount_from = None

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    @property
    def label(self) -> str:
        return self._archive.path

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._archive.entries

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What the archive lists and a push does not send."""
        return self._archive.left_out

    @property
    def referrers(self) -> tuple[Referrer, ...]:
        """What the archive holds that refers to its images, subjects first."""
        return self._archive.referrers

    async def digest(self, piece: Member) -> str:
        return await asyncio.to_thread(self._archive.digest, piece)

    async def body(self, piece: Member, progress: Progress | None) -> FileBody:
        return FileBody(await asyncio.to_thread(self._archive.slice, piece), progress)

    def content(self, layer: Layer) -> Iterator[bytes]:
        return self._archive.content(layer)

    async def verify(self, layer: Layer) -> str:
        try:
            proof = await asyncio.to_thread(self._archive.verify_layer, layer)
        except MissingCodecError:
            return ""  # without a zstd module the registry's check of the digest has to do
        if proof.content_digest == layer.diff_id:
            return ""
        return f"{proof.content_digest} when unpacked" if proof.content_digest else f"broken ({proof.fault})"

    async def diagnose(self, piece: Member) -> str:
        await asyncio.to_thread(self._archive.check_unchanged)
        return await self.digest(piece)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


class TarSources:
    """Sources by path, in `opened`, and why the other files could not be read, in `unread`. Use it with `with`."""

    def __init__(self, temp_dir: str | None) -> None:
        self.opened: dict[str, TarSource] = {}
        self.unread: dict[str, RegistryError] = {}
        self._temp_dir = temp_dir
        self._lock = threading.Lock()
        self._closed = False
        self._paths: tuple[str, ...] = ()

    async def read(self, paths: t.Collection[str]) -> None:
        """Open and index the files."""
        gate = asyncio.Semaphore(READERS)
        self._paths = tuple(path for path in dict.fromkeys(paths) if path not in self.unread)

        async def one(path: str) -> None:
            async with gate:
                await asyncio.to_thread(self._open, path, len(paths) > MANY)

        await run_all(one(path) for path in self._paths)

    def _open(self, path: str, rest: bool) -> None:
        try:
            archive = open_archive(path, temp_dir=self._temp_dir)
        except RegistryError as error:
            self.unread[path] = (_split_at_comma(path, self._paths) or error).about(path=path)
            return
        if rest:
            archive.release_fd()
        with self._lock:
            if not self._closed:
                self.opened[path] = TarSource(archive)
                return
        archive.close()  # the task was cancelled while this thread read

    def __enter__(self) -> TarSources:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
        for source in self.opened.values():
            source.close()


def _split_at_comma(path: str, paths: tuple[str, ...]) -> RegistryError | None:
    """Return the error for a path that is a piece of a file name with a comma, at which Ansible splits a string."""
    at = paths.index(path)
    pairs = [",".join(paths[start:start + 2]) for start in (at - 1, at) if 0 <= start < len(paths) - 1]
    whole = next((pair for pair in pairs if os.path.exists(pair) and not os.path.exists(path)), None)
    advice = f"Ansible splits a string at commas. Write path as a list: path: [\"{whole}\"]."
    return no_file(path, advice) if whole else None
