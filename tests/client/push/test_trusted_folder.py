# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A folder is trusted only if no other user can fill, replace or redirect it: its ancestors and links count."""

from __future__ import annotations

import contextlib
import os
import stat

import pytest
from compressing import sha256
from registry_api_v2_client.copying.compression.layer_record import LayerRecord
from registry_api_v2_client.copying.compression.trusted_folder import check_owner, open_trusted_folder
from registry_api_v2_client.errors import ValidationError

NOBODY = 65534
ME = os.geteuid()
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")


def digest(number):
    return sha256(str(number).encode())


@pytest.fixture
def home(tmp_path):
    """Two folders, one in the other, of this user alone."""
    (tmp_path / "srv" / "cache").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "srv", tmp_path / "srv" / "cache"):
        folder.chmod(0o700)
    return tmp_path


def refusal(folder):
    with pytest.raises(ValidationError) as caught:
        LayerRecord(str(folder / "layers.sqlite"))
    assert caught.value.code == "bad-option" and "\n" not in caught.value.message
    return caught.value.message


def is_trusted(folder):
    try:
        os.close(open_trusted_folder(str(folder)))
    except PermissionError:
        return False
    return True


def status(owner, mode):
    return os.stat_result((stat.S_IFDIR | mode, 1, 1, 1, owner, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("owner", "mode", "sticky", "trusted"),
    [
        (ME, 0o755, False, True),
        (0, 0o755, False, True),
        (ME + 1, 0o700, False, False),
        (ME + 1, 0o700, True, False),
        (ME + 1, 0o1777, True, False),
        (ME, 0o775, False, False),
        (ME, 0o757, False, False),
        (ME, 0o1777, False, False),
        (0, 0o1777, True, True),
        (0, 0o1770, True, True),
        (0, 0o777, True, False),
    ],
)
def test_who_may_write(owner, mode, sticky, trusted):
    refused = pytest.raises(PermissionError, match=r"^/srv/cache may be written by others \(owner ")
    with contextlib.nullcontext() if trusted else refused:
        check_owner("/srv/cache", status(owner, mode), sticky=sticky)


@pytest.mark.parametrize(
    ("ancestor", "folder", "trusted"),
    [
        (0o700, 0o700, True),
        (0o755, 0o755, True),
        (0o1777, 0o755, True),
        (0o770, 0o700, False),
        (0o777, 0o700, False),
        (0o700, 0o770, False),
        (0o700, 0o1777, False),
    ],
    ids=lambda value: oct(value) if isinstance(value, int) else str(value),
)
def test_every_folder_above_counts(home, ancestor, folder, trusted):
    (home / "srv").chmod(ancestor)
    (home / "srv" / "cache").chmod(folder)
    assert is_trusted(home / "srv" / "cache") is trusted


def test_the_sentence_names_the_folder_to_repair(home):
    (home / "srv").chmod(0o770)
    text = refusal(home / "srv" / "cache")
    assert f"{home}/srv may be written by others (owner {ME}, mode 0770)" in text
    assert list((home / "srv" / "cache").iterdir()) == []


@pytest.mark.parametrize("target", ["srv/cache", "{home}/srv/cache", "srv/../srv/./cache"])
def test_links_of_this_user_are_followed(home, target):
    (home / "link").symlink_to(target.format(home=home))
    LayerRecord(str(home / "link" / "layers.sqlite"))
    assert (home / "srv" / "cache" / "layers.sqlite").exists()


def test_a_relative_path_starts_in_the_current_folder(home, monkeypatch):
    monkeypatch.chdir(home / "srv")
    LayerRecord("cache/layers.sqlite")
    LayerRecord("../srv/cache/again.sqlite")
    assert sorted(path.name for path in (home / "srv" / "cache").iterdir()) == ["again.sqlite", "layers.sqlite"]


def test_the_folder_behind_a_link_is_checked(home):
    (home / "link").symlink_to("srv/cache")
    (home / "srv").chmod(0o777)
    assert f"{home}/srv may be written by others" in refusal(home / "link")


def test_links_in_a_circle_end(home):
    (home / "one").symlink_to("two")
    (home / "two").symlink_to("one")
    assert "symbolic links" in refusal(home / "one")


@as_root
def test_a_link_of_another_user_is_refused(home):
    (home / "link").symlink_to("srv/cache")
    os.lchown(home / "link", NOBODY, NOBODY)
    assert f"{home}/link is a symbolic link that may be written by others" in refusal(home / "link")
    assert list((home / "srv" / "cache").iterdir()) == []


@as_root
def test_a_folder_below_one_of_another_user_is_refused(home):
    os.chown(home / "srv", NOBODY, NOBODY)
    assert f"{home}/srv may be written by others" in refusal(home / "srv" / "cache")


def poisoned(folder):
    """Return a folder whose record pairs a layer with a foreign one."""
    folder.mkdir(mode=0o700)
    LayerRecord(str(folder / "layers.sqlite")).learn(digest(0), "gzip", digest(666), 1, "any")
    return folder


@pytest.mark.parametrize("way", ["folder", "link"])
def test_a_folder_that_takes_the_place_of_the_checked_one_is_not_used(home, way):
    checked, evil = home / "srv" / "cache", poisoned(home / "evil")
    record = LayerRecord(str(checked / "layers.sqlite"))
    checked.rename(home / "away")
    if way == "link":
        checked.symlink_to(evil)
    else:
        evil.rename(checked)
    assert record.known(digest(0), "gzip") == []
    record.learn(digest(1), "gzip", digest(2), 1, "any")
    kept = LayerRecord(str(home / "away" / "layers.sqlite")).known(digest(1), "gzip")
    assert [one.digest for one in kept] == [digest(2)]


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_journal_that_others_may_write_is_refused(home, suffix):
    journal = home / "srv" / "cache" / f"layers.sqlite{suffix}"
    journal.touch()
    journal.chmod(0o666)
    assert f"layers.sqlite{suffix} may be written by others" in refusal(journal.parent)


def test_a_journal_that_is_a_link_is_refused(home):
    (home / "srv" / "cache" / "layers.sqlite-journal").symlink_to(home / "elsewhere")
    assert "layers.sqlite-journal is not a regular file" in refusal(home / "srv" / "cache")
