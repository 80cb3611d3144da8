# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One push after the other is killed at a random request: the tag names a whole image throughout, the last finishes."""

from __future__ import annotations

import random

import pytest
from interrupting import REQUESTS, killed_at
from soak_scale import SCALE

from pytest_oci_registry.look.http_source import HttpSource
from pytest_oci_registry.look.validator import validate_image
from pytest_oci_registry.tar_factory import TarFactory

ENDING = 10  # before every tenth kill one push is let through, so that the tag is at another image


@pytest.mark.parametrize("backend", ["embedded", "docker-registry"])
def test_many_kills_in_a_row(backend, opened, modules, connection, repository, tmp_path):
    registry, make, choose = opened(backend), TarFactory(tmp_path), random.Random(backend)
    image, source, tags_seen = registry.image(f"{repository}:1"), HttpSource(registry.url), set()

    def push(tar):
        return modules.start("docker_tar_push", path=str(tar.path), name=repository, tags=["1"], **connection(registry))

    for n in range(SCALE.kills):
        if n % ENDING == 0:
            assert push(make("app:1", layers=1, size="1KB", seed=f"whole {n}")).result()["changed"]
        tar = make("app:1", layers=2, size="600KB", seed=str(n))  # another image each time, so none is known yet
        killed_at(choose.randint(1, REQUESTS), registry, lambda tar=tar: push(tar))
        registry.rules.clear()
        assert validate_image(source, repository, "1").problems == []
        tags_seen.add(image.digest)
        tar.path.unlink()
    last = make("app:1", layers=2, size="600KB", seed="last")
    assert push(last).result()["changed"] and image.matches(last)
    assert validate_image(source, repository, "1").problems == []
    assert push(last).result()["changed"] is False
    print(f"{backend}: {SCALE.kills} kills, after which the tag named {len(tags_seen)} images")
