# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What registry_seed left in the registry, and that its second run wrote nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

testinfra_hosts = ["local://"]
FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
WRITES = ("POST", "PUT", "PATCH", "DELETE")
TARS = {
    "team/db:1.10": "more/db.tar",
    "team/multi:1": "more/multi.tar",
    "team/old:1": "old-1.tar",
    "team/old:2": "old-2.tar",
    "renamed/app:1.0": "app.tar",
    "renamed/app:latest": "app.tar",
    "copied/team/app:1.0": "app.tar",
    "copied/team/app:stable": "app.tar",
    "copied/team/db:1.10": "more/db.tar",
    "copied/team/multi:1": "more/multi.tar",
    "mixed/team/old:1": "old-1.tar",
}


@pytest.fixture
def registry(host_registry):
    return host_registry(json.loads((FOLDER / "registry.json").read_text())["url"])


@pytest.mark.parametrize("name", TARS)
def test_images_are_what_the_tars_hold(registry, tars, name):
    assert registry.image(name).matches(tars[TARS[name]])


def test_the_second_converge_wrote_nothing():
    log = [json.loads(line) for line in (FOLDER / "second.jsonl").read_text().splitlines()]
    assert log
    assert [entry for entry in log if entry["method"] in WRITES] == []


def test_no_copy_is_left(host):
    assert host.file(str(FOLDER / "copies")).listdir() == []


def test_one_corrupt_tar_is_named_and_does_not_stop_the_others():
    said = (FOLDER / "failure.txt").read_text()
    assert "2 of 3 images were not seeded" in said
    assert "tars/bad/corrupt.tar" in said and "[truncated]" in said
    assert "tars/missing.tar [no-file]" in said
