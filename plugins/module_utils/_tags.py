# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of registry_tags and registry_tags_info to one call each. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec, settings_from
from ._words import patterns_from, tag_from, tags_from
from .registry_api_v2_client.inspection.tags import NAME, ORDERS, TagsQuery, list_images
from .registry_api_v2_client.tagging import engine
from .registry_api_v2_client.tagging.plan import PRESENT, STATES, TagsRequest
from .registry_api_v2_client.transport.connected import Connected

TAGS = CONNECTION + Spec(
    {
        "name": {"type": "str", "required": True, "aliases": ["repository"]},
        "tags": {"type": "raw", "aliases": ["tag"]},
        "state": {"type": "str", "choices": list(STATES), "default": PRESENT},
        "source": {"type": "raw"},
        "source_name": {"type": "str"},
        "overwrite": {"type": "bool", "default": True},
        "placeholder": {"type": "bool", "default": False},
    },
)

TAGS_INFO = CONNECTION + Spec(
    {
        "name": {"type": "str", "required": True, "aliases": ["repository"]},
        "match": {"type": "raw"},
        "limit": {"type": "int"},
        "order_by": {"type": "str", "choices": list(ORDERS), "default": NAME},
        "details": {"type": "bool", "default": False},
    },
)


async def set_tags(params: dict[str, t.Any], check_mode: bool) -> ModuleResult:
    """Set or remove the tags that the parameters ask for, or with check mode tell what would change."""
    request = TagsRequest(
        params["name"], tags_from(params["tags"]) or (), params["state"], tag_from(params["source"], "source"),
        params["source_name"], params["overwrite"], params["placeholder"],
    )
    async with Connected(settings_from(params)) as client:
        result = await client.run(
            lambda session: engine.set_tags(session, request, check=check_mode), f"The tags of {request.name}"
        )
    return ModuleResult(result.as_result(), diff=result.diff(), warnings=result.warnings)


async def list_tags(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Tell the tags that the parameters ask for."""
    query = TagsQuery(
        params["name"], patterns_from(params["match"], "match"), params["limit"], params["order_by"], params["details"]
    )
    async with Connected(settings_from(params)) as client:
        listing = await client.run(lambda session: list_images(session, query), f"The list of {query.name}")
    return ModuleResult({"changed": False, **listing.as_result()}, warnings=listing.warnings)
