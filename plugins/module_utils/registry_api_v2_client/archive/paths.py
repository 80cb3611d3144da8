# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a path stands for: a file, an OCI layout directory, a directory of archives, or a pattern of any of these."""

from __future__ import annotations

import fnmatch
import glob
import os

from ..problems import printable_name, problem
from .bytes.directory import is_layout

# As in the role registry_seed.
ARCHIVES = (
    "*.tar", "*.tar.gz", "*.tgz", "*.tar.xz", "*.txz", "*.tar.bz2", "*.tbz2", "*.tar.zst", "*.tzst", "*.tar.lz4",
)


def expand(path: str) -> list[str]:
    """Return the archives and layout directories that `path` stands for, sorted; the path itself if it is a file.

    A directory is a layout if it holds one, else its archives, and the layouts one level below. Raises TarReadError
    (no-archives) if a directory or a pattern yields nothing. A path that does not exist is returned as it is.
    """
    try:
        if os.path.isdir(path):
            return _in_directory(path)
        if os.path.lexists(path) or not glob.has_magic(path):
            return [path]
        found = [one for match in sorted(glob.glob(path)) for one in _of_match(match)]
    except (OSError, ValueError):
        return [path]  # opening it gives the reason
    if not found:
        raise problem("no-archives", path=printable_name(path), looked=_looked(path))
    return found


def _of_match(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    return [path] if is_layout(path) else _below(path)


def _in_directory(path: str) -> list[str]:
    found = [path] if is_layout(path) else _below(path)
    if not found:
        looked = f"{', '.join(ARCHIVES)} and OCI layouts in {printable_name(os.path.abspath(path))}"
        raise problem("no-archives", path=printable_name(path), looked=looked)
    return found


def _below(path: str) -> list[str]:
    names = sorted(os.listdir(path))
    return [os.path.join(path, name) for name in names if _is_source(os.path.join(path, name), name)]


def _is_source(path: str, name: str) -> bool:
    if os.path.isdir(path):
        return is_layout(path)
    return any(fnmatch.fnmatch(name, pattern) for pattern in ARCHIVES)


def _looked(path: str) -> str:
    folder, name = os.path.split(os.path.abspath(path))
    return f"{printable_name(name)} in {printable_name(folder)}"
