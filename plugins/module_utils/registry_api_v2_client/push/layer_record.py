# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""This host's own record of layers that it compressed: a small SQLite file, safe under parallel runs, bounded.

A record is trusted because this host computed every pair in it; so a file that others may write is refused.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import typing as t

from ..media_types import OCI_LAYER_GZIP, OCI_LAYER_ZSTD
from ..models import Descriptor
from ..problems import printable, problem
from ..reference import is_digest

MAX_PAIRS = 50_000  # about 10 MB; the oldest go first
WAIT = 10.0  # seconds that a parallel run may hold the file
_TYPES = {"gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}
_TABLE = (
    "CREATE TABLE IF NOT EXISTS layers (diff_id TEXT, kind TEXT, digest TEXT, size INTEGER, library TEXT,"
    " PRIMARY KEY (diff_id, kind, digest))"
)


class LayerRecord:
    """Pairs of an uncompressed layer's digest and what it became. All methods block for a few milliseconds."""

    def __init__(self, path: str) -> None:
        """Open or make the file; raises ValidationError (bad-option) where it is no record, or not safe to trust."""
        self._path = path
        try:
            # SQLite obeys a journal that lies beside
            self._check_owner(os.stat(os.path.dirname(os.path.abspath(path))))
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
            self._check_owner(os.stat(path))
            with self._open() as database:
                database.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(printable(str(error))) from None

    def _check_owner(self, status: os.stat_result) -> None:
        if status.st_uid not in (os.getuid(), 0) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._unusable("it or its folder may be written by others, so its pairs cannot be trusted")

    def _unusable(self, cause: str) -> Exception:
        return problem(
            "bad-option", option=f"cache_path: {printable(self._path)}", cause=f"cannot be used: {cause}",
            advice="Name a file in a folder of the user who runs this, or remove the file.",
        )

    @contextlib.contextmanager
    def _open(self) -> t.Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=WAIT)) as database:
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
