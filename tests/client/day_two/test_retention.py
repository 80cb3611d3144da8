# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Retention, in both directions: nothing that a kept tag needs is deleted, and whatever nothing protects is."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_api_v2_client.deletion.rules.removal import Contents, Removal, needed_by, removal
from registry_api_v2_client.deletion.rules.retention import Kept, Rule, Selection, select
from registry_api_v2_client.formats.versions import version_of
from registry_api_v2_client.images.referrer_tags import belongs_to, is_referrer_tag

NOW = 1_700_000_000.0
DAY = 86400
DIGESTS = [f"sha256:{hashlib.sha256(bytes([n])).hexdigest()}" for n in range(12)]
TAGS = ["1.0", "1.1", "1.2", "1.10", "2.0", "2.0-rc1", "latest", "dev-1", "dev-2", "dev-3", "stable", "pr-7"]


def follower(digest: str, ending: str) -> str:
    return digest.replace(":", "-") + ending


@st.composite
def repositories(draw: st.DrawFn) -> Contents:
    """Tags on few digests, so that they share; indexes that name later digests, so that there is no circle."""
    tags = draw(st.dictionaries(st.sampled_from(TAGS), st.sampled_from(DIGESTS), max_size=len(TAGS)))
    followers = draw(st.dictionaries(
        st.builds(follower, st.sampled_from(DIGESTS), st.sampled_from(["", ".sig", ".att"])), st.sampled_from(DIGESTS),
        max_size=4,
    ))
    children = {}
    for number in draw(st.sets(st.integers(0, 8), max_size=4)):
        children[DIGESTS[number]] = tuple(draw(st.sets(st.sampled_from(DIGESTS[number + 1:]), max_size=3)))
    return Contents({**tags, **followers}, children)


rules = st.builds(
    Rule,
    keep_last=st.none() | st.integers(0, 4),
    older_than=st.none() | st.integers(0, 20 * DAY),
    match=st.none() | st.lists(st.sampled_from([r"^\d", "dev", "^1", "."]), max_size=2).map(tuple),
    exclude=st.lists(st.sampled_from(["latest", "-2$", "rc"]), max_size=2).map(tuple),
    order_by=st.sampled_from(["created", "version"]),
)
ages = st.dictionaries(st.sampled_from(DIGESTS), st.none() | st.integers(0, 30).map(lambda days: NOW - days * DAY))


def decide(contents: Contents, rule: Rule, created: dict[str, float | None]) -> tuple[Selection, Removal]:
    selection = select(contents, rule, created, NOW)
    return selection, removal(contents, selection.selected)


def unprotected(contents: Contents, rule: Rule, created: dict[str, float | None]) -> set[str]:
    """The tags that a rule names and nothing protects, said in another way than the code says it."""
    def matches(tag: str) -> bool:
        wanted = rule.match is None or any(re.search(pattern, tag) for pattern in rule.match)
        return wanted and not is_referrer_tag(tag) and not any(re.search(pattern, tag) for pattern in rule.exclude)

    named = {tag: digest for tag, digest in contents.tags.items() if matches(tag)}
    if rule.order_by == "version":
        named = {tag: digest for tag, digest in named.items() if version_of(tag) is not None}
    timed = rule.older_than is not None or (rule.keep_last is not None and rule.order_by == "created")
    if timed:
        named = {tag: digest for tag, digest in named.items() if created.get(digest) is not None}
    old = {tag for tag, digest in named.items()
           if rule.older_than is None or NOW - created[digest] >= rule.older_than}
    return {tag for tag in old if rule.keep_last is None or newer_than(tag, named, rule, created) >= rule.keep_last}


def newer_than(tag: str, named: dict[str, str], rule: Rule, created: dict[str, float | None]) -> int:
    """How many other digests come before that of the tag."""
    def place(digest: str) -> tuple[object, ...]:
        tags = [other for other, its in named.items() if its == digest]
        by_name = max([(0, int(part), "") if part.isdigit() else (1, 0, part)
                       for part in re.findall(r"[0-9]+|[^0-9]+", other)] for other in tags)
        if rule.order_by == "version":
            return (max(version_of(other) for other in tags), by_name)
        return (created[digest], by_name)

    mine = named[tag]
    return sum(place(digest) > place(mine) for digest in set(named.values()) - {mine})


