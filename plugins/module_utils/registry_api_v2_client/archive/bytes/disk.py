# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bytes on disk that several threads read by position: the archive itself, or what it was unpacked to."""

from __future__ import annotations

import os
import stat
import typing as t

from ...images.model import Member
from ...problems import printable_name
from ...transport.body.file_slice import READ_FLAGS, FileSlice, open_slice, stamp_of
from ..archive_errors import ArchiveErrors
from ..limits import STEP

_NAME_IT = "Set path to an image archive, an OCI layout directory, or a directory of archives."


class Disk:
    """An open regular file; whoever makes it closes it."""

    def __init__(self, fd: int, errors: ArchiveErrors, *, unpacked: bool = False) -> None:
        self._fd = fd
        self._errors = errors
        self._unpacked = unpacked
        self._resting = False
        self.stamp = stamp_of(os.fstat(fd))
        self.size = self.stamp[2]

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset`, fewer only at the end of the file."""
        if not self._resting:
            return self._read(self._fd, offset, size)
        fd = open_slice(FileSlice(self._errors.path, offset, size, self.stamp))
        try:
            return self._read(fd, offset, size)
        finally:
            os.close(fd)

    def _read(self, fd: int, offset: int, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            try:
                part = os.pread(fd, size, offset)
            except OSError as error:
                raise self._errors.unreadable(error) from None
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def iter_blocks(self, member: Member) -> t.Iterator[bytes]:
        """Yield a member's content; TarReadError `changed` where the file has become shorter."""
        offset, end = member.offset, member.offset + member.size
        while offset < end:
            part = self.read(offset, min(STEP, end - offset))
            if not part:
                raise self._errors.at(member.name).changed("it has become shorter")
            offset += len(part)
            yield part

    def slice(self, member: Member) -> FileSlice:
        """Return where a member's bytes lie."""
        handle = self._fd if self._unpacked else None
        return FileSlice(self._errors.path, member.offset, member.size, self.stamp, handle)

    def check_unchanged(self) -> None:
        """Raise TarReadError `changed` where path names another file by now, or the file was written to."""
        try:
            now = stamp_of(os.stat(self._errors.path))
        except OSError:
            raise self._errors.changed("it is gone") from None
        if now != self.stamp:
            raise self._errors.changed("it is another file now, or was written to")

    def release_fd(self) -> None:
        """Give the descriptor back until bytes are wanted again; call it before other threads read."""
        if not self._unpacked:
            self.close()
            self._resting = True

    def close(self) -> None:
        """Close the file; a second call does nothing, and whoever still reads gets an error."""
        self._resting = False
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class MemberReader:
    """A member read from its begin to its end."""

    def __init__(self, disk: Disk, member: Member) -> None:
        self._disk = disk
        self._offset = member.offset
        self._end = member.offset + member.size

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer only at the member's end."""
        data = self._disk.read(self._offset, min(size, self._end - self._offset))
        self._offset += len(data)
        return data


def open_disk(path: str) -> Disk:
    """Open a regular file; TarReadError where that is impossible. Pipes and devices are refused, never waited for."""
    errors = ArchiveErrors(path)
    try:
        fd = os.open(path, READ_FLAGS)
    except OSError as error:
        raise errors.unreadable(error) from None
    except ValueError:
        raise errors.not_a_tar(f"has a name with a NUL character in it ({printable_name(path)})", _NAME_IT) from None
    kind = os.fstat(fd).st_mode
    if stat.S_ISREG(kind):
        return Disk(fd, errors)
    os.close(fd)
    if stat.S_ISDIR(kind):
        raise errors.not_a_tar("is a directory now", _NAME_IT)
    raise errors.not_a_tar("is a pipe, socket or device", _NAME_IT)
