# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From a request about tags to a plan: asks the registry, changes nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..concurrency import run_all
from ..copying.contents import lacking, needs_of
from ..copying.plan import ImagePlan, PushPlan, TagStep
from ..copying.planning.steps import refuse_moves
from ..deletion.capabilities import Capabilities
from ..deletion.plan import PLACEHOLDER, TAG
from ..deletion.planner import listed
from ..errors import RefusedError
from ..images.manifest import Manifest
from ..problems import problem
from ..reference import is_digest
from ..stores.protocols import Destination
from ..stores.registry_reader import RegistryReader
from .plan import ABSENT, TagMove, TagsPlan, TagsRequest


async def plan_tags(
    request: TagsRequest, reader: RegistryReader, destination: Destination, capabilities: Capabilities
) -> TagsPlan:
    """Return the plan for the request.

    Raises NotFoundError where the source is not there, RefusedError (tag-is-taken) where a tag would move and must not,
    RefusedError (cannot-untag) where the registry cannot remove a tag alone.
    """
    cut: list[RefusedError] = []
    removes = request.tags and request.state == ABSENT
    found = await reader.tags(request.name, None if removes else cut.append)
    warnings = tuple(error.one_line() for error in cut)
    plan = TagsPlan(reader.registry, request.name, found is not None, tuple(sorted(found or ())), warnings=warnings)
    if not request.tags:
        return plan
    if request.state == ABSENT:
        return await _plan_absent(plan, request, reader, capabilities)
    return await _plan_present(plan, request, reader, destination)


async def _plan_present(
    plan: TagsPlan, request: TagsRequest, reader: RegistryReader, destination: Destination
) -> TagsPlan:
    root = await _source(request, reader)
    heads = await run_all(destination.tag(request.name, tag) for tag in request.tags)
    tags = tuple(TagStep(tag, head.digest if head else None, root.digest) for tag, head in zip(request.tags, heads))
    image = ImagePlan(
        request.label, root.digest, request.name, root.descriptor, root.data, (), (), (), tags, reused=True
    )
    refuse_moves(image, request.rules)
    moves = tuple(TagMove(step.tag, step.before, step.after) for step in tags)
    plan = replace(plan, origin=request.origin, moves=moves)
    if request.origin != request.name and plan.changes and not await destination.head(request.name, root.digest):
        tree = await reader.tree(request.origin, root)
        missing = await lacking(needs_of(tree), request.name, reader)
        # what is absent at the source cannot be repaired, so that the manifest counts as one which is not ours
        image = replace(image, **missing.steps(request.origin, request.name), reused=bool(missing.absent))
        plan = replace(plan, absent=missing.absent)
    return replace(plan, copy=PushPlan(destination.label, (image,)))


async def _source(request: TagsRequest, reader: RegistryReader) -> Manifest:
    source = t.cast(str, request.source)
    found = await reader.manifest(request.origin, source)
    if found is None:
        image = f"{request.origin}{'@' if is_digest(source) else ':'}{source}"
        raise problem("not-found", registry=reader.registry, what=f"manifest {image}", image=image)
    return found


async def _plan_absent(
    plan: TagsPlan, request: TagsRequest, reader: RegistryReader, capabilities: Capabilities
) -> TagsPlan:
    heads = await run_all(reader.found(request.name, tag) for tag in request.tags)
    moves = tuple(
        TagMove(tag, head.digest if head else None, None, dangling=head is None and tag in plan.listed)
        for tag, head in zip(request.tags, heads)
    )
    how = await _way(moves, request, reader, capabilities) if any(move.writes for move in moves) else None
    return replace(plan, moves=moves, how=how)


async def _way(
    moves: tuple[TagMove, ...], request: TagsRequest, reader: RegistryReader, capabilities: Capabilities
) -> str:
    await capabilities.require_deletion(request.name)
    if await capabilities.can_untag(request.name):
        return TAG
    if request.placeholder:
        return PLACEHOLDER
    first = next(move for move in moves if move.writes)
    image = f"{request.name}:{first.tag}"
    if first.dangling:
        raise problem("dangling-tag", registry=reader.registry, image=image)
    siblings = await _siblings(first, request, reader)
    others = f"{listed(request.name, siblings)} and the image itself" if siblings else "the image itself"
    raise problem("cannot-untag", registry=reader.registry, image=image, digest=first.before, others=others)


async def _siblings(move: TagMove, request: TagsRequest, reader: RegistryReader) -> list[str]:
    names = [tag for tag in await reader.tags(request.name) or [] if tag != move.tag]
    heads = await run_all(reader.head(request.name, tag) for tag in names)
    return [tag for tag, head in zip(names, heads) if head is not None and head.digest == move.before]
