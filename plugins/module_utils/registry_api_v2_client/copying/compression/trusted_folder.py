# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Opens a folder that no other user can fill, replace or redirect. The rules are those of sshd's StrictModes.

Every folder of the path is checked, and every symbolic link in it. Each is opened below the folder that was checked
before it, so what is checked is what is used.
"""

from __future__ import annotations

import os
import stat

MAX_LINKS = 40  # as the kernel allows in one path
_OPEN = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_trusted_folder(path: str) -> int:
    """Return a descriptor of the folder, which the caller closes.

    Raises PermissionError with a sentence if another user can change the path or the folder, OSError if there is no
    such folder.
    """
    place, folder = "/", os.open("/", _OPEN)
    try:
        names = _names(os.path.join(os.getcwd(), path))
        links = MAX_LINKS
        while names:
            check_owner(place, os.fstat(folder), sticky=True)
            name = names.pop()
            status = _at(place, name, folder)
            if stat.S_ISLNK(status.st_mode):
                links -= 1
                target = _target(os.path.join(place, name), status, name, folder, links)
                names += _names(target)
                name = "/" if target.startswith("/") else "."
            inner = os.open(name, _OPEN, dir_fd=folder)
            os.close(folder)
            place, folder = os.path.normpath(os.path.join(place, name)), inner
        check_owner(place, os.fstat(folder))
    except BaseException:
        os.close(folder)
        raise
    return folder


def check_owner(path: str, status: os.stat_result, *, sticky: bool = False) -> None:
    """Raise PermissionError if users other than root and this one may write to a file or folder.

    With `sticky` they may create files in a folder whose sticky bit is set: they cannot replace those of others.
    """
    others = 0 if sticky and status.st_mode & stat.S_ISVTX else stat.S_IWGRP | stat.S_IWOTH
    if status.st_uid not in (os.geteuid(), 0) or status.st_mode & others:
        mode = stat.S_IMODE(status.st_mode)
        raise PermissionError(f"{path} may be written by others (owner {status.st_uid}, mode {mode:04o})")


def _names(path: str) -> list[str]:
    """Return the parts of a path, the last one first."""
    return [name for name in reversed(path.split("/")) if name]


def _at(place: str, name: str, folder: int) -> os.stat_result:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.path.join(place, name)) from None


def _target(path: str, status: os.stat_result, name: str, folder: int, links: int) -> str:
    if status.st_uid not in (os.geteuid(), 0):
        raise PermissionError(f"{path} is a symbolic link that may be written by others (owner {status.st_uid})")
    if links < 0:
        raise PermissionError(f"{path} is one of more than {MAX_LINKS} symbolic links")
    return os.readlink(name, dir_fd=folder)
