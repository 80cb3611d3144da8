# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of registry_image_delete to one deletion, and back to its values. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec, settings_from
from ._words import patterns_from, tags_from
from .registry_api_v2_client.deletion.engine import delete
from .registry_api_v2_client.deletion.request import DeleteRequest
from .registry_api_v2_client.deletion.rules.retention import CREATED, ORDERS, Rule
from .registry_api_v2_client.formats.durations import parse_length
from .registry_api_v2_client.transport.connected import Connected

_SELECTORS = ("keep_last", "older_than", "match")

DELETE = CONNECTION + Spec(
    {
        "name": {"type": "list", "elements": "str", "required": True, "aliases": ["repository"]},
        "tags": {"type": "raw", "aliases": ["tag"]},
        "digest": {"type": "str"},
        "keep_last": {"type": "int"},
        "older_than": {"type": "str"},
        "match": {"type": "raw"},
        "exclude": {"type": "raw"},
        "order_by": {"type": "str", "choices": list(ORDERS), "default": CREATED},
        "force": {"type": "bool", "default": False},
        "placeholder": {"type": "bool", "default": False},
        "details": {"type": "bool", "default": False},
    },
    mutually_exclusive=(
        ("tags", "digest"), *((direct, rule) for direct in ("tags", "digest") for rule in (*_SELECTORS, "exclude")),
    ),
    required_one_of=(("tags", "digest", *_SELECTORS),),
)


async def delete_images(params: dict[str, t.Any], check_mode: bool) -> ModuleResult:
    """Delete what the parameters name, or with check mode tell what would be deleted."""
    request = DeleteRequest(
        tuple(params["name"]), tags_from(params["tags"]), params["digest"], rule_from(params),
        params["force"], params["placeholder"], params["details"],
    )
    async with Connected(settings_from(params)) as client:
        result = await client.run(lambda session: delete(session, request, check=check_mode), "The deletion")
    return ModuleResult(result.as_result(), result.error, result.diff(), result.warnings)


def rule_from(params: dict[str, t.Any]) -> Rule | None:
    """Return the rule, None where the task names what to delete; raises ValidationError for no length of time."""
    if all(params[name] is None for name in _SELECTORS):
        return None
    age = params["older_than"]
    return Rule(
        params["keep_last"], None if age is None else parse_length(age, "older_than"),
        patterns_from(params["match"], "match"), patterns_from(params["exclude"], "exclude") or (), params["order_by"],
    )
