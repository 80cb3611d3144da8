# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that docker_tar_push keeps while it runs: counts, tries, and that it never disturbs the push."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets

import pytest
from ansible_collections.registry_api.v2.plugins.module_utils._progress import ProgressFile, Tally
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.transport.connection.retry import (
    Pause,
)


def test_a_tally_without_a_plan_is_empty():
    assert Tally().values() == {
        "seconds": 0.0, "label": "", "images": 0, "images_done": 0, "layers": 0, "layers_to_send": 0, "layers_done": 0,
        "bytes": 0, "bytes_done": 0, "retried": 0, "retries": [],
    }


@pytest.mark.parametrize(("pause", "said"), [
    (
        Pause("layer 9 of team/app:1.4.2", 2, 5, 4.2, 503),
        "team/app:1.4.2  layer 9 again after 503 (try 2 of 5, in 4 s)",
    ),
    (
        Pause("layer 9 of team/app:1", 3, 5, 1.0),
        "team/app:1  layer 9 again after a broken connection (try 3 of 5, in 1 s)",
    ),
])
def test_tries_in_words(pause, said):
    tally = Tally()
    tally.paused(pause)
    assert tally.values()["retries"] == [said]


async def kept(path, *records):
    async with ProgressFile(str(path)):
        await asyncio.sleep(0)
        begun = json.loads(path.read_text()) if path.parent.is_dir() else None
        for pause in records:
            logging.getLogger("registry_api_v2_client").debug("try again", extra={"pause": pause})
    return begun


def test_the_file_is_there_at_once_and_says_when_it_is_over(tmp_path):
    path = tmp_path / "progress.json"
    begun = asyncio.run(kept(path, Pause("layer 1 of a:1", 2, 5, 1.0, 503), Pause("", 2, 5, 1.0, 503)))
    over = json.loads(path.read_text())
    assert not begun["ended"] and over["ended"] and over["version"] > begun["version"]
    assert over["retried"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["progress.json"]


def test_a_file_that_cannot_be_written_is_left_out(tmp_path):
    asyncio.run(kept(tmp_path / "missing" / "progress.json"))
    assert logging.getLogger("registry_api_v2_client").level == logging.NOTSET


def secret_beside(tmp_path):
    """Return a file that the push must not touch."""
    secret = tmp_path / "passwd"
    secret.write_text("root")
    return secret


def test_a_link_beside_is_not_followed(tmp_path):
    """The file that a push wrote first had a name that everybody could guess, so a link there was written through."""
    secret = secret_beside(tmp_path)
    for name in (".new", ".tmp", ".partial"):
        (tmp_path / f"progress.json{name}").symlink_to(secret)
    asyncio.run(kept(tmp_path / "progress.json"))
    assert secret.read_text() == "root"
    assert json.loads((tmp_path / "progress.json").read_text())["ended"]


def test_a_link_at_the_path_is_replaced(tmp_path):
    secret = secret_beside(tmp_path)
    (tmp_path / "progress.json").symlink_to(secret)
    asyncio.run(kept(tmp_path / "progress.json"))
    assert secret.read_text() == "root"
    assert not (tmp_path / "progress.json").is_symlink()


@pytest.mark.parametrize("planted", ["file", "link"])
def test_a_name_that_was_guessed_is_not_used(tmp_path, monkeypatch, planted):
    monkeypatch.setattr(secrets, "token_hex", lambda _size: "guessed")
    secret = secret_beside(tmp_path)
    partial = tmp_path / ".progress.json.guessed"
    partial.symlink_to(secret) if planted == "link" else partial.write_text("theirs")
    with contextlib.suppress(FileNotFoundError):
        asyncio.run(kept(tmp_path / "progress.json"))
    assert secret.read_text() == "root"
    assert partial.read_text() == ("root" if planted == "link" else "theirs")
    assert not (tmp_path / "progress.json").exists()


def test_a_file_that_cannot_be_replaced_leaves_nothing_behind(tmp_path):
    (tmp_path / "progress.json").mkdir()
    with contextlib.suppress(IsADirectoryError):
        asyncio.run(kept(tmp_path / "progress.json"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["progress.json"]
