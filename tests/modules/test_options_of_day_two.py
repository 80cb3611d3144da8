# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of day two, option by option: each that is set changes what users see; tests/client proves the rest."""

from __future__ import annotations

import pytest

from pytest_oci_registry.tars import ImageSpec


def fill(registry):
    """app:1, app:2 and app:10, each older than the one before; `stable` is app:1 too; `many` has two platforms."""
    for age, tag in enumerate(("1", "2", "10")):
        registry.seed(ImageSpec((f"app:{tag}",), seed=tag, created=f"2024-01-0{9 - age}T00:00:00Z"))
    registry.store.tag("app", "stable", registry.store.tag_digest("app", "1"))
    registry.seed(ImageSpec(("many:1",), platforms=("linux/amd64", "linux/arm64")))
    return registry


@pytest.fixture
def call(registry, modules):
    """Call it with a module's name and options: its result at a registry that holds something."""
    fill(registry)
    return lambda module, **options: modules(module, registry_url=registry.url, **options)


def test_state_present_is_what_registry_tags_does_anyway(call, registry):
    assert call("registry_tags", repository="app", tag="new", source="2", state="present")["changed"]
    assert not call("registry_tags", name="app", tags="new", source="2")["changed"]
    assert registry.image("app:new").digest == registry.image("app:2").digest


def test_source_name_brings_an_image_from_another_repository(call, registry):
    call("registry_tags", name="other", tags="1", source="2", source_name="app")
    assert registry.image("other:1").digest == registry.image("app:2").digest and registry.image("other:1").validate()


@pytest.mark.parametrize("overwrite", [True, False])
def test_overwrite_lets_a_tag_move(call, overwrite):
    told = call("registry_tags", name="app", tags="1", source="2", overwrite=overwrite)
    assert told.get("error", {}).get("code") == (None if overwrite else "tag-is-taken")
    assert told["changed"] is overwrite


@pytest.mark.parametrize(("module", "words"), [
    ("registry_tags", {"state": "absent"}), ("registry_image_delete", {}),
])
def test_placeholder_removes_a_name_where_the_registry_deletes_digests_only(registry_factory, modules, module, words):
    registry = fill(registry_factory(tag_delete=False))
    words = {"registry_url": registry.url, "name": "app", "tags": "stable", **words}
    assert modules(module, **words)["failed"]
    assert modules(module, **words, placeholder=True)["changed"]
    assert registry.tags("app") == ["1", "10", "2"]


def test_force_takes_all_names_of_a_digest_along(call, registry):
    assert call("registry_image_delete", repository="app", tag="1", force=True)["changed"]
    assert registry.tags("app") == ["10", "2"]


@pytest.mark.parametrize(("order", "kept"), [("created", ["1", "stable"]), ("version", ["10", "stable"])])
def test_order_by_says_what_keep_last_keeps(call, registry, order, kept):
    call("registry_image_delete", name="app", keep_last=1, order_by=order, exclude="^stable$")
    assert registry.tags("app") == kept


@pytest.mark.parametrize(("order", "first"), [("name", "1"), ("created", "1"), ("version", "10")])
def test_order_by_of_the_listing(call, order, first):
    assert call("registry_tags_info", repository="app", order_by=order, match=r"^\d+$")["tags"][0] == first


def test_limit_and_match_of_both_listings(call):
    assert call("registry_tags_info", name="app", limit=1, match=["^2$", "^10$"])["tags"] == ["10"]
    told = call("registry_info", limit=1, match="a")
    assert (told["repositories"], told["complete"]) == (["app"], False)


def test_platform_picks_an_image_of_an_index(call, registry):
    told = call("registry_image_info", repository="many", tag="1", platform="linux/arm64")
    assert told["config"]["architecture"] == "arm64"


@pytest.mark.parametrize(("verify", "missing"), [("manifest", []), ("blobs", ["blob"])])
def test_verify_asks_for_all_that_an_image_needs(call, registry, verify, missing):
    registry.forget_blob("app", registry.image("app:2").layers[0].digest)
    told = call("registry_image_info", name="app", tag="2", verify=verify)["missing"]
    assert [part["kind"] for part in told] == missing


def test_temp_dir_is_where_an_archive_is_unpacked(modules, docker_save_tar, tmp_path):
    tar = docker_save_tar("app:1", layers=1, gzip=True, outer="gzip")
    (nowhere,) = modules("docker_tar_info", path=str(tar), temp_dir=str(tmp_path / "absent"))["images"]
    (somewhere,) = modules("docker_tar_info", path=str(tar), temp_dir=str(tmp_path))["images"]
    assert "absent" in nowhere["problem"]["message"] and somewhere["problem"] is None
