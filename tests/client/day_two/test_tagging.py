# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tags set, moved, promoted across repositories and removed, on the embedded registry."""

from __future__ import annotations

import pytest
from registry_api_v2_client.errors import NotFoundError, RefusedError, ValidationError

from pytest_oci_registry.tars import ImageSpec


def test_a_tag_is_set_and_moved_with_both_digests_in_the_diff(registry, day_two, four_versions):
    digests = four_versions(registry)
    day = day_two(registry)
    first = day.set_tags("app", "stable", source="1.0").as_result()
    assert (first["digests"], first["previous"]) == ({"stable": digests[0]}, {"stable": None})
    moved = day.set_tags("app", "stable", source=digests[1])
    assert moved.diff()["before"] == f"app:stable\n  {digests[0]}\n"
    assert moved.diff()["after"] == f"app:stable\n  {digests[1]}\n"
    assert moved.message() == f"Moved 1 tag of app: stable from {digests[0][:19]} to {digests[1][:19]}."
    assert moved.tags == ("1.0", "1.1", "1.2", "1.3", "stable")


def test_the_second_run_writes_nothing(registry, day_two, four_versions):
    four_versions(registry)
    day_two(registry).set_tags("app", ("a", "b"), source="1.0")
    with registry.unchanged():
        again = day_two(registry).set_tags("app", ("a", "b"), source="1.0")
    assert (again.as_result()["changed"], again.diff()) == (False, None)


def test_a_tag_that_must_not_move_fails_with_both_digests_before_anything_is_written(registry, day_two, four_versions):
    digests = four_versions(registry)
    with registry.unchanged(), pytest.raises(RefusedError) as caught:
        day_two(registry).set_tags("app", ("new", "1.1"), source="1.0", overwrite=False)
    assert caught.value.code == "tag-is-taken"
    assert digests[0] in caught.value.message and digests[1] in caught.value.message
    assert day_two(registry).set_tags("app", "new", source="1.0", overwrite=False).plan.changes


def test_an_image_is_promoted_by_mounts_and_keeps_its_bytes(registry, day_two, four_versions):
    digests = four_versions(registry, "team/app")
    result = day_two(registry).set_tags("live/app", "1.0", source="1.0", source_name="team/app").as_result()
    assert result["digests"] == {"1.0": digests[0]} and registry.image("live/app:1.0").validate()
    assert not registry.requests.filter(operation=("upload_put", "upload_patch", "blob_get"))


def test_an_index_is_promoted_with_its_children(registry, day_two):
    registry.seed(ImageSpec(("team/app:1",), layers=2, platforms=("linux/amd64", "linux/arm64"), attestations=True))
    day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    assert registry.image("live/app:1").digest == registry.image("team/app:1").digest
    assert registry.image("live/app:1").validate()
    with registry.unchanged():
        day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")


@pytest.mark.registry(mount=False)
def test_blobs_are_copied_where_the_registry_does_not_mount(registry, day_two, four_versions):
    four_versions(registry, "team/app")
    day_two(registry).set_tags("live/app", "1.0", source="1.0", source_name="team/app")
    assert registry.image("live/app:1.0").validate()


def test_a_source_that_is_not_there_is_named(registry, day_two, four_versions):
    four_versions(registry)
    with pytest.raises(NotFoundError) as caught:
        day_two(registry).set_tags("app", "new", source="9.9")
    assert "app:9.9" in caught.value.message


def test_a_name_is_removed_and_the_image_stays(registry, day_two, four_versions):
    digests = four_versions(registry)
    result = day_two(registry).set_tags("app", "1.0", state="absent").as_result()
    assert (result["digests"], result["previous"]) == ({"1.0": None}, {"1.0": digests[0]})
    assert result["tags"] == ["1.1", "1.2", "1.3"] and registry.store.manifest("app", digests[0]) is not None
    with registry.unchanged():
        assert not day_two(registry).set_tags("app", "1.0", state="absent").plan.changes


@pytest.mark.registry(tag_delete=False)
def test_where_tags_cannot_be_removed_the_siblings_are_named(registry, day_two, four_versions):
    four_versions(registry)
    day_two(registry).set_tags("app", "stable", source="1.0")
    before = registry.snapshot()
    with pytest.raises(RefusedError) as caught:
        day_two(registry).set_tags("app", "1.0", state="absent")
    assert caught.value.code == "cannot-untag" and "app:stable and the image itself" in caught.value.message
    assert registry.snapshot() == before
    assert day_two(registry).set_tags("app", "1.0", state="absent", placeholder=True).plan.changes
    assert registry.snapshot() == {name: digest for name, digest in before.items() if name != "app:1.0"}


@pytest.mark.registry(tag_delete=False)
def test_the_placeholder_removes_the_last_name_and_the_image_stays(registry, day_two):
    registry.seed(ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm64")))
    digest = registry.image("app:1").digest
    day_two(registry).set_tags("app", "1", state="absent", placeholder=True)
    assert registry.tags("app") == [] and registry.image(f"app@{digest}").validate()


@pytest.mark.registry(delete=False)
def test_deletion_that_is_off_is_explained_and_no_placeholder_written(registry, day_two, four_versions):
    four_versions(registry)
    with pytest.raises(RefusedError) as caught:
        day_two(registry).set_tags("app", "1.0", state="absent", placeholder=True)
    assert caught.value.code == "deletion-off" and not registry.requests.filter(operation="manifest_put")


def test_without_tags_it_lists(registry, day_two, four_versions):
    four_versions(registry)
    with registry.unchanged():
        result = day_two(registry).set_tags("app").as_result()
    assert (result["changed"], result["tags"]) == (False, ["1.0", "1.1", "1.2", "1.3"])
    assert result["msg"] == "app has 4 tags."
    assert day_two(registry).set_tags("nobody").as_result()["msg"] == "There is no repository nobody."


@pytest.mark.parametrize("words", [
    {"tags": "new"}, {"tags": "a b", "source": "1"}, {"tags": "new", "source": "a b"},
    {"tags": "new", "source": "1", "source_name": "A"},
])
def test_what_cannot_be_meant_is_refused_before_any_request(registry, day_two, words):
    with pytest.raises(ValidationError):
        day_two(registry).set_tags("app", **words)
    assert len(registry.requests) == 0


def test_a_promotion_sends_blobs_again_that_the_registry_misses_after_all(registry, day_two):
    """As in a push: a mount may link bytes that a garbage collection took."""
    registry.seed(ImageSpec(("team/app:1",), layers=2))
    registry.fail("manifest_put", repo="live/app", status=404, code="MANIFEST_BLOB_UNKNOWN", times=1)
    day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    written = [entry.operation for entry in registry.requests if entry.repository == "live/app" and entry.is_write]
    assert written.count("upload_mount") == 3 and written.count("upload_put") == 3
    assert registry.image("live/app:1").validate()
    last = max(n for n, operation in enumerate(written) if operation.startswith("upload"))
    assert "manifest_put" in written[last:]


def test_a_promotion_that_fails_leaves_no_tag(registry, day_two):
    registry.seed(ImageSpec(("team/app:1",), layers=2, index=True))
    registry.fail("upload_mount", repo="live/app", status=202)
    registry.fail("upload_start", repo="live/app", status=400, code="UNSUPPORTED")
    with pytest.raises(RefusedError):
        day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    assert registry.tags("live/app") == []
