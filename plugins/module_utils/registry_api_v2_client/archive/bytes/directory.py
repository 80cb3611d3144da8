# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An OCI image layout as a directory: its files behind the interface of an archive (image-layout.md).

Members have offsets in one virtual file that holds all files one after the other. Links are never followed.
"""

from __future__ import annotations

import bisect
import os
import stat
import typing as t

from ...images.model import Member
from ...transport.body.file_slice import FileSlice, open_slice, stamp_of
from ..archive_errors import ArchiveErrors
from ..limits import INDEX, Limits
from ..tar.table import Other, Table
from .codecs import HEAD
from .disk import Disk

LAYOUT, BLOBS = "oci-layout", "blobs"


def is_layout(path: str) -> bool:
    """True for a directory that holds an OCI image layout."""
    return all(os.path.lexists(os.path.join(path, name)) for name in (LAYOUT, INDEX))


class DirectoryFiles(Disk):
    """The files of a layout directory, addressed by offset like one file on disk. It holds no descriptor."""

    def __init__(self, path: str, errors: ArchiveErrors, limits: Limits) -> None:
        self._path = path
        self._errors = errors
        self._limits = limits
        self._starts: list[int] = []
        self._files: list[tuple[str, tuple[int, ...]]] = []
        self.size = 0
        self.table = Table(errors, limits)
        self._find()
        self.stamp = ()

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer only at the end of the file that they are in."""
        piece = self._piece(offset, size)
        fd = open_slice(piece)
        try:
            return self._read(fd, piece.offset, size)
        finally:
            os.close(fd)

    def slice(self, member: Member) -> FileSlice:
        """Return the file of a member."""
        return self._piece(member.offset, member.size)

    def check_unchanged(self) -> None:
        """Raise TarReadError (changed) if a file of the layout is another one now, or was written to."""
        for path, stamp in self._files:
            try:
                unchanged = stamp_of(os.lstat(path)) == stamp
            except OSError:
                unchanged = False
            if not unchanged:
                raise self._errors.changed(f"{os.path.relpath(path, self._path)} was written to or removed")

    def release_fd(self) -> None:
        """Do nothing: no file is held open."""

    def close(self) -> None:
        """Do nothing: no file is held open."""

    def _piece(self, offset: int, size: int) -> FileSlice:
        at = bisect.bisect_right(self._starts, offset) - 1
        path, stamp = self._files[at]
        return FileSlice(path, offset - self._starts[at], size, stamp)

    def _find(self) -> None:
        try:
            for name in (LAYOUT, INDEX):
                self._add(name, os.lstat(os.path.join(self._path, name)))
            for algorithm in self._entries(BLOBS):
                folder = f"{BLOBS}/{algorithm.name}"
                for entry in self._entries(folder):
                    self._add(f"{folder}/{entry.name}", entry.stat(follow_symlinks=False))
        except OSError as error:
            raise self._errors.unreadable(error) from None

    def _entries(self, name: str) -> t.Iterator[os.DirEntry[str]]:
        path = os.path.join(self._path, name)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise self._errors.at(name).invalid("is not a directory; links are not followed")
        with os.scandir(path) as entries:
            yield from entries

    def _add(self, name: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            linked = stat.S_ISLNK(status.st_mode)
            self.table.add(name, Other("a symbolic link, which is not followed" if linked else "of another type"))
            return
        self.table.add(name, Member(name, self.size, status.st_size))
        self._starts.append(self.size)
        self._files.append((os.path.join(self._path, name), stamp_of(status)))
        self.size += status.st_size + 1  # no two members begin at one offset


class DirectoryBytes:
    """A layout directory as the source of an archive."""

    def __init__(self, files: DirectoryFiles) -> None:
        self._files = files

    def scan(self) -> Table:
        return self._files.table

    def head(self, member: Member) -> bytes:
        return self._files.read(member.offset, min(HEAD, member.size))

    def read_all(self, member: Member) -> bytes:
        return b"".join(self._files.iter_blocks(member))

    def disk(self) -> Disk:
        return self._files

    def close(self) -> None:
        pass
