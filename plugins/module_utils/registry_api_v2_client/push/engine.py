# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One push from files to result: read all archives, plan, and unless rehearsing, run."""

from __future__ import annotations

import asyncio
import time
import typing as t
from dataclasses import replace

from ..errors import RegistryError
from .archives import Archives
from .lookup import Lookup
from .naming import check_source
from .outcome import Outcome
from .plan import FailedImage
from .planner import make_plan
from .request import PushOptions, Source
from .result import PushResult
from .select import left_out
from .wanted import Wanted, refuse_clashes, wanted_images

if t.TYPE_CHECKING:
    from ..archive.reader import Archive
    from ..images.model import LeftOut
    from ..transport.session import Session
    from .known_layers import KnownLayers
    from .plan import PushPlan
    from .recipe import Recipe
    from .request import PlanKnown, PushProgress


async def push(
    session: Session, sources: t.Sequence[Source], options: PushOptions, *, check: bool = False,
    progress: PushProgress | None = None, planned: PlanKnown | None = None,
) -> PushResult:
    """Push the sources and return what happened; with `check`, what would happen, asking by GET and HEAD only.

    `progress` is told of bytes that went, `planned` of the plan before the first write. Failures of single images are
    part of the result. Raises ValidationError for names that break the grammar and for
    two contents under one name, before the registry is asked anything.
    """
    started = time.monotonic()
    for source in sources:
        check_source(source, options)
    raw = options.compression == "none" and options.compression_level is None
    how = None if raw else _recipe(options)
    with Archives(options.temp_dir) as archives:
        sources = await archives.expand(sources)
        await archives.read([source.path for source in sources])
        wanted = [
            item for source in sources for item in _wanted(source, archives, options, session.registry.netloc)
        ]
        refuse_clashes([item for item in wanted if isinstance(item, Wanted)], options)
        lookup = Lookup(session, verify_existing=options.verify_existing)
        try:
            plan = await make_plan(wanted, lookup, options, session.registry.netloc)
            plan = replace(plan, left_out=_left_out(wanted, options))
        finally:
            await lookup.aclose()
        stopped = bool(plan.failed) and not options.continue_on_error
        outcome = None
        if not check and not stopped:
            if planned is not None:
                planned(plan)
            outcome = await _run(plan, session, archives.opened, options, how, progress)
        return PushResult(plan, outcome, time.monotonic() - started, stopped, how.library if how else None)


def _left_out(wanted: list[Wanted | FailedImage], options: PushOptions) -> tuple[LeftOut, ...]:
    pushed = [item for item in wanted if isinstance(item, Wanted)]
    found = [one for item in pushed for one in item.archive.left_out]
    found += [one for item in pushed for one in left_out(item.entry, options.platforms, item.archive.path)]
    return tuple(dict.fromkeys(found))


def _recipe(options: PushOptions) -> Recipe:
    from .recipe import recipe

    return recipe(options.compression, options.compression_level)


async def _run(
    plan: PushPlan, session: Session, archives: dict[str, Archive], options: PushOptions, how: Recipe | None,
    progress: PushProgress | None,
) -> Outcome:
    if not plan.changes:
        return Outcome(finished=set(range(len(plan.images))))
    from .compress import Tools  # what writes is loaded only here: most runs find nothing to do
    from .run import run_plan

    lookup = Lookup(session, verify_existing=options.verify_existing)
    known = await _known(session, lookup, options)
    tools = Tools(how or _recipe(options), known, lookup, options.force)
    try:
        return await run_plan(plan, session, archives, options, tools, progress)
    finally:
        if known is not None:
            await known.aclose()
        await lookup.aclose()


async def _known(session: Session, lookup: Lookup, options: PushOptions) -> KnownLayers | None:
    if options.compression == "none":
        return None
    from .known_layers import KnownLayers as Known

    record = None
    if options.cache_path:
        from .layer_record import LayerRecord

        record = await asyncio.to_thread(LayerRecord, options.cache_path)
    return Known(
        session, lookup, options.compression, record=record, reuse_from=options.reuse_from,
        reuse_trust=options.reuse_trust,
    )


def _wanted(
    source: Source, archives: Archives, options: PushOptions, registry: str
) -> list[Wanted | FailedImage]:
    try:
        if source.path in archives.unread:
            raise archives.unread[source.path]
        return wanted_images(source, archives.opened[source.path], options, registry)
    except RegistryError as error:
        return [FailedImage(source.path, source.image, source.name, source.tags or (), error)]
