# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules on a registry behind a proxy that loses the second page of each list."""

from __future__ import annotations

import pytest

from pytest_oci_registry.server.settings import Quirks


@pytest.fixture
def site(registry_factory):
    """Pages of two tags, only the first of which is served; a1 and z9 are one image."""
    registry = registry_factory(page_size=2, page_limit=2, quirks=Quirks(limited_tags=True, later_page_status=404))
    registry.seed("app:a1", "app:b2", "app:c3")
    registry.store.tag("app", "z9", registry.store.tag_digest("app", "a1"))
    return registry


def test_a_deletion_fails_and_a_listing_warns(site, modules):
    with site.unchanged():
        deletion = modules("registry_image_delete", name="app", tags=["a1"], registry_url=site.url)
        rule = modules("registry_image_delete", name="app", keep_last=0, registry_url=site.url)
    assert (deletion["failed"], deletion["error"]["code"]) == (True, "incomplete-list")
    assert not rule["changed"] and "app was left untouched" in str(rule["warnings"])
    listing = modules("registry_tags_info", name="app", registry_url=site.url)
    assert listing["tags"] == ["a1", "b2"] and "only a part of the tags of app" in str(listing["warnings"])
