# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn the options of registry_image_copy into one copy between two sessions. Private to this collection."""

from __future__ import annotations

import typing as t
from contextlib import AsyncExitStack

from ._module import CONNECTION, ModuleResult, Spec, at_least, connection_warnings, settings_from
from ._words import patterns_from, tags_from
from .registry_api_v2_client.copying.between.engine import copy_images
from .registry_api_v2_client.copying.between.request import CopyImage, CopyOptions
from .registry_api_v2_client.problems import printable, problem
from .registry_api_v2_client.transport.connected import Connected

_OF_THE_TASK = ("debug", "total_timeout")  # options of the connection that are set once for both sides
_KEYS = ("from", "match", "name", "newest", "tags", "versions")


def _source_options() -> dict[str, dict[str, t.Any]]:
    options = {name: {**spec} for name, spec in CONNECTION.options.items() if name not in _OF_THE_TASK}
    for spec in options.values():
        spec.pop("fallback", None)  # these variables describe the destination
    del options["registry_url"]["default"]
    options["registry_url"]["required"] = True
    return options


COPY = CONNECTION + Spec(
    {
        "source": {
            "type": "dict", "options": _source_options(),
            "required_together": [list(pair) for pair in CONNECTION.required_together],
        },
        "images": {"type": "list", "elements": "raw", "required": True},
        "original_registry": {"type": "str", "choices": ["drop", "keep"], "default": "drop"},
        "prefix": {"type": "str"},
        "platforms": {"type": "list", "elements": "str"},
        "overwrite": {"type": "bool", "default": True},
        "force": {"type": "bool", "default": False},
        "verify_existing": {"type": "bool", "default": False},
        "continue_on_error": {"type": "bool", "default": False},
        "max_concurrent_uploads": {"type": "int", "default": 4},
    },
)


async def copy(params: dict[str, t.Any], check_mode: bool) -> ModuleResult:
    """Copy what the parameters ask for, or in check mode report what would be copied."""
    images = [_image(item) for item in params["images"]]
    options = CopyOptions(
        params["prefix"], params["original_registry"], tuple(params["platforms"] or ()) or None, params["overwrite"],
        params["force"], params["verify_existing"], params["continue_on_error"],
    )
    limit = at_least(1, params, "max_concurrent_uploads")
    client = Connected(settings_from(params, max_concurrent=limit))
    warnings: list[str] = []
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(client)
        origin = client
        if params["source"] is not None:
            warnings = connection_warnings(params["source"])
            origin = Connected(settings_from({**params["source"], "total_timeout": None}))
            await stack.enter_async_context(origin)
        result = await origin.run(
            lambda source: client.run(
                lambda session: copy_images(source, session, images, options, check=check_mode), "The copy"
            ), "The copy",
        )
    return ModuleResult(result.as_result(), result.error, result.diff(), (*warnings, *result.warnings))


def _image(item: t.Any) -> CopyImage:
    """Return one element of images; raises ValidationError (bad-option) for what is neither a name nor a mapping."""
    if isinstance(item, str):
        item = {"from": item}
    if not isinstance(item, dict) or not isinstance(item.get("from"), str) or set(item) - set(_KEYS):
        raise problem(
            "bad-option", option="images", cause=f"contains {printable(repr(item), 80)}",
            advice=f"Give a name such as team/app:1.4.2, or a mapping with from and any of {', '.join(_KEYS[1:])}.",
        )
    return CopyImage(
        item["from"].strip(), _text(item, "name"), tags_from(item.get("tags")),
        patterns_from(item.get("match"), "match"), _text(item, "versions"), _count(item.get("newest")),
    )


def _text(item: dict[str, t.Any], name: str) -> str | None:
    value = item.get(name)
    if value is None or (isinstance(value, str) and value.strip()):
        return value.strip() if value is not None else None
    raise problem(
        "bad-option", option=name, cause=f"is {printable(repr(value), 60)}", advice="Give a quoted string."
    )


def _count(value: t.Any) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal():  # what a template gives
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return t.cast("int | None", value)
    raise problem("bad-option", option="newest", cause=f"is {printable(repr(value), 60)}", advice="Give a number.")
