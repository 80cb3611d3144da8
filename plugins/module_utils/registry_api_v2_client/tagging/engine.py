# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One request about tags from request to result: plan, and unless rehearsing, run."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..deletion.capabilities import Capabilities
from ..errors import RefusedError, RegistryError
from ..stores.registry_destination import RegistryDestination
from ..stores.registry_reader import RegistryReader
from .plan import TagsRequest
from .planner import plan_tags
from .result import TagsResult
from .run import run_tags

if t.TYPE_CHECKING:
    from ..transport.request import Sender


async def set_tags(send: Sender, request: TagsRequest, *, check: bool = False) -> TagsResult:
    """Set or remove tags and return what happened; with `check`, what would happen.

    Rehearsing sends GET and HEAD, and for a removal DELETE of a digest and a tag that are not there.
    """
    request.check()
    reader, destination = RegistryReader(send), RegistryDestination(send)
    try:
        plan = await plan_tags(request, reader, destination, Capabilities(send))
        if check or not plan.changes:
            return TagsResult(plan, plan.tags_afterwards if check else plan.listed, check)
        destination.forget()
        warnings = await run_tags(plan, request, reader, destination)
        plan = replace(plan, warnings=plan.warnings + warnings)
        cut: list[RefusedError] = []  # the plan has warned of it
        return TagsResult(plan, tuple(sorted(await reader.tags(request.name, cut.append) or ())), check)
    except RegistryError as error:
        error.path = None  # a source is not a file
        raise
    finally:
        await reader.aclose()
        await destination.aclose()
