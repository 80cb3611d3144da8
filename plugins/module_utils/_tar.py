# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the options of docker_tar_info to the reading of archives, without aiohttp. Private to this collection."""

from __future__ import annotations

import typing as t

from ._module import CONNECTION, ModuleResult, Spec
from ._words import empty_list
from .registry_api_v2_client.inspection.archive import inspect_archives

# The options of the connection are accepted, so that module_defaults of the action group may name them, and not used.
TAR_INFO = CONNECTION + Spec(
    {
        "path": {"type": "list", "elements": "path", "required": True},
        "details": {"type": "bool", "default": False},
        "temp_dir": {"type": "path"},
    },
)


async def tar_info(params: dict[str, t.Any], _check_mode: bool) -> ModuleResult:
    """Tell what the archives hold."""
    images = await inspect_archives(params["path"], params["temp_dir"])
    empty = () if params["path"] else (empty_list("path", "read"),)
    values = {"changed": False, "images": [image.as_result(params["details"]) for image in images]}
    return ModuleResult(values, warnings=empty)
