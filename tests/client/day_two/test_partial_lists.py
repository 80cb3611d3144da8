# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Registries that show only the first page of their tags: nothing is deleted, and listings warn."""

from __future__ import annotations

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import RefusedError

from pytest_oci_registry.server.settings import Quirks

PAGES = {
    "a page that is not served": {"later_page_status": 404},
    "a page that is forbidden": {"later_page_status": 403},
    "a link without brackets": {"link": '{url}; rel="next"'},
}
DECISIONS = {
    "tag": {"tags": ("a1",)},
    "force": {"tags": ("a1",), "force": True},
    "rule": {"rule": Rule(keep_last=0, order_by="version")},
    "pattern": {"rule": Rule(match=("^a",))},
}


@pytest.fixture
def paged(registry_factory):
    """Call it with quirks: a registry with pages of two tags, in which z9 and a1 are one image."""

    def start(**quirks):
        registry = registry_factory(page_size=2, page_limit=2, quirks=Quirks(limited_tags=True, **quirks))
        registry.seed("app:a1", "app:b2", "app:c3")
        registry.store.tag("app", "z9", registry.store.tag_digest("app", "a1"))
        return registry

    return start


def refusal(delete):
    """What is raised, or for a rule why the repository is left untouched."""
    try:
        return delete().warnings[0]
    except RefusedError as error:
        return error.message


@pytest.mark.parametrize("words", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("quirks", PAGES.values(), ids=PAGES)
def test_nothing_is_deleted(paged, day_two, quirks, words):
    registry = paged(**quirks)
    with registry.unchanged():
        assert "only a part of the tags of app" in refusal(lambda: day_two(registry).delete("app", **words))


@pytest.mark.parametrize("words", [{"tags": ("a1",)}, {"rule": Rule(match=("^a",))}], ids=["tag", "rule"])
def test_a_registry_that_caps_its_pages_without_a_link_is_read_to_the_end(paged, day_two, words):
    registry = paged(link="")
    assert day_two(registry).delete("app", **words).as_result()["untagged"]
    assert registry.tags("app") == ["b2", "c3", "z9"]


@pytest.mark.parametrize("link", ['<{url}>; rel="last next"', '<{url}>; rel="prev"; title=x, <{url}>; REL=next'])
def test_an_unusual_link_leads_to_the_tag_that_stays(paged, day_two, link):
    registry = paged(link=link)
    assert day_two(registry).delete("app", tags=("a1",)).as_result()["untagged"]
    assert registry.tags("app") == ["b2", "c3", "z9"]


@pytest.mark.parametrize("quirks", PAGES.values(), ids=PAGES)
def test_a_pattern_of_repositories_needs_the_whole_catalog(paged, day_two, quirks):
    registry = paged(**quirks)
    registry.seed("team/a:1", "team/b:1")
    with registry.unchanged(), pytest.raises(RefusedError, match="only a part of the list of repositories"):
        day_two(registry).delete(["team/*"], rule=Rule(match=(".",)))


@pytest.mark.parametrize("quirks", PAGES.values(), ids=PAGES)
def test_listings_return_what_they_have_and_warn(paged, day_two, quirks):
    registry = paged(**quirks)
    registry.seed("team/a:1", "team/b:1")
    day = day_two(registry)
    report, listing, tags = day.registry(), day.tags("app"), day.set_tags("app")
    assert (report.repositories, report.complete) == (("app", "team/a"), False)
    assert listing.tags == tags.tags == ("a1", "b2")
    for result in (report, listing, tags):
        assert "only a part of" in result.warnings[0]


def test_no_tag_is_removed_alone_from_a_partial_list_but_promotion_works(paged, day_two):
    registry = paged(later_page_status=404)
    with registry.unchanged(), pytest.raises(RefusedError, match="only a part"):
        day_two(registry).set_tags("app", "a1", state="absent")
    assert "only a part" in day_two(registry).set_tags("app", "new", source="z9").warnings[0]
    assert registry.store.tag_digest("app", "new") == registry.store.tag_digest("app", "z9")
