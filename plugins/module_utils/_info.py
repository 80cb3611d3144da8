# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of registry_info and registry_image_info to one call each. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec, settings_from
from ._words import patterns_from, tag_from
from .registry_api_v2_client.inspection.image import VERIFY, ImageQuery, inspect_image
from .registry_api_v2_client.inspection.registry import inspect_registry
from .registry_api_v2_client.transport.connected import Connected

REGISTRY_INFO = CONNECTION + Spec({"match": {"type": "raw"}, "limit": {"type": "int"}})

IMAGE_INFO = CONNECTION + Spec(
    {
        "name": {"type": "str", "required": True, "aliases": ["repository"]},
        "tag": {"type": "raw"},
        "digest": {"type": "str"},
        "platform": {"type": "str"},
        "verify": {"type": "str", "choices": list(VERIFY)},
    },
    mutually_exclusive=(("tag", "digest"),),
)


async def registry_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Tell what the registry says of itself."""
    match, limit = patterns_from(params["match"], "match"), params["limit"]
    async with Connected(settings_from(params)) as client:
        report = await client.run(
            lambda session: inspect_registry(session, match=match, limit=limit), "The look at the registry"
        )
    return ModuleResult({"changed": False, **report.as_result()}, warnings=report.warnings)


async def image_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Tell what one image is made of."""
    reference = params["digest"] or tag_from(params["tag"]) or "latest"
    query = ImageQuery(params["name"], reference, params["platform"], params["verify"])
    async with Connected(settings_from(params)) as client:
        report = await client.run(lambda session: inspect_image(session, query), f"The look at {query.label}")
    return ModuleResult({"changed": False, **report.as_result()}, warnings=report.warnings)
