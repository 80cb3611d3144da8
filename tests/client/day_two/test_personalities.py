# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Promote, untag and prune on registries with the habits of real ones, behind a token service."""

from __future__ import annotations

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.settings import Login, Settings

ABLE = [
    "distribution2", "distribution3", "quay", "harbor", "gitlab", "artifactory", "nexus", "ibm", "no-head", "gitea",
    "gar",
]


@pytest.fixture
def behind_tokens(registry_factory, day_two, four_versions):
    """Call it with a personality: such a registry with app:1.0 to app:1.3, and the calls of somebody who may."""

    def start(personality):
        registry = registry_factory(personality=personality, auth=("token", "user", "secret"))
        four_versions(registry)
        day = day_two(registry)
        day.settings = Settings(registry.url, Login("user", "secret"), retries=0)
        return registry, day

    return start


@pytest.mark.parametrize("personality", ABLE)
def test_day_two_works(behind_tokens, personality):
    registry, day = behind_tokens(personality)
    day.set_tags("live/app", "1", source="1.3", source_name="app")
    day.set_tags("app", "stable", source="1.3")
    day.set_tags("app", "stable", state="absent", placeholder=True)
    day.delete("app", rule=Rule(keep_last=1))
    digest = registry.store.tag_digest("app", "1.3")
    assert registry.snapshot() == {"app:1.3": digest, "live/app:1": digest}
    assert registry.image("live/app:1").validate()


def test_a_registry_that_deletes_elsewhere_says_so_before_anything_changes(behind_tokens):
    registry, day = behind_tokens("ghcr")
    before = registry.snapshot()
    for act in (lambda: day.delete("app", rule=Rule(keep_last=1)), lambda: day.set_tags("app", "1.0", state="absent")):
        with pytest.raises(RefusedError) as caught:
            act()
        assert caught.value.code == "deletion-off"
    assert registry.snapshot() == before
