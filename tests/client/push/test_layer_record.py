# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The host's record of layers that it compressed: kept, bounded, shared by processes, refused if others may write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import registry_api_v2_client
from compressing import sha256
from registry_api_v2_client.copying.compression import layer_record
from registry_api_v2_client.copying.compression.layer_record import LayerRecord
from registry_api_v2_client.errors import ValidationError

WRITER = """
import sys
from registry_api_v2_client.copying.compression.layer_record import LayerRecord
record = LayerRecord(sys.argv[1])
for number in range(25):
    record.learn(f"sha256:{int(sys.argv[2]):032x}{number:032x}", "gzip", f"sha256:{number:064x}", number, "test")
"""


@contextlib.contextmanager
def edited(path):
    """The file as a database, written and closed at the end."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        with database:
            yield database


def digest(number):
    return sha256(str(number).encode())


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    return folder / "layers.sqlite"


@pytest.fixture
def record(path):
    return LayerRecord(str(path))


def digests(record, diff_id, kind="gzip"):
    return [descriptor.digest for descriptor in record.known(diff_id, kind)]


def test_what_was_learnt_is_known_to_the_next_run(path, record):
    record.learn(digest(0), "gzip", digest(1), 10, "isal")
    found = LayerRecord(str(path)).known(digest(0), "gzip")
    assert [(one.digest, one.size) for one in found] == [(digest(1), 10)]
    assert digests(record, digest(5)) == []


def test_kinds_are_kept_apart_and_the_newest_comes_first(record):
    for number, kind in ((1, "gzip"), (2, "zstd"), (3, "gzip")):
        record.learn(digest(0), kind, digest(number), 10, "any")
    assert digests(record, digest(0)) == [digest(3), digest(1)]
    assert digests(record, digest(0), "zstd") == [digest(2)]


def test_only_the_newest_are_kept(record, monkeypatch, path):
    monkeypatch.setattr(layer_record, "MAX_PAIRS", 10)
    for number in range(30):
        record.learn(digest(number), "gzip", digest(100 + number), 1, "any")
    assert [bool(digests(record, digest(number))) for number in (0, 19, 20, 29)] == [False, False, True, True]
    with edited(path) as database:
        assert database.execute("SELECT COUNT(*) FROM layers").fetchone() == (10,)


def test_processes_write_at_the_same_time_and_nothing_is_lost(path):
    package = Path(registry_api_v2_client.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(number)], env=environment) for number in range(4)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    with edited(path) as database:
        assert database.execute("SELECT COUNT(*) FROM layers").fetchone() == (100,)


def test_a_file_that_another_run_holds_costs_time_only(record, path, monkeypatch):
    monkeypatch.setattr(layer_record, "WAIT", 0.05)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    record.learn(digest(0), "gzip", digest(1), 10, "any")
    assert digests(record, digest(0)) == []
    holder.close()


def test_nobody_else_may_read_or_write_it(path, record):
    assert path.stat().st_mode & 0o777 == 0o600


def refusal(path):
    with pytest.raises(ValidationError) as caught:
        LayerRecord(str(path))
    assert caught.value.code == "bad-option"
    return caught.value.message


def test_a_file_that_others_may_write_is_not_trusted(path, record):
    path.chmod(0o660)
    assert "may be written by others" in refusal(path)


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770])
def test_a_folder_in_which_others_may_put_a_journal_is_not_trusted(path, mode):
    path.parent.chmod(mode)
    assert "may be written by others" in refusal(path)
    assert not path.exists()


def test_a_symbolic_link_is_not_followed(path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere")
    assert "cannot be used" in refusal(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_damaged_file_is_one_sentence(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    assert refusal(path).count("\n") == 0
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_one_sentence(path):
    assert "cannot be used" in refusal(path.parent / "missing" / "layers.sqlite")


def test_a_record_with_nonsense_in_it_gives_nothing(record, path):
    with edited(path) as database:
        database.execute("INSERT INTO layers VALUES (?, 'gzip', '../../etc', 1, 'x')", (digest(0),))
    assert digests(record, digest(0)) == []
