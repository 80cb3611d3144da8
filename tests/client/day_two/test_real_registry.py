# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion and tags on distribution, as Debian ships it: no tag can be removed alone, and deletion may be off."""

from __future__ import annotations

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import RefusedError

from pytest_oci_registry.tars import ImageSpec


@pytest.fixture
def distribution(registry_factory):
    """docker-registry with two tags on one image and one on another."""
    registry = registry_factory(backend="process")
    registry.seed(ImageSpec(("app:1.0", "app:stable"), layers=1, seed="a", created="2024-01-01T00:00:00Z"))
    registry.seed(ImageSpec(("app:2.0",), layers=1, seed="b", created="2024-01-02T00:00:00Z"))
    return registry


def test_a_shared_tag_is_refused_with_its_sibling_named(distribution, day_two):
    before = distribution.snapshot()
    with pytest.raises(RefusedError) as caught:
        day_two(distribution).delete("app", tags=("1.0",))
    assert (caught.value.code, "app:stable" in caught.value.message) == ("shared-digest", True)
    with pytest.raises(RefusedError) as caught:
        day_two(distribution).set_tags("app", "1.0", state="absent")
    assert (caught.value.code, "app:stable" in caught.value.message) == ("cannot-untag", True)
    assert distribution.snapshot() == before


@pytest.mark.parametrize("remove", [
    lambda day: day.delete("app", tags=("1.0",), placeholder=True),
    lambda day: day.set_tags("app", "1.0", state="absent", placeholder=True),
], ids=["delete", "tags"])
def test_a_placeholder_removes_one_name_and_the_sibling_still_pulls(distribution, day_two, remove, pull, tmp_path):
    remove(day_two(distribution))
    assert distribution.tags("app") == ["2.0", "stable"]
    assert distribution.image("app:stable").validate()
    pull(distribution, "app:stable", tmp_path / "pulled")


def test_force_takes_the_sibling_along(distribution, day_two):
    result = day_two(distribution).delete("app", tags=("1.0",), force=True).as_result()
    assert result["deleted"][0]["tags"] == ["1.0", "stable"] and distribution.tags("app") == ["2.0"]
    assert not day_two(distribution).delete("app", tags=("1.0",), force=True).changed


def test_a_rule_keeps_what_cannot_go_alone(distribution, day_two):
    result = day_two(distribution).delete("app", rule=Rule(match=("^1", "^2"))).as_result()
    assert [step["tags"] for step in result["deleted"]] == [["2.0"]]
    assert [(each["tags"], each["reason"]) for each in result["kept"]] == [(["1.0"], "kept_sibling")]
    assert distribution.tags("app") == ["1.0", "stable"]


def test_promotion_by_mounts_and_the_reports(distribution, day_two):
    day = day_two(distribution)
    day.set_tags("live/app", "1", source="2.0", source_name="app")
    assert distribution.image("live/app:1").validate()
    assert day.image("live/app", "1", verify="blobs").missing == ()
    assert day.registry().repositories == ("app", "live/app")
    listed = day.tags("app", details=True, order_by="created").images
    assert [tags for _record, tags in listed] == [("2.0",), ("1.0", "stable")]


def test_deletion_that_is_off_names_the_setting(registry_factory, day_two):
    registry = registry_factory(backend="process", delete=False)
    registry.seed(ImageSpec(("app:1.0",), layers=1))
    for act in (lambda day: day.delete("app", tags=("1.0",)), lambda day: day.set_tags("app", "1.0", state="absent")):
        with pytest.raises(RefusedError) as caught:
            act(day_two(registry))
        assert caught.value.code == "deletion-off" and "storage.delete.enabled: true" in caught.value.hint
