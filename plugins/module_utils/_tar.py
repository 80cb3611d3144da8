# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of docker_tar_info to the reading of archives, without aiohttp. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec
from ._words import empty_list, failures_sentence
from .registry_api_v2_client.inspection.archive import inspect_archives

# The options of the connection are accepted, so that module_defaults of the action group may name them, and not used.
TAR_INFO = CONNECTION + Spec(
    {
        "path": {"type": "list", "elements": "path", "required": True},
        "details": {"type": "bool", "default": False},
        "continue_on_error": {"type": "bool", "default": False},
        "temp_dir": {"type": "path"},
    },
)


async def tar_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Return what the archives contain."""
    images = await inspect_archives(
        params["path"], params["temp_dir"], continue_on_error=params["continue_on_error"]
    )
    values = {"changed": False, "images": [image.as_result(params["details"]) for image in images]}
    unread = [image.error for image in images if image.error is not None and not image.number]
    if unread:
        total = len({image.path for image in images})
        values["msg"] = failures_sentence(unread, total, "archives", "path")
    empty = () if params["path"] else (empty_list("path", "read"),)
    return ModuleResult(values, unread[0] if unread else None, warnings=empty)
