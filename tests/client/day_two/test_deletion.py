# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion on the embedded registry, which can delete tags, or cannot, as it is told."""

from __future__ import annotations

import time

import pytest
from registry_api_v2_client.deletion.capabilities import Capabilities
from registry_api_v2_client.deletion.planner import plan_deletion
from registry_api_v2_client.deletion.request import DeleteRequest
from registry_api_v2_client.deletion.result import DeletionResult
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.deletion.run import run_deletion
from registry_api_v2_client.errors import RefusedError, ValidationError
from registry_api_v2_client.stores.registry_reader import RegistryReader

from pytest_oci_registry.tars import ImageSpec

NO_TAG_DELETION = pytest.mark.registry(tag_delete=False)


def tag_again(registry, name, tag, new):
    registry.store.tag(name, new, registry.store.tag_digest(name, tag))


def gone(registry, name, *references):
    return all(registry.store.manifest(name, reference) is None for reference in references)


def test_one_of_two_tags_goes_and_the_other_still_pulls(registry, day_two, four_versions, pull, tmp_path):
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    result = day_two(registry).delete("app", tags=("1.0",)).as_result()
    assert result["untagged"] == [{"repository": "app", "tag": "1.0", "digest": digests[0]}] and not result["deleted"]
    assert gone(registry, "app", "1.0")
    pull(registry, "app:stable", tmp_path / "pulled")


def test_the_only_tag_goes_with_its_image(registry, day_two, four_versions):
    digests = four_versions(registry)
    result = day_two(registry).delete("app", tags=("1.0",)).as_result()
    assert result["deleted"] == [{"repository": "app", "digest": digests[0], "tags": ["1.0"], "parent": None}]
    assert gone(registry, "app", digests[0])
    with registry.unchanged():
        again = day_two(registry).delete("app", tags=("1.0",)).as_result()
    assert (again["changed"], again["msg"]) == (False, "Nothing to do in app: what was named is not there.")


@NO_TAG_DELETION
def test_siblings_are_named_and_nothing_is_deleted(registry, day_two, four_versions):
    four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    before = registry.snapshot()
    with pytest.raises(RefusedError) as caught:
        day_two(registry).delete("app", tags=("1.0",))
    assert caught.value.code == "shared-digest" and "app:stable" in caught.value.message
    assert registry.snapshot() == before


@NO_TAG_DELETION
def test_naming_all_siblings_deletes_the_image(registry, day_two, four_versions):
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    result = day_two(registry).delete("app", tags=("1.0", "stable")).as_result()
    assert result["deleted"][0]["tags"] == ["1.0", "stable"] and gone(registry, "app", digests[0])


@pytest.mark.parametrize("tag_delete", [True, False])
def test_force_takes_siblings_along(registry_factory, day_two, four_versions, tag_delete):
    registry = registry_factory(tag_delete=tag_delete)
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    result = day_two(registry).delete("app", tags=("1.0",), force=True).as_result()
    assert result["deleted"][0]["tags"] == ["1.0", "stable"] and gone(registry, "app", digests[0], "stable")


@NO_TAG_DELETION
def test_a_placeholder_removes_one_name(registry, day_two, four_versions):
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    result = day_two(registry).delete("app", tags=("1.0",), placeholder=True).as_result()
    assert [step["tag"] for step in result["untagged"]] == ["1.0"]
    assert registry.snapshot()["app:stable"] == digests[0] and "app:1.0" not in registry.snapshot()
    assert set(registry.store.manifests("app")) == set(digests), "no placeholder is left"


@NO_TAG_DELETION
def test_the_tag_is_put_back_when_the_placeholder_cannot_be_deleted(registry, day_two, four_versions):
    four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    before = registry.snapshot()
    registry.fail("manifest_delete", status=403, after=2)  # the two probes pass
    result = day_two(registry).delete("app", tags=("1.0",), placeholder=True)
    assert result.error.status == 403 and not result.changed
    assert registry.snapshot() == before
    heads = sum(one.reference == "1.0" for one in registry.requests.filter(operation="manifest_head"))
    registry.fail("manifest_delete", status=403, after=2)
    registry.fail("manifest_head", ref="1.0", status=500, after=heads - 1)  # the last one shows whether the tag is back
    assert day_two(registry).delete("app", tags=("1.0",), placeholder=True).error.status == 403
    assert registry.snapshot() == before


@pytest.mark.registry(delete=False)
@pytest.mark.parametrize("check", [True, False])
def test_deletion_that_is_off_is_explained_with_its_setting(registry, day_two, four_versions, check):
    four_versions(registry)
    with pytest.raises(RefusedError) as caught:
        day_two(registry).delete("app", tags=("1.0",), check=check)
    assert caught.value.code == "deletion-off" and "storage.delete.enabled: true" in caught.value.hint


