# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan about tags: copy and tag, or remove tags."""

from __future__ import annotations

import typing as t

from ..concurrency import run_all
from ..copying.running.run import run_plan
from ..deletion.plan import TAG, UntagStep
from ..deletion.untag import TagRemover
from ..errors import RefusedError
from ..problems import problem
from ..stores.registry_source import RegistrySource
from ..transport.answers import MISSING_PARTS
from .plan import TagsPlan, TagsRequest
from .result import listed

if t.TYPE_CHECKING:
    from ..stores.protocols import Destination
    from ..stores.registry_reader import RegistryReader


async def run_tags(
    plan: TagsPlan, request: TagsRequest, reader: RegistryReader, destination: Destination
) -> tuple[str, ...]:
    """Do what the plan says and return warnings; the first failure ends it, before any tag is set if it is a blob's."""
    if plan.copy is None:
        return await _remove(plan, request, reader)
    source = RegistrySource(reader.session, request.origin, label=request.label, mount_from=request.origin)
    try:
        (await run_plan(plan.copy, destination, {request.label: source}, request.rules)).raise_failed()
    except RefusedError as error:
        if not plan.absent or not (error.code == "lost-blob" or error.has_code("MANIFEST_INVALID", *MISSING_PARTS)):
            raise
        raise problem(
            "not-found", registry=reader.registry, image=f"{plan.repository}:{plan.moves[0].tag}", status=error.status,
            what=f"{listed(plan.absent)} in {request.origin}, which the index lists",
            registry_code=error.registry_code, registry_message=error.registry_message,
        ) from error
    return ()


async def _remove(plan: TagsPlan, request: TagsRequest, reader: RegistryReader) -> tuple[str, ...]:
    staying = set(plan.listed) - {move.tag for move in plan.moves}
    remover = TagRemover(reader.session, reader, plan.repository, staying, request.placeholder)
    waiting = [UntagStep(move.tag, move.before, plan.how or TAG) for move in plan.moves if move.writes]
    while waiting and not remover.checked:
        await remover.remove(waiting.pop(0))
    await run_all(remover.remove(step) for step in waiting)
    return tuple(remover.warnings)
