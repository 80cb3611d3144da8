# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the info modules are told: lists, images, a registry."""

from __future__ import annotations

import pytest
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.settings import Login, Settings

from pytest_oci_registry.tars import ImageSpec


def test_tags_by_name_version_and_age(registry, day_two, four_versions):
    four_versions(registry)
    registry.seed(ImageSpec(("app:1.10",), layers=1, created="2023-01-01T00:00:00Z"), ImageSpec(("app:old",), layers=1))
    day = day_two(registry)
    assert day.tags("app").tags == ("1.0", "1.1", "1.10", "1.2", "1.3", "old")
    assert day.tags("app", order_by="version", match=(r"^1\.",)).tags == ("1.10", "1.3", "1.2", "1.1", "1.0")
    newest = day.tags("app", order_by="created", limit=2)
    assert (newest.tags, newest.total) == (("1.3", "1.2"), 6)
    assert day.tags("app", order_by="created").tags == ("1.3", "1.2", "1.1", "1.0", "1.10", "old")


def test_details_group_tags_by_image(registry, day_two, four_versions):
    digests = four_versions(registry)
    registry.store.tag("app", "stable", digests[3])
    registry.seed(ImageSpec(("app:multi",), platforms=("linux/amd64", "linux/arm64"), created="2024-03-01T00:00:00Z"))
    found = day_two(registry).tags("app", match=("3|stable|multi",), details=True).as_result()
    first, second = found["images"]
    assert (first["digest"], first["tags"], first["platforms"]) == (digests[3], ["1.3", "stable"], ["linux/amd64"])
    assert (second["platforms"], second["created"]) == (["linux/amd64", "linux/arm64"], "2024-03-01T00:00:00Z")
    assert first["created"] == "2024-01-04T00:00:00Z" and 0 < first["size"] < second["size"]


def test_a_tag_that_cannot_be_read_is_said_and_hides_no_other(registry, day_two, four_versions):
    digests = four_versions(registry)
    registry.store.delete_manifest("app", digests[0], keep_tags=True)
    found = day_two(registry).tags("app", details=True).as_result()
    assert found["unreadable"] == ["1.0"] and len(found["images"]) == 3 and len(found["tags"]) == 4


def test_an_absent_repository(registry, day_two):
    assert day_two(registry).tags("nobody", details=True).as_result() == {
        "exists": False, "tags": [], "total": 0, "images": [], "unreadable": [], "unreadable_reasons": {}}


@pytest.mark.parametrize("words", [{"match": ("(",)}, {"limit": -1}])
def test_what_cannot_be_meant_is_refused(registry, day_two, words):
    with pytest.raises(ValidationError):
        day_two(registry).tags("app", **words)


def test_an_image_with_labels_layers_and_referrers(registry, day_two, put_artifact):
    registry.seed(ImageSpec(("app:1",), layers=3, labels={"a": "b"}, created="2024-01-01T00:00:00Z"))
    view = registry.image("app:1")
    bill = put_artifact(registry, "app", None, view.digest)
    found = day_two(registry).image("app", "1", verify="blobs").as_result()
    assert (found["digest"], found["labels"], found["created"]) == (view.digest, {"a": "b"}, "2024-01-01T00:00:00Z")
    assert [layer["digest"] for layer in found["layers"]] == [layer.digest for layer in view.layers]
    assert [each["digest"] for each in found["referrers"]] == [bill]
    assert (found["missing"], found["manifest"], found["config"]) == ([], view.manifest, view.config)


def test_one_platform_of_an_index(registry, day_two):
    registry.seed(ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm/v7"), attestations=True))
    found = day_two(registry).image("app", "1", platform="linux/arm").as_result()
    assert found["config"]["architecture"] == "arm"
    assert [image["platform"] for image in found["images"]] == found["platforms"] == ["linux/amd64", "linux/arm/v7"]
    with pytest.raises(ValidationError) as caught:
        day_two(registry).image("app", "1", platform="windows/amd64")
    assert "linux/amd64, linux/arm/v7" in caught.value.message


def test_missing_parts_are_found(registry, day_two):
    registry.seed(ImageSpec(("app:1",), layers=2, platforms=("linux/amd64", "linux/arm64")))
    child = registry.store.manifest("app", registry.store.manifest("app", "1").children[0])
    other = registry.store.manifest("app", "1").children[1]
    registry.forget_blob("app", child.blobs[1])
    assert day_two(registry).image("app", "1", verify="manifest").missing == ()
    registry.store.delete_manifest("app", other)
    found = day_two(registry).image("app", "1", verify="blobs")
    assert found.missing == (("manifest", other), ("blob", child.blobs[1]))


def test_an_absent_image_has_the_same_keys(registry, day_two, four_versions):
    four_versions(registry)
    there, absent = (day_two(registry).image("app", tag, verify="blobs").as_result() for tag in ("1.0", "9"))
    assert there.keys() == absent.keys() and (there["exists"], absent["exists"]) == (True, False)


def test_a_registry_and_its_repositories(registry, day_two, four_versions):
    four_versions(registry, "team/app"), four_versions(registry, "other")
    found = day_two(registry).registry(match=("^team/",)).as_result()
    assert (found["reachable"], found["auth"], found["repositories"]) == (True, "none", ["team/app"])
    assert day_two(registry).registry(limit=1).as_result()["complete"] is False


@pytest.mark.registry(catalog=False)
def test_a_refused_catalog_is_a_warning(registry, day_two):
    report = day_two(registry).registry()
    assert report.as_result()["repositories"] is None and report.as_result()["authenticated"]
    assert "does not list its repositories" in report.warnings[0]


@pytest.mark.registry(auth=("deployer", "right"))
@pytest.mark.parametrize(("login", "source", "fine"), [
    (Login("deployer", "right"), "username and password", True),
    (Login("deployer", "wrong"), "username and password", False),
    (Login(anonymous=True), None, False),
])
def test_the_login_is_told_and_its_secret_is_not(registry, day_two, login, source, fine):
    day = day_two(registry)
    day.settings = Settings(registry.url, login, retries=0)
    found = day.registry().as_result()
    assert (found["reachable"], found["authenticated"], found["login"]["source"]) == (True, fine, source)
    assert "right" not in str(found["login"]) and "wrong" not in str(found)
    assert found["problem"] is None if fine else found["problem"]["code"] in ("login-refused", "no-credentials")


def test_a_registry_that_is_not_there_is_an_answer(registry, day_two):
    day = day_two(registry)
    registry.down()
    found = day.registry().as_result()
    assert (found["reachable"], found["problem"]["code"]) == (False, "unreachable")