def test_a_digest_goes_where_no_tag_names_it(registry, day_two, four_versions):
    digests = four_versions(registry)
    with pytest.raises(RefusedError) as caught:
        day_two(registry).delete("app", digest=digests[0])
    assert (caught.value.code, "app:1.0" in caught.value.message) == ("tagged-digest", True)
    registry.store.delete_tag("app", "1.0")
    assert day_two(registry).delete("app", digest=digests[0]).changed
    assert not day_two(registry).delete("app", digest=digests[0]).changed


def test_an_index_goes_with_children_that_nothing_else_needs(registry, day_two):
    two = ImageSpec(("app:old",), layers=1, platforms=("linux/amd64", "linux/arm64"))
    registry.seed(two)
    children = list(registry.store.manifest("app", "old").children)
    registry.store.tag("app", "amd64", children[0])
    result = day_two(registry).delete("app", tags=("old",)).as_result()
    assert gone(registry, "app", "old", children[1]) and not gone(registry, "app", children[0])
    assert [(step["digest"], step["parent"] is None) for step in result["deleted"]][1:] == [(children[1], False)]


@NO_TAG_DELETION
def test_a_child_of_a_kept_index_stays(registry, day_two):
    registry.seed(ImageSpec(("app:latest",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    child = registry.store.manifest("app", "latest").children[0]
    registry.store.tag("app", "amd64", child)
    for words in ({"tags": ("amd64",)}, {"tags": ("amd64",), "force": True}, {"digest": child, "force": True}):
        with pytest.raises(RefusedError) as caught:
            day_two(registry).delete("app", **words)
        assert (caught.value.code, "app:latest" in caught.value.message) == ("needed-by-index", True)
    assert day_two(registry).delete("app", tags=("amd64",), placeholder=True).changed
    assert not gone(registry, "app", child) and gone(registry, "app", "amd64")


def test_signatures_and_referrers_follow_their_subject(registry, day_two, four_versions, put_artifact):
    digests = four_versions(registry)
    tag = digests[0].replace(":", "-") + ".sig"
    signature = put_artifact(registry, "app", tag)
    bill = put_artifact(registry, "app", None, digests[0], "bill of materials")
    other = put_artifact(registry, "app", digests[1].replace(":", "-") + ".sig", words="other")
    result = day_two(registry).delete("app", rule=Rule(keep_last=3)).as_result()
    assert {step["digest"]: step["parent"] for step in result["deleted"]} == {
        digests[0]: None, signature: digests[0], bill: digests[0]}
    assert gone(registry, "app", tag, bill) and not gone(registry, "app", other)


def test_a_rule_is_applied_to_every_repository_of_a_pattern(registry, day_two, four_versions):
    for name in ("team/app", "team/sub/tool", "other"):
        four_versions(registry, name)
    result = day_two(registry).delete(["team/*"], rule=Rule(keep_last=1)).as_result()
    assert result["totals"] == {"images": 6, "manifests": 6, "tags": 6, "untagged": 0, "kept": 2, "unmatched": 0}
    assert len(registry.tags("other")) == 4 and registry.tags("team/sub/tool") == ["1.3"]


def test_a_pattern_leaves_names_alone_that_no_client_could_push_to(registry, day_two):
    registry.seed("team/app:1")
    for name in ("team/../other", "team/App", "team/a b"):
        registry.store.create(name)
    result = day_two(registry).delete(["team/*"], rule=Rule(match=("^1",))).as_result()
    assert result["totals"]["images"] == 1
    assert {request.repository for request in registry.requests if request.repository} == {"team/app"}


def test_an_image_whose_config_is_missing_is_kept_and_named_and_the_rest_goes(registry, day_two, four_versions):
    digests = four_versions(registry)
    registry.store.delete_blob("app", registry.store.manifest("app", "1.2").blobs[0])
    result = day_two(registry).delete("app", rule=Rule(keep_last=1), details=True)
    assert registry.tags("app") == ["1.2", "1.3"]
    kept = {each["digest"]: each["reason"] for each in result.as_result()["kept"]}
    assert kept == {digests[2]: "unreadable", digests[3]: "newest"}
    assert "app:1.2 cannot be read and is kept" in result.warnings[0]


def test_a_repository_with_an_unreadable_index_is_left_alone(registry, day_two, four_versions):
    """Nobody knows which images it needs."""
    four_versions(registry)
    registry.store.put_manifest("app", b'{"manifests": []}', "application/vnd.oci.image.index.v1+json", "odd")
    registry.fail(("manifest_get", "manifest_head"), status=403, ref="odd", times=None)
    result = day_two(registry).delete("app", rule=Rule(keep_last=1))
    assert len(registry.tags("app")) == 5 and not result.changed
    assert "app was left untouched" in result.warnings[0]


def test_a_registry_that_seemed_to_remove_tags_and_does_not(registry, day_two, four_versions):
    four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    registry.fail("manifest_delete", status=405, code="UNSUPPORTED", after=2)  # the two probes pass
    result = day_two(registry).delete("app", tags=("1.0",))
    assert (result.error.code, result.changed) == ("cannot-untag", False)


@NO_TAG_DELETION
def test_a_rule_keeps_what_it_cannot_remove_alone(registry, day_two, four_versions):
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    result = day_two(registry).delete("app", rule=Rule(match=(r"^1\.[01]$",))).as_result()
    assert [step["tags"] for step in result["deleted"]] == [["1.1"]]
    assert result["kept"] == [{"repository": "app", "digest": digests[0], "tags": ["1.0"], "reason": "kept_sibling"}]


def plan_then_run(day, request, between):
    """Return the result of a deletion during which something else happens after the plan is made."""

    async def work(client):
        inventory = RegistryReader(client._session)
        plan = await plan_deletion(client._session, request, inventory, Capabilities(client._session), time.time())
        between()
        return DeletionResult(plan, await run_deletion(plan, client._session, request, inventory))

    return day.do(work)


def test_a_tag_that_comes_after_the_plan_saves_its_image(registry, day_two, four_versions):
    digests = four_versions(registry)
    request = DeleteRequest(("app",), rule=Rule(keep_last=2))
    result = plan_then_run(day_two(registry), request, lambda: registry.store.tag("app", "rescued", digests[0]))
    assert registry.tags("app") == ["1.0", "1.2", "1.3", "rescued"]
    kept = {"repository": "app", "digest": digests[0], "tags": ["1.0"], "reason": "kept_sibling"}
    assert kept in result.as_result()["kept"]


def test_a_tag_that_is_moved_after_the_plan_stays(registry, day_two, four_versions):
    digests = four_versions(registry)
    tag_again(registry, "app", "1.0", "stable")
    request = DeleteRequest(("app",), tags=("stable",))
    result = plan_then_run(day_two(registry), request, lambda: registry.store.tag("app", "stable", digests[3]))
    assert registry.store.tag_digest("app", "stable") == digests[3] and not result.changed
    assert f"app:stable was moved to {digests[3]}" in result.warnings[0]


@pytest.mark.parametrize(("words", "option"), [
    ({}, "names nothing"), ({"rule": Rule()}, "names nothing"), ({"rule": Rule(exclude=("a",))}, "names nothing"),
    ({"tags": ("1",), "rule": Rule(keep_last=1)}, "both"), ({"rule": Rule(keep_last=-1)}, "keep_last"),
    ({"rule": Rule(match=("(",))}, "match"), ({"rule": Rule(keep_last=1, exclude=("[",))}, "exclude"),
    ({"tags": ("a b",)}, "not a tag"), ({"digest": "sha256:12"}, "neither"),
])
def test_what_cannot_be_meant_is_refused_before_any_request(registry, day_two, words, option):
    with pytest.raises(ValidationError) as caught:
        day_two(registry).delete("app", **words)
    assert option in caught.value.message and len(registry.requests) == 0


@pytest.mark.parametrize("names", [["a", "b"], ["team/*"]])
def test_tags_and_digests_are_about_one_repository(registry, day_two, names):
    with pytest.raises(ValidationError):
        day_two(registry).delete(names, tags=("1",))


@pytest.mark.parametrize(("names", "words"), [
    ([], {"rule": Rule(keep_last=1)}), ("app", {"tags": ()}), ("app", {"rule": Rule(keep_last=0, match=())}),
])
def test_an_empty_list_is_nothing_to_do(registry, day_two, names, words):
    result = day_two(registry).delete(names, **words).as_result()
    assert (result["changed"], len(registry.requests)) == (False, 0)


def test_an_absent_repository_is_nothing_to_do(registry, day_two):
    with registry.unchanged():
        assert not day_two(registry).delete("nobody", tags=("1",)).changed
        assert not day_two(registry).delete("nobody", rule=Rule(keep_last=1)).changed


def test_details_tell_age_and_size(registry, day_two, four_versions):
    four_versions(registry)
    result = day_two(registry).delete("app", rule=Rule(keep_last=3), details=True, check=True).as_result()
    assert result["deleted"][0]["created"] == "2024-01-01T00:00:00Z" and result["deleted"][0]["size"] > 0