@settings(max_examples=120, deadline=None)
@given(repositories(), rules, ages)
def test_no_digest_that_a_kept_tag_needs_is_deleted(contents, rule, created):
    _selection, removed = decide(contents, rule, created)
    gone = {tag for step in removed.delete for tag in step.tags} | {step.tag for step in removed.untag}
    kept = needed_by(contents, [digest for tag, digest in contents.tags.items() if tag not in gone])
    assert not kept & {step.digest for step in removed.delete}


@settings(max_examples=120, deadline=None)
@given(repositories(), rules, ages)
def test_everything_that_the_rule_names_and_nothing_protects_goes(contents, rule, created):
    selection, removed = decide(contents, rule, created)
    wanted = unprotected(contents, rule, created)
    assert set(selection.selected) == wanted
    gone = {tag for step in removed.delete for tag in step.tags} | {step.tag for step in removed.untag}
    assert wanted <= gone
    kept = needed_by(contents, [digest for tag, digest in contents.tags.items() if tag not in gone])
    assert {contents.tags[tag] for tag in wanted} - kept <= {step.digest for step in removed.delete}


@settings(max_examples=120, deadline=None)
@given(repositories(), rules, ages)
def test_only_named_tags_and_followers_of_what_is_deleted_go(contents, rule, created):
    selection, removed = decide(contents, rule, created)
    deleted = {step.digest for step in removed.delete}
    gone = {tag for step in removed.delete for tag in step.tags} | {step.tag for step in removed.untag}
    assert all(tag in selection.selected or any(belongs_to(tag, digest) for digest in deleted) for tag in gone)


@settings(max_examples=60, deadline=None)
@given(repositories(), rules, ages)
def test_every_tag_is_removed_kept_with_a_reason_or_counted(contents, rule, created):
    selection, _removed = decide(contents, rule, created)
    named = [tag for kept in selection.kept for tag in kept.tags] + list(selection.selected)
    own = [tag for tag in contents.tags if not is_referrer_tag(tag)]
    assert len(named) == len(set(named)) and len(named) + selection.unmatched == len(own)


@settings(max_examples=60, deadline=None)
@given(repositories(), rules, ages)
def test_a_second_run_finds_nothing_more(contents, rule, created):
    _selection, removed = decide(contents, rule, created)
    gone = {tag for step in removed.delete for tag in step.tags} | {step.tag for step in removed.untag}
    rest = Contents({tag: its for tag, its in contents.tags.items() if tag not in gone}, contents.children)
    again = select(rest, rule, created, NOW)
    assert again.selected == ()


def test_keep_last_counts_digests_and_not_tags():
    contents = Contents({"1": DIGESTS[0], "1.0": DIGESTS[0], "2": DIGESTS[1], "3": DIGESTS[2]})
    created = {DIGESTS[0]: NOW - 3, DIGESTS[1]: NOW - 2, DIGESTS[2]: NOW - 1}
    selection = select(contents, Rule(keep_last=2), created, NOW)
    assert set(selection.selected) == {"1", "1.0"}
    assert selection.kept == (Kept(DIGESTS[2], ("3",), "newest"), Kept(DIGESTS[1], ("2",), "newest"))


@pytest.mark.parametrize(("rule", "tag", "age", "reason"), [
    (Rule(keep_last=1), "1", NOW, "newest"),
    (Rule(older_than=DAY), "1", NOW - 5, "younger"),
    (Rule(match=(".",), exclude=("^1$",)), "1", NOW, "excluded"),
    (Rule(older_than=DAY), "1", None, "unknown_age"),
    (Rule(keep_last=0), "1", None, "unknown_age"),
    (Rule(keep_last=0, order_by="version"), "latest", NOW, "not_a_version"),
])
def test_reasons(rule, tag, age, reason):
    selection = select(Contents({tag: DIGESTS[0]}), rule, {DIGESTS[0]: age}, NOW)
    assert selection.kept == (Kept(DIGESTS[0], (tag,), reason),)


@pytest.mark.parametrize(("made", "selected"), [(NOW - DAY, ("1",)), (NOW - DAY + 1, ())], ids=["exactly", "younger"])
def test_an_image_of_exactly_that_age_is_old_enough(made, selected):
    assert select(Contents({"1": DIGESTS[0]}), Rule(older_than=DAY), {DIGESTS[0]: made}, NOW).selected == selected


