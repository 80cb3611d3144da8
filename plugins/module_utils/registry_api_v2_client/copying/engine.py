# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One push from files to result: read all archives, plan, and unless rehearsing, run."""

from __future__ import annotations

import asyncio
import time
import typing as t
from dataclasses import replace

from ..archive.paths import expand
from ..errors import Failure, RegistryError
from ..stores.registry_destination import RegistryDestination
from ..stores.tar_source import TarSources
from .naming import check_source
from .plan import FailedImage
from .planning.planner import make_plan
from .planning.referrer_plan import with_referrers
from .request import PushOptions
from .request import Source as PushSource
from .result import PushResult
from .running.outcome import PushOutcome
from .select import left_out
from .targets import PushTarget, push_targets, refuse_clashes

if t.TYPE_CHECKING:
    from ..images.model import LeftOut
    from ..stores.protocols import Source
    from ..transport.session import Session
    from .compression.known_layers import KnownLayers
    from .compression.recipe import Recipe
    from .plan import PushPlan
    from .request import PlanKnown, PushProgress


async def push(
    session: Session, sources: t.Sequence[PushSource], options: PushOptions, *, check: bool = False,
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
    destination = RegistryDestination(session, verify_existing=options.verify_existing)
    try:
        with TarSources(options.temp_dir) as tars:
            sources = await asyncio.to_thread(_expanded, sources, tars.unread)
            await tars.read([source.path for source in sources])
            targets = [item for source in sources for item in _targets(source, tars, options, destination.label)]
            refuse_clashes([item for item in targets if isinstance(item, PushTarget)], options)
            targets = with_referrers(targets, {path: tar.referrers for path, tar in tars.opened.items()}, options)
            plan = await make_plan(targets, tars.opened, destination, options)
            plan = replace(plan, left_out=_left_out(targets, tars, options))
            stopped = bool(plan.failed) and not options.continue_on_error
            outcome = None
            if not check and not stopped:
                if planned is not None:
                    planned(plan)
                outcome = await _run(plan, session, destination, tars.opened, options, how, progress)
            return PushResult(plan, outcome, time.monotonic() - started, stopped, how.library if how else None)
    finally:
        await destination.aclose()


def _expanded(sources: t.Sequence[PushSource], unread: dict[str, RegistryError]) -> list[PushSource]:
    """Return the sources with one for each archive that a directory or a pattern stands for."""
    found = []
    for source in sources:
        try:
            found += [replace(source, path=path) for path in expand(source.path)]
        except RegistryError as error:
            unread[source.path] = error.about(path=source.path)
            found.append(source)
    return found


def _left_out(
    targets: list[PushTarget | FailedImage], tars: TarSources, options: PushOptions
) -> tuple[LeftOut, ...]:
    pushed = [item for item in targets if isinstance(item, PushTarget)]
    found = [one for item in pushed for one in tars.opened[item.path].left_out]
    found += [one for item in pushed for one in left_out(item.entry, options.platforms, item.path)]
    return tuple(dict.fromkeys(found))


def _recipe(options: PushOptions) -> Recipe:
    from .compression.recipe import recipe

    return recipe(options.compression, options.compression_level)


async def _run(
    plan: PushPlan, session: Session, destination: RegistryDestination, sources: t.Mapping[str, Source],
    options: PushOptions, how: Recipe | None, progress: PushProgress | None,
) -> PushOutcome:
    if not plan.changes:
        return PushOutcome(finished=set(range(len(plan.images))))
    from .compression.compress import (
        LayerCompressor,
        Tools,
    )  # what writes is loaded only here: most runs find nothing to do
    from .running.run import run_plan

    destination.forget()
    known = await _known(session, destination, options)
    tools = Tools(how or _recipe(options), known, options.force)
    compressor = LayerCompressor(destination, sources, tools, progress)
    try:
        return await run_plan(plan, destination, sources, options, compressor, progress)
    finally:
        compressor.close()
        if known is not None:
            await known.aclose()


async def _known(session: Session, destination: RegistryDestination, options: PushOptions) -> KnownLayers | None:
    if options.compression == "none":
        return None
    from .compression.known_layers import KnownLayers as Known

    record = None
    if options.cache_path:
        from .compression.layer_record import LayerRecord

        record = await asyncio.to_thread(LayerRecord, options.cache_path)
    return Known(
        session, destination, options.compression, record=record, reuse_from=options.reuse_from,
        reuse_trust=options.reuse_trust,
    )


def _targets(
    source: PushSource, tars: TarSources, options: PushOptions, registry: str
) -> list[PushTarget | FailedImage]:
    try:
        if source.path in tars.unread:
            raise tars.unread[source.path]
        return push_targets(source, tars.opened[source.path].entries, options, registry)
    except RegistryError as error:
        return [FailedImage(source.path, source.image, source.name, source.tags or (), Failure.of(error))]
