# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The archives of one task: each file opened once, several at a time, and none left open however the task ends."""

from __future__ import annotations

import asyncio
import os
import threading
import typing as t
from dataclasses import replace

from ..archive.blame import no_file
from ..archive.paths import expand
from ..archive.reader import Archive, open_archive
from ..concurrency import together
from ..errors import RegistryError
from .request import Source

if t.TYPE_CHECKING:
    from types import TracebackType

READERS = 4  # archives indexed at once; headers are small, so the disk is the limit
MANY = 64  # archives; beyond, none holds its file open, since a process often may open no more than 1024


class Archives:
    """Archives by path, in `opened`, and why the others could not be read, in `unread`. Use it with `with`."""

    def __init__(self, temp_dir: str | None) -> None:
        self.opened: dict[str, Archive] = {}
        self.unread: dict[str, RegistryError] = {}
        self._temp_dir = temp_dir
        self._lock = threading.Lock()
        self._closed = False
        self._paths: tuple[str, ...] = ()

    async def expand(self, sources: t.Sequence[Source]) -> list[Source]:
        """Return the sources with one for each archive that a directory or a pattern stands for."""
        return await asyncio.to_thread(self._expand, sources)

    def _expand(self, sources: t.Sequence[Source]) -> list[Source]:
        found = []
        for source in sources:
            try:
                found += [replace(source, path=path) for path in expand(source.path)]
            except RegistryError as error:
                self.unread[source.path] = error.about(path=source.path)
                found.append(source)
        return found

    async def read(self, paths: t.Collection[str]) -> None:
        """Open and index the files."""
        gate = asyncio.Semaphore(READERS)
        self._paths = tuple(path for path in dict.fromkeys(paths) if path not in self.unread)

        async def one(path: str) -> None:
            async with gate:
                await asyncio.to_thread(self._open, path, len(paths) > MANY)

        await together(one(path) for path in self._paths)

    def _open(self, path: str, rest: bool) -> None:
        try:
            archive = open_archive(path, temp_dir=self._temp_dir)
        except RegistryError as error:
            self.unread[path] = (_split_at_comma(path, self._paths) or error).about(path=path)
            return
        if rest:
            archive.rest()
        with self._lock:
            if not self._closed:
                self.opened[path] = archive
                return
        archive.close()  # the task was cancelled while this thread read

    def __enter__(self) -> Archives:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
        for archive in self.opened.values():
            archive.close()


def _split_at_comma(path: str, paths: tuple[str, ...]) -> RegistryError | None:
    """Return the error for a path that is a piece of a file name with a comma, at which Ansible splits a string."""
    at = paths.index(path)
    pairs = [",".join(paths[start:start + 2]) for start in (at - 1, at) if 0 <= start < len(paths) - 1]
    whole = next((pair for pair in pairs if os.path.exists(pair) and not os.path.exists(path)), None)
    advice = f"Ansible splits a string at commas. Write path as a list: path: [\"{whole}\"]."
    return no_file(path, advice) if whole else None
