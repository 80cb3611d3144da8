# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""This host's own record of layers that it compressed: a small SQLite file, safe under parallel runs, bounded.

A record is trusted because this host computed every pair in it. So a file that others can write, replace or redirect
is refused, and the folder that was checked is held open and used until the end.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import typing as t
import weakref

from ...formats.media_types import OCI_LAYER_GZIP, OCI_LAYER_ZSTD
from ...images.descriptor import Descriptor
from ...problems import printable, problem
from ...reference import is_digest
from .trusted_folder import check_owner, open_trusted_folder

MAX_PAIRS = 50_000  # about 10 MB; the oldest go first
WAIT = 10.0  # seconds that a parallel run may hold the file
_SUFFIXES = ("", "-journal", "-wal", "-shm")  # SQLite applies what it finds in these
_TYPES = {"gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}
_TABLE = (
    "CREATE TABLE IF NOT EXISTS layers (diff_id TEXT, kind TEXT, digest TEXT, size INTEGER, library TEXT,"
    " PRIMARY KEY (diff_id, kind, digest))"
)


class LayerRecord:
    """Pairs of an uncompressed layer's digest and what it became. All methods block for a few milliseconds."""

    def __init__(self, path: str) -> None:
        """Open or create the file; raises ValidationError (bad-option) if it is not a record, or not safe to trust."""
        folder, name = os.path.split(path)
        try:
            held = open_trusted_folder(folder)
            weakref.finalize(self, os.close, held)  # a thread may still use the record when the push has ended
            os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=held))
            for suffix in _SUFFIXES:
                _check_file(held, name + suffix, path + suffix)
            self._address = f"/proc/self/fd/{held}/{name}"
            if not os.path.exists(self._address):  # a system without /proc
                self._address = path
            with self._open() as database:
                database.execute(_TABLE)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise problem(
                "bad-option", option=f"cache_path: {printable(path)}",
                cause=f"cannot be used: {printable(str(error))}",
                advice="Name a file in a folder that only the user who runs this can write to; only that user or root "
                "may own the folders above it. If it is damaged, remove the file.",
            ) from None

    @contextlib.contextmanager
    def _open(self) -> t.Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._address, timeout=WAIT)) as database:
            with database:
                yield database

    def known(self, diff_id: str, kind: str) -> list[Descriptor]:
        """Return what this host made of a layer, the newest first; [] when the file is held by another run."""
        try:
            with self._open() as database:
                rows = database.execute(
                    "SELECT digest, size FROM layers WHERE diff_id = ? AND kind = ? ORDER BY rowid DESC LIMIT 8",
                    (diff_id, kind),
                ).fetchall()
        except sqlite3.Error:
            return []
        return [Descriptor(_TYPES[kind], digest, size) for digest, size in rows if is_digest(str(digest))]

    def learn(self, diff_id: str, kind: str, digest: str, size: int, library: str) -> None:
        """Keep a pair that this run computed; losing one only costs time, so a busy file is no failure."""
        with contextlib.suppress(sqlite3.Error), self._open() as database:
            database.execute(
                "INSERT OR REPLACE INTO layers VALUES (?, ?, ?, ?, ?)", (diff_id, kind, digest, size, library)
            )
            database.execute(
                "DELETE FROM layers WHERE rowid <= (SELECT MAX(rowid) FROM layers) - ?", (MAX_PAIRS,)
            )


def _check_file(folder: int, name: str, path: str) -> None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):
        raise PermissionError(f"{path} is not a regular file")
    check_owner(path, status)
