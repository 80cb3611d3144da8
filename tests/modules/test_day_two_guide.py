# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/day-two.md: its tasks run in the order of the page, in check mode and then really, and print what it says."""

from __future__ import annotations

import re

import pytest
import yaml
from doc_blocks import blocks_of

from pytest_oci_registry.tars import ImageSpec

TAGS = {"1.2.0": 1, "1.3.0": 2, "1.4.1": 3, "1.4.2": 4, "latest": 0}
PAIRS = list(zip(*[iter(blocks_of("day-two.md"))] * 2))


@pytest.fixture
def site(registry):
    """The repository that the guide talks about; raw layers, so that no digest depends on a version of zlib."""
    for tag, day in TAGS.items():
        made = f"2026-01-{day:02}T00:00:00Z" if day else "1970-01-01T00:00:00Z"
        registry.seed(ImageSpec((f"team/app:{tag}",), layers=1, size=64, seed=tag, created=made, compression="none"))
    registry.store.tag("team/app", "stable", registry.store.tag_digest("team/app", "1.4.1"))
    return registry


def printed(output, registry):
    """What ansible-playbook says of its tasks, without the lines of stars and under the guide's host."""
    tasks = output[output.index("TASK ["):output.index("PLAY RECAP")].replace(registry.netloc, "registry.example.com")
    lines = [re.sub(r" \*+$", "", line).rstrip() for line in tasks.split("\n")]
    return "\n".join(lines).strip() + "\n"


def test_the_guide_prints_what_it_says(site, play, module_environment):
    module_environment["REGISTRY_URL"] = site.url
    runs, expected = [], []
    for task, output in PAIRS:
        assert (task.language, output.language) == ("yaml", "text")
        tasks = yaml.safe_load(task.text)
        runs += [{"block": tasks, "check_mode": True}, {"block": tasks}]
        expected += [output.text, output.text]
    played = play(runs, "--diff")
    assert printed(played.output, site) == "\n".join(expected)
    assert site.snapshot().keys() == {"live/app:1.4.2", "team/app:1.4.1", "team/app:1.4.2", "team/app:latest"}
