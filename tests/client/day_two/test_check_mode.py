# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What check mode tells is what the run does, for every state and every rule."""

from __future__ import annotations

import pytest
from registry_api_v2_client.deletion.capabilities import NOTHING, PROBE
from registry_api_v2_client.deletion.rules.retention import Rule

from pytest_oci_registry.tars import ImageSpec

TAGS = {
    "new tag": {"tags": "new", "source": "1.0"},
    "moved tag": {"tags": ("1.3", "new"), "source": "1.0"},
    "right tag": {"tags": "1.0", "source": "1.0"},
    "promotion": {"tags": "1", "source": "2.0", "source_name": "team/base"},
    "absent": {"tags": "1.0", "state": "absent"},
    "absent, one of them gone": {"tags": ("1.0", "gone"), "state": "absent"},
    "absent by placeholder": {"tags": "1.0", "state": "absent", "placeholder": True},
    "listing": {},
}
DELETIONS = {
    "tag": {"tags": ("1.1",)},
    "tag with siblings": {"tags": ("1.0",), "placeholder": True},
    "tag by force": {"tags": ("1.0",), "force": True},
    "absent tag": {"tags": ("gone",)},
    "digest by force": {"digest": "1.1", "force": True},
    "child of an index": {"tags": ("amd64",), "placeholder": True},
    "index": {"tags": ("multi",)},
    "keep_last": {"rule": Rule(keep_last=2)},
    "keep_last by version": {"rule": Rule(keep_last=1, order_by="version")},
    "older_than": {"rule": Rule(older_than=86400)},
    "older_than the age of computing": {"rule": Rule(older_than=80 * 365 * 86400)},
    "match": {"rule": Rule(match=("^1",))},
    "match and exclude": {"rule": Rule(match=(".",), exclude=("[03]$",))},
    "everything at once": {"rule": Rule(keep_last=1, older_than=3600, match=("^1",), exclude=("2$",))},
    "rule with placeholder": {"rule": Rule(keep_last=1, match=("^1.0$", "^1.1$")), "placeholder": True},
    "keep nothing": {"rule": Rule(keep_last=0)},
    "details": {"rule": Rule(keep_last=2), "details": True},
}


@pytest.fixture
def filled(registry_factory, request, four_versions):
    """Versions, shared tags, a signature, an index with a tagged child, an image without age, another repository."""
    registry = registry_factory(tag_delete=request.param)
    digests = four_versions(registry)
    registry.store.tag("app", "stable", digests[0])
    registry.seed(ImageSpec(("app:nightly",), layers=1, seed="nightly"), ImageSpec(("team/base:2.0",), layers=2))
    registry.seed(ImageSpec(("app:multi",), layers=1, platforms=("linux/amd64", "linux/arm64"), seed="multi",
                            created="2024-02-01T00:00:00Z"))
    registry.store.tag("app", "amd64", registry.store.manifest("app", "multi").children[0])
    registry.store.tag("app", digests[1].replace(":", "-") + ".sig", registry.store.tag_digest("app", "nightly"))
    return registry


def told(result):
    values = result.as_result()
    values.pop("msg")
    return values, result.diff()


def compared(registry, act):
    """Rehearse and run; return whether the two say the same, and what the rehearsal said."""
    before = registry.snapshot()
    rehearsal = told(act(check=True))
    assert registry.snapshot() == before
    assert rehearsal == told(act(check=False))
    assert (registry.snapshot() != before) == rehearsal[0]["changed"]
    registry.requests.clear()
    assert not told(act(check=False))[0]["changed"]
    assert [entry for entry in registry.requests.writes if not is_probe(entry)] == []


def is_probe(entry):
    """Whether it asks what the registry can do: such deletions are of what is not there."""
    nothing = entry.reference == NOTHING or entry.reference.startswith(PROBE)
    return entry.operation == "manifest_delete" and entry.status in (400, 404) and nothing


@pytest.mark.parametrize("filled", [True, False], indirect=True, ids=["untags", "cannot-untag"])
@pytest.mark.parametrize("words", DELETIONS.values(), ids=DELETIONS)
def test_deletions(filled, day_two, words):
    if "digest" in words:
        words = {**words, "digest": filled.store.tag_digest("app", words["digest"])}
    compared(filled, lambda check: day_two(filled).delete("app", check=check, **words))


@pytest.mark.parametrize("filled", [True], indirect=True, ids=["untags"])
@pytest.mark.parametrize("words", TAGS.values(), ids=TAGS)
def test_tags(filled, day_two, words):
    compared(filled, lambda check: day_two(filled).set_tags("app", check=check, **words))
