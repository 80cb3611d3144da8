# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A part of a file on disk that is sent as it is, and the check that it is still the file that was read."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ...errors import RegistryError
from ...problems import printable_name, problem

READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe of that name must not make us wait


@dataclass(frozen=True)
class FileSlice:
    """Bytes of a plain file on disk that can be sent as they are, and what the file looked like when it was read.

    Offset and size are bytes. `handle` is the descriptor of a file without a name, such as an unpacked archive, of
    which `path` is the archive; it is open as long as the archive is. open_slice knows the difference.
    """

    path: str
    offset: int
    size: int
    stamp: tuple[int, ...]
    handle: int | None = None


def stamp_of(status: os.stat_result) -> tuple[int, ...]:
    """Return what shows whether a file is unchanged: device, inode, size (bytes), modification and change time (ns).

    The change time also shows a file whose modification time was set back.
    """
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def open_slice(piece: FileSlice) -> int:
    """Return a new descriptor of the slice's file, which the caller closes; use it with offsets only.

    TarReadError (changed) if the file is no longer what was read.
    """
    try:
        fd = os.open(piece.path, READ_FLAGS) if piece.handle is None else os.dup(piece.handle)
    except OSError:
        raise changed(piece.path, "it is gone") from None
    if stamp_of(os.fstat(fd)) != piece.stamp:
        os.close(fd)
        raise changed(piece.path, "it is another file now, or was written to")
    return fd


def changed(path: str, cause: str) -> RegistryError:
    """TarReadError (changed)."""
    return problem("changed", path=printable_name(path), cause=cause)