EQUALS = {
    "numbers": ("created", {"1.9": 0, "1.10": 1}, {"1.10"}), "letters": ("created", {"b": 0, "a": 1}, {"b"}),
    "an image with two tags": ("created", {"1.2": 0, "1.1": 1, "1.3": 1}, {"1.1", "1.3"}),
    "equal versions": ("version", {"1.0": 0, "v1.0": 1}, {"v1.0"}),
    "an image with two versions": ("version", {"1.2": 0, "1.1": 1, "1.3": 1}, {"1.1", "1.3"}),
}


@pytest.mark.parametrize("turn", [1, -1], ids=["as listed", "reversed"])
@pytest.mark.parametrize(("order", "tags", "kept"), EQUALS.values(), ids=EQUALS)
def test_of_equal_ages_or_versions_the_tag_that_sorts_last_is_newest(order, tags, kept, turn):
    contents = Contents({tag: DIGESTS[number] for tag, number in list(tags.items())[::turn]})
    selection = select(contents, Rule(keep_last=1, order_by=order), dict.fromkeys(DIGESTS, NOW), NOW)
    assert set(selection.selected) == set(tags) - kept


def test_versions_are_counted_as_numbers_and_releases_after_their_candidates():
    tags = {"1.9": DIGESTS[0], "1.10": DIGESTS[1], "v2.0": DIGESTS[2], "2.0-rc1": DIGESTS[3]}
    selection = select(Contents(tags), Rule(keep_last=2, order_by="version"), {}, NOW)
    assert set(selection.selected) == {"1.9", "1.10"}


def test_what_never_matched_is_only_counted():
    selection = select(Contents({"a": DIGESTS[0], "b": DIGESTS[1]}), Rule(match=("^a",)), {}, NOW)
    assert (selection.selected, selection.kept, selection.unmatched) == (("a",), (), 1)


def test_signatures_are_no_candidates_and_follow_their_subject():
    signature = follower(DIGESTS[0], ".sig")
    contents = Contents({"1": DIGESTS[0], "2": DIGESTS[1], signature: DIGESTS[2]})
    selection = select(contents, Rule(match=(".",), exclude=("2",)), {}, NOW)
    assert selection.selected == ("1",)
    removed = removal(contents, selection.selected)
    assert [(step.digest, step.tags, step.parent) for step in removed.delete] == [
        (DIGESTS[0], ("1",), None), (DIGESTS[2], (signature,), DIGESTS[0])]


def test_a_signature_stays_with_a_subject_that_stays():
    signature = follower(DIGESTS[0], ".sig")
    contents = Contents({"1": DIGESTS[0], "keep": DIGESTS[0], signature: DIGESTS[2]})
    removed = removal(contents, ["1"])
    assert (removed.delete, [(step.tag, step.reason) for step in removed.untag]) == ((), [("1", "kept_sibling")])


def test_children_go_with_their_index_unless_another_index_keeps_them():
    contents = Contents({"old": DIGESTS[0], "new": DIGESTS[1]},
                        {DIGESTS[0]: (DIGESTS[2], DIGESTS[3]), DIGESTS[1]: (DIGESTS[3], DIGESTS[4])})
    removed = removal(contents, ["old"])
    assert [step.digest for step in removed.delete] == [DIGESTS[0], DIGESTS[2]]


def test_the_tagged_child_of_a_kept_index_loses_its_tag_only():
    contents = Contents({"latest": DIGESTS[0], "amd64": DIGESTS[1]}, {DIGESTS[0]: (DIGESTS[1],)})
    removed = removal(contents, ["amd64"])
    assert (removed.delete, [(step.tag, step.reason) for step in removed.untag]) == ((), [("amd64", "child_of_kept")])


def test_referrers_go_with_their_subject_and_stay_with_it():
    contents = Contents({"1": DIGESTS[0]}, referrers={DIGESTS[0]: (DIGESTS[5],)})
    assert [step.digest for step in removal(contents, ["1"]).delete] == [DIGESTS[0], DIGESTS[5]]
    shared = Contents({"1": DIGESTS[0], "2": DIGESTS[0]}, referrers=contents.referrers)
    assert removal(shared, ["1"]).delete == ()
