# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Registries that refuse to delete one image, need another order, delete too much, or delete nothing."""

from __future__ import annotations

import asyncio
import json

import pytest
from interrupting import wait_for
from registry_api_v2_client.deletion.request import DeleteRequest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import RefusedError

from pytest_oci_registry.server.settings import Quirks
from pytest_oci_registry.tars import ImageSpec

REFUSALS = {
    "405": {"status": 405, "code": "UNSUPPORTED", "message": "The operation is disallowed on this image"},
    "412": {"status": 412, "code": "PRECONDITION", "message": "the tag 1.1 configured as immutable, cannot be deleted"},
    "403": {"status": 403, "code": "DENIED"},
    "409": {"status": 409, "code": "CONFLICT"},
    "423": {"status": 423, "code": "LOCKED"},
    "400 tag": {"status": 400, "code": "GOOGLE_MANIFEST_DANGLING_TAG", "message": "still referenced by tag: 1.1"},
    "400 parent": {"status": 400, "code": "MANIFEST_INVALID", "message": "manifest is referenced by parent"},
    "500": {"status": 500}, "503": {"status": 503},
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_rule_keeps_what_the_registry_refuses_and_deletes_the_rest(registry_factory, day_two, four_versions, refusal):
    registry = registry_factory(tag_delete=False)
    digests = four_versions(registry)
    four_versions(registry, "other")
    registry.fail("manifest_delete", repo="app", ref=digests[1], times=None, **refusal)
    for _run in range(2):
        result = day_two(registry).delete(["app", "other"], rule=Rule(keep_last=1))
        assert result.error is None
        assert (registry.tags("app"), registry.tags("other")) == (["1.1", "1.3"], ["1.3"])
        kept = {each["digest"]: each["reason"] for each in result.as_result()["kept"] if each["repository"] == "app"}
        assert kept == {digests[1]: "refused", digests[3]: "newest"}
        assert "app: the registry refused to delete an image (app:1.1): " in result.warnings[0]
        assert str(refusal["status"]) in result.warnings[0]
    assert not result.changed


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_named_image_that_is_refused_fails_after_the_others(registry_factory, day_two, four_versions, refusal):
    registry = registry_factory(tag_delete=False)
    digests = four_versions(registry)
    registry.fail("manifest_delete", repo="app", ref=digests[1], times=None, **refusal)
    result = day_two(registry).delete("app", tags=("1.0", "1.1", "1.2"))
    assert registry.tags("app") == ["1.1", "1.3"] and result.error.status == refusal["status"]
    assert {step["digest"] for step in result.as_result()["deleted"]} == {digests[0], digests[2]}


def test_children_and_signatures_of_an_index_that_is_refused_stay(registry, day_two, put_artifact):
    registry.seed(ImageSpec(("app:1",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    index = registry.store.tag_digest("app", "1")
    put_artifact(registry, "app", index.replace(":", "-") + ".sig")
    put_artifact(registry, "app", None, index, "bill of materials")
    before = set(registry.store.manifests("app"))
    registry.fail("manifest_delete", ref=index, times=None, status=412, code="PRECONDITION")
    assert day_two(registry).delete("app", rule=Rule(match=("^1$",))).changed is False
    assert set(registry.store.manifests("app")) == before and len(registry.tags("app")) == 2


def test_a_child_that_a_refused_index_shares_with_a_deleted_one_stays(registry, day_two, four_versions):
    digests = four_versions(registry)
    registry.store.delete_tag("app", "1.0")
    for tag, others in (("deleted", [1]), ("refused", [2])):
        put_index(registry, index_of(registry, [digests[0], *(digests[n] for n in others)]), tag)
    registry.fail("manifest_delete", ref=registry.store.tag_digest("app", "refused"), times=None, status=412)
    day_two(registry).delete("app", rule=Rule(match=("deleted", "refused")))
    assert registry.store.tag_digest("app", "deleted") is None and digests[0] in registry.store.manifests("app")


@pytest.mark.registry(personality="gar")
def test_artifact_registry_wants_tags_deleted_before_their_manifest(registry, day_two, four_versions):
    digests = four_versions(registry)
    registry.store.tag("app", "old", digests[0])
    result = day_two(registry).delete("app", rule=Rule(keep_last=2)).as_result()
    assert [step["tags"] for step in result["deleted"]] == [["1.0", "old"], ["1.1"]] and not result["untagged"]
    assert set(registry.store.manifests("app")) == set(digests[2:])


@pytest.mark.registry(personality="gar")
@pytest.mark.parametrize("by", ["tag", "digest"])
def test_the_library_deletes_an_image_with_all_its_tags_there(registry, day_two, four_versions, by):
    digests = four_versions(registry)
    registry.store.tag("app", "old", digests[0])
    calls = {
        "tag": lambda client: client.delete_image("app", "1.0"),
        "digest": lambda client: client.delete_image_by_digest("app", digests[0]),
    }
    assert day_two(registry).do(calls[by]) is True
    assert registry.tags("app") == ["1.1", "1.2", "1.3"] and set(registry.store.manifests("app")) == set(digests[1:])


@pytest.mark.registry(personality="gar")
def test_artifact_registry_wants_an_index_deleted_before_its_children(registry, day_two):
    registry.seed(ImageSpec(("app:1",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    child = registry.image("app:1").manifest
    outer = {"schemaVersion": 2, "mediaType": child["mediaType"], "manifests": [
        {"mediaType": child["mediaType"], "digest": registry.store.tag_digest("app", "1"), "size": 1},
        child["manifests"][0],  # named by both indexes
    ]}
    registry.store.delete_tag("app", "1")
    put_index(registry, outer)
    result = day_two(registry).delete("app", tags=("outer",))
    assert result.error is None and registry.store.manifests("app") == {}


def put_index(registry, document, tag="outer"):
    registry.store.put_manifest("app", json.dumps(document).encode(), document["mediaType"], tag)


def index_of(registry, digests):
    found = [registry.store.manifest("app", digest) for digest in digests]
    entries = [{"mediaType": one.media_type, "digest": digest, "size": len(one.data)}
               for one, digest in zip(found, digests)]
    return {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries}


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_an_index_is_deleted_before_its_children(registry, day_two, by):
    registry.seed(ImageSpec(("app:1",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    index = registry.store.tag_digest("app", "1")
    if by == "digest":
        registry.store.delete_tag("app", "1")
    day_two(registry).delete("app", **({"tags": ("1",)} if by == "tag" else {"digest": index}))
    order = [entry.reference for entry in registry.requests.filter(operation="manifest_delete") if entry.status == 202]
    assert order[0] == index and len(order) == 3


def siblings(registry, four_versions):
    digests = four_versions(registry)
    for tag in ("latest", "prod", "9.9"):
        registry.store.tag("app", tag, digests[0])
    return digests


UNTAGS = {
    "registry_tags": lambda day, tags, **words: day.set_tags("app", tags, state="absent", **words),
    "delete": lambda day, tags, **words: day.delete("app", tags=tags, **words),
    "rule": lambda day, tags, **words: day.delete("app", rule=Rule(match=[f"^{tag}$" for tag in tags]), **words),
}


@pytest.mark.registry(quirks=Quirks(tag_delete_takes_all=True))
@pytest.mark.parametrize("untag", UNTAGS.values(), ids=UNTAGS)
def test_siblings_that_a_registry_deletes_too_are_put_back(registry, day_two, four_versions, untag):
    digests = siblings(registry, four_versions)
    result = untag(day_two(registry), ("1.0",))
    assert {tag: registry.store.tag_digest("app", tag) for tag in ("1.0", "latest", "prod", "9.9")} == {
        "1.0": None, "latest": digests[0], "prod": digests[0], "9.9": digests[0]}
    assert "deleted 9.9, latest, prod together with app:1.0" in result.warnings[0]


@pytest.mark.registry(quirks=Quirks(tag_delete_takes_all=True))
def test_the_way_that_deleted_siblings_is_not_used_again(registry, day_two, four_versions):
    registry.store.tag("app", "other", siblings(registry, four_versions)[1])
    result = day_two(registry).delete("app", tags=("1.0", "1.1"))
    assert result.error.code == "cannot-untag" and len(result.warnings) == 1
    assert registry.tags("app") == ["1.1", "1.2", "1.3", "9.9", "latest", "other", "prod"]
    again = day_two(registry).delete("app", tags=("latest", "1.1"), placeholder=True)
    assert again.error is None and registry.tags("app") == ["1.2", "1.3", "9.9", "other", "prod"]


@pytest.mark.registry(quirks=Quirks(tag_delete_takes_all=True))
@pytest.mark.parametrize("others", [[], ["stable"]], ids=["last name", "sibling"])
def test_a_name_of_an_index_goes_and_the_index_is_put_back(registry, day_two, others):
    registry.seed(ImageSpec(("app:1",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    digest = registry.store.tag_digest("app", "1")
    for tag in others:
        registry.store.tag("app", tag, digest)
    day_two(registry).set_tags("app", "1", state="absent")
    assert registry.tags("app") == others and registry.image(f"app@{digest}").validate()
    assert {registry.store.tag_digest("app", tag) for tag in others} <= {digest}


@pytest.mark.registry(quirks=Quirks(tag_delete_takes_all=True))
def test_siblings_that_cannot_be_put_back_are_named(registry, day_two, four_versions):
    digests = siblings(registry, four_versions)
    registry.fail("manifest_put", status=403, times=None)
    result = day_two(registry).delete("app", tags=("1.0",))
    assert result.error.code == "lost-siblings"
    assert "9.9, latest, prod" in result.error.message and digests[0] in result.error.hint


@pytest.mark.registry(quirks=Quirks(idle_delete=True))
@pytest.mark.parametrize("words", [
    {"tags": ("1.1",)}, {"tags": ("1.0",)}, {"rule": Rule(keep_last=1)}, {"rule": Rule(match=("^latest$",))},
], ids=["image", "tag", "rule", "tag by rule"])
def test_a_deletion_that_is_accepted_and_does_not_happen_is_an_error(registry, day_two, four_versions, words):
    siblings(registry, four_versions)
    before = registry.snapshot()
    result = day_two(registry).delete("app", **words)
    assert (result.error.code, result.changed, result.as_result()["deleted"]) == ("not-deleted", False, [])
    assert registry.snapshot() == before


@pytest.mark.registry(quirks=Quirks(idle_delete=True))
def test_a_tag_that_stays_is_an_error_of_registry_tags(registry, day_two, four_versions):
    four_versions(registry)
    with pytest.raises(RefusedError) as caught:
        day_two(registry).set_tags("app", "1.1", state="absent")
    assert caught.value.code == "not-deleted" and "app:1.1" in caught.value.message


@pytest.mark.registry(quirks=Quirks(idle_delete=True), tag_delete=False)
def test_a_placeholder_that_stays_gives_the_tag_back(registry, day_two, four_versions):
    digests = siblings(registry, four_versions)
    assert day_two(registry).delete("app", tags=("latest",), placeholder=True).error.code == "not-deleted"
    assert registry.store.tag_digest("app", "latest") == digests[0]


@pytest.fixture
def stuck(registry_factory, four_versions):
    """Call it with settings: a registry that lists app:stuck, whose manifest is missing."""

    def start(**words):
        registry = registry_factory(**words)
        four_versions(registry)
        registry.store.tag("app", "stuck", "sha256:" + "5" * 64)
        return registry

    return start


REPAIRS = {"deletes tags": (True, False), "by placeholder": (False, True)}


@pytest.mark.parametrize(("tag_delete", "placeholder"), REPAIRS.values(), ids=REPAIRS)
@pytest.mark.parametrize("untag", [UNTAGS["registry_tags"], UNTAGS["delete"]], ids=["registry_tags", "delete"])
def test_a_tag_without_a_manifest_is_removed(stuck, day_two, tag_delete, placeholder, untag):
    registry = stuck(tag_delete=tag_delete)
    result = untag(day_two(registry), ("stuck",), placeholder=placeholder)
    assert result.as_result()["changed"] and "no manifest" in result.diff()["before"]
    assert registry.tags("app") == ["1.0", "1.1", "1.2", "1.3"] and len(registry.store.manifests("app")) == 4
    with registry.unchanged():
        assert not untag(day_two(registry), ("stuck",)).as_result()["changed"]


def test_a_tag_without_a_manifest_that_stays_is_an_error(stuck, day_two):
    registry = stuck(quirks=Quirks(idle_delete=True))
    assert day_two(registry).delete("app", tags=("stuck",)).error.code == "not-deleted"


def test_a_placeholder_that_is_left_under_a_tag_without_a_manifest_is_an_error(stuck, day_two):
    registry = stuck(tag_delete=False)
    registry.fail("manifest_delete", status=403, after=2)  # the two probes pass
    assert day_two(registry).delete("app", tags=("stuck",), placeholder=True).error.status == 403


@pytest.mark.parametrize("untag", [UNTAGS["registry_tags"], UNTAGS["delete"]], ids=["registry_tags", "delete"])
def test_without_placeholder_the_task_says_how(stuck, day_two, untag):
    registry = stuck(tag_delete=False)
    with pytest.raises(RefusedError) as caught:
        untag(day_two(registry), ("stuck",))
    assert "stuck" in registry.tags("app")
    assert caught.value.code == "dangling-tag" and "placeholder: true" in caught.value.hint


RULES = {
    "about it": (Rule(keep_last=1), "no_manifest", 1),
    "excluded": (Rule(keep_last=1, exclude=("^stuck$",)), "excluded", 0),
    "not about it": (Rule(match=(r"^1\.[012]$",)), None, 0),
}


@pytest.mark.parametrize(("rule", "reason", "warnings"), RULES.values(), ids=RULES)
def test_a_tag_without_a_manifest_does_not_stop_a_rule(stuck, day_two, rule, reason, warnings):
    registry = stuck()
    result = day_two(registry).delete("app", rule=rule)
    assert registry.tags("app") == ["1.3", "stuck"] and len(result.warnings) == warnings
    reasons = [each["reason"] for each in result.as_result()["kept"] if each["tags"] == ["stuck"]]
    assert reasons == ([reason] if reason else [])


def test_an_orphaned_signature_is_named_by_a_pattern_only(registry, day_two, four_versions, put_artifact):
    digests = four_versions(registry)
    orphan, kept = (digest.replace(":", "-") + ".sig" for digest in ("sha256:" + "5" * 64, digests[3]))
    put_artifact(registry, "app", orphan), put_artifact(registry, "app", kept, words="other")
    assert not day_two(registry).delete("app", rule=Rule(keep_last=4)).changed
    day_two(registry).delete("app", rule=Rule(match=(r"\.sig$",)))
    assert registry.tags("app") == ["1.0", "1.1", "1.2", "1.3", kept]


@pytest.mark.registry(tag_delete=False)
def test_a_cancelled_removal_puts_the_tag_back(registry, day_two, four_versions):
    digests = siblings(registry, four_versions)
    held = registry.stall("manifest_delete", after=2)  # the two probes pass
    with pytest.raises(asyncio.CancelledError):
        day_two(registry).do(lambda client: cancelled_at_the_deletion(held, client))
    assert registry.store.tag_digest("app", "latest") == digests[0]


async def cancelled_at_the_deletion(held, client):
    request = DeleteRequest(("app",), tags=("latest",), placeholder=True)
    work = asyncio.ensure_future(client.delete(request))
    await asyncio.to_thread(wait_for, lambda: held.hits)
    work.cancel()
    return await work
