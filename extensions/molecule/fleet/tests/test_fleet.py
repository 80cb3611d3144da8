# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each registry of the group has all images, and the second run wrote to none of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

testinfra_hosts = ["local://"]
FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
EDGES = ("edge1", "edge2", "edge3")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize(("name", "tar"), [
    ("team/app:1.0", "app.tar"), ("team/db:1.10", "more/db.tar"), ("team/multi:1", "more/multi.tar"),
])
def test_each_registry_has_each_image(host_registry, tars, edge, name, tar):
    registry = host_registry(json.loads((FOLDER / f"{edge}.json").read_text())["url"])
    assert registry.image(name).matches(tars[tar])


@pytest.mark.parametrize("edge", EDGES)
def test_the_second_converge_wrote_nothing(edge):
    log = [json.loads(line) for line in (FOLDER / f"{edge}.jsonl").read_text().splitlines()]
    assert log
    assert [entry for entry in log if entry["method"] in WRITES] == []
