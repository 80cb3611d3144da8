# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Unpacks a compressed archive to disk, once, when a layer has to move."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile

from ...errors import RegistryError
from ...problems import printable_name, problem, size_text
from ..archive_errors import ArchiveErrors, reason
from ..limits import STEP
from .codecs import Stream
from .disk import Disk


def large_temp_dir() -> str:
    """Return the system's folder for large temporary files: TMPDIR, else /var/tmp, else Python's own choice.

    /tmp often lies in memory; /var/tmp is for large files (file-hierarchy(7)).
    """
    named = os.environ.get("TMPDIR")
    if named:
        return named
    return "/var/tmp" if os.access("/var/tmp", os.W_OK | os.X_OK) else tempfile.gettempdir()


def spool(stream: Stream, size: int, kind: str, temp_dir: str | None, errors: ArchiveErrors) -> Disk:
    """Return the decompressed tar of `size` bytes as a file without a name, which ends with its descriptor.

    TarReadError `no-space` before the first byte where the folder has less room, and where it is used up meanwhile.
    """
    folder = temp_dir or large_temp_dir()
    try:
        free = shutil.disk_usage(folder).free
        if free < size:
            raise _no_space(folder, free, size, kind, errors)
        fd, name = tempfile.mkstemp(prefix="registry-api-", suffix=".tar", dir=folder)
    except OSError as error:
        raise problem(
            "bad-option", option=f"temp_dir {printable_name(folder)}", cause=f"cannot be written to ({reason(error)})",
            advice="Name a folder that the task's user can write to.", path=printable_name(errors.path),
        ) from None
    try:
        os.unlink(name)  # nothing stays behind, even when the process is killed
        _copy(stream, fd, size, kind, folder, errors)
        return Disk(fd, errors, unpacked=True)
    except BaseException:
        os.close(fd)
        raise


def _copy(stream: Stream, fd: int, size: int, kind: str, folder: str, errors: ArchiveErrors) -> None:
    left = size
    while left > 0:
        data = stream.read(min(STEP, left))
        if not data:
            raise errors.changed("it has become shorter")
        left -= len(data)
        try:
            _write(fd, data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise _no_space(folder, 0, size, kind, errors) from None
            raise errors.unreadable(error) from None


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def _no_space(folder: str, free: int, size: int, kind: str, errors: ArchiveErrors) -> RegistryError:
    return problem(
        "no-space", temp_dir=printable_name(folder), free=size_text(free), needed=size_text(size), compression=kind,
        path=printable_name(errors.path),
    )
