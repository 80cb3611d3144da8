# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From a request about tags to a plan: asks the registry, changes nothing."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..concurrency import together
from ..deletion.capabilities import Capabilities
from ..deletion.plan import PLACEHOLDER, TAG
from ..deletion.planner import listed
from ..errors import RefusedError
from ..images.manifest import Manifest
from ..inventory import Inventory
from ..problems import problem
from ..reference import is_digest
from .contents import Needs, lacking
from .plan import ABSENT, TagMove, TagsPlan, TagsRequest


async def plan_tags(request: TagsRequest, inventory: Inventory, capabilities: Capabilities) -> TagsPlan:
    """Return the plan for the request.

    Raises NotFoundError where the source is not there, RefusedError (tag-is-taken) where a tag would move and must not,
    RefusedError (cannot-untag) where the registry cannot remove a tag alone.
    """
    cut: list[RefusedError] = []
    removes = request.tags and request.state == ABSENT
    found = await inventory.tags(request.name, None if removes else cut.append)
    warnings = tuple(error.one_line() for error in cut)
    plan = TagsPlan(inventory.registry, request.name, found is not None, tuple(sorted(found or ())), warnings=warnings)
    if not request.tags:
        return plan
    if request.state == ABSENT:
        return await _plan_absent(plan, request, inventory, capabilities)
    return await _plan_present(plan, request, inventory)


async def _plan_present(plan: TagsPlan, request: TagsRequest, inventory: Inventory) -> TagsPlan:
    root = await _source(request, inventory)
    heads = await together(inventory.head(request.name, tag) for tag in request.tags)
    moves = tuple(TagMove(tag, head.digest if head else None, root.digest) for tag, head in zip(request.tags, heads))
    _refuse_moves(moves, request)
    plan = replace(plan, moves=moves, root=root, origin=request.origin)
    if request.origin == request.name or not plan.changes or await inventory.head(request.name, root.digest):
        return plan
    needs = Needs(inventory, request.origin)
    await needs.add(root)
    missing = await lacking(needs, root, request.name, inventory)
    return replace(
        plan, manifests=tuple(missing.manifests.values()), blobs=tuple(missing.blobs.values()),
        absent=tuple(missing.absent),
    )


async def _source(request: TagsRequest, inventory: Inventory) -> Manifest:
    source = t.cast(str, request.source)
    found = await inventory.manifest(request.origin, source)
    if found is None:
        image = f"{request.origin}{'@' if is_digest(source) else ':'}{source}"
        raise problem("not-found", registry=inventory.registry, what=f"manifest {image}", image=image)
    return found


def _refuse_moves(moves: tuple[TagMove, ...], request: TagsRequest) -> None:
    for move in moves:
        if not request.overwrite and move.before is not None and move.writes:
            error = problem(
                "tag-is-taken", image=f"{request.name}:{move.tag}", old=move.before, new=move.after,
                left="nothing was sent",
                path=f"{request.origin} ({request.source})", rule="overwrite: false", advice="set overwrite: true",
            )
            error.path = None  # a source is no file
            raise error


async def _plan_absent(
    plan: TagsPlan, request: TagsRequest, inventory: Inventory, capabilities: Capabilities
) -> TagsPlan:
    heads = await together(inventory.found(request.name, tag) for tag in request.tags)
    moves = tuple(
        TagMove(tag, head.digest if head else None, None, dangling=head is None and tag in plan.listed)
        for tag, head in zip(request.tags, heads)
    )
    how = await _way(moves, request, inventory, capabilities) if any(move.writes for move in moves) else None
    return replace(plan, moves=moves, how=how)


async def _way(
    moves: tuple[TagMove, ...], request: TagsRequest, inventory: Inventory, capabilities: Capabilities
) -> str:
    await capabilities.require_deletion(request.name)
    if await capabilities.can_untag(request.name):
        return TAG
    if request.placeholder:
        return PLACEHOLDER
    first = next(move for move in moves if move.writes)
    image = f"{request.name}:{first.tag}"
    if first.dangling:
        raise problem("dangling-tag", registry=inventory.registry, image=image)
    siblings = await _siblings(first, request, inventory)
    others = f"{listed(request.name, siblings)} and the image itself" if siblings else "the image itself"
    raise problem("cannot-untag", registry=inventory.registry, image=image, digest=first.before, others=others)


async def _siblings(move: TagMove, request: TagsRequest, inventory: Inventory) -> list[str]:
    names = [tag for tag in await inventory.tags(request.name) or [] if tag != move.tag]
    heads = await together(inventory.head(request.name, tag) for tag in names)
    return [tag for tag, head in zip(names, heads) if head is not None and head.digest == move.before]
