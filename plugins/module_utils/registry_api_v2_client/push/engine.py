# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One push from files to result: read all archives, plan, and unless rehearsing, run."""

from __future__ import annotations

import asyncio
import contextlib
import time
import typing as t

from ..archive.reader import open_archive
from ..concurrency import together
from ..errors import RegistryError
from .compress import Tools
from .known_layers import KnownLayers
from .layer_record import LayerRecord
from .lookup import Lookup
from .naming import check_source
from .plan import FailedImage
from .planner import Wanted, make_plan, refuse_clashes, wanted_images
from .recipe import recipe
from .request import PushOptions, Source
from .result import PushResult
from .run import run_plan

if t.TYPE_CHECKING:
    from ..archive.reader import Archive
    from ..transport.session import Session
    from .plan import PushPlan
    from .recipe import Recipe
    from .request import PushProgress
    from .run import Outcome

READERS = 4  # archives indexed at once; headers are small, so the disk is the limit


async def push(
    session: Session, sources: t.Sequence[Source], options: PushOptions, *, check: bool = False,
    progress: PushProgress | None = None,
) -> PushResult:
    """Push the sources and return what happened; with `check`, what would happen, asking by GET and HEAD only.

    Failures of single images are part of the result. Raises ValidationError for names that break the grammar and for
    two contents under one name, before the registry is asked anything.
    """
    started = time.monotonic()
    for source in sources:
        check_source(source, options)
    how = recipe(options.compression, options.compression_level)
    with contextlib.ExitStack() as stack:
        archives, unread = await _open_all(sources, options, stack)
        wanted: list[Wanted | FailedImage] = []
        for source in sources:
            wanted += _wanted(source, archives, unread, options, session.registry.netloc)
        refuse_clashes([item for item in wanted if isinstance(item, Wanted)])
        lookup = Lookup(session, verify_existing=options.verify_existing)
        try:
            plan = await make_plan(wanted, lookup, options, session.registry.netloc)
        finally:
            await lookup.aclose()
        stopped = bool(plan.failed) and not options.continue_on_error
        outcome = None
        if not check and not stopped:
            outcome = await _run(plan, session, archives, options, how, progress)
        compressor = how.library if options.compression != "none" else None
        return PushResult(plan, outcome, time.monotonic() - started, stopped, compressor)


async def _run(
    plan: PushPlan, session: Session, archives: dict[str, Archive], options: PushOptions, how: Recipe,
    progress: PushProgress | None,
) -> Outcome:
    lookup = Lookup(session, verify_existing=options.verify_existing)
    known = None
    if options.compression != "none":
        record = await asyncio.to_thread(LayerRecord, options.cache_path) if options.cache_path else None
        known = KnownLayers(
            session, lookup, options.compression, record=record, reuse_from=options.reuse_from,
            reuse_trust=options.reuse_trust,
        )
    tools = Tools(how, known, lookup, options.force)
    try:
        return await run_plan(plan, session, archives, options, tools, progress)
    finally:
        if known is not None:
            await known.aclose()
        await lookup.aclose()


async def _open_all(
    sources: t.Sequence[Source], options: PushOptions, stack: contextlib.ExitStack
) -> tuple[dict[str, Archive], dict[str, RegistryError]]:
    """Open each file once, several at a time; returns archives and failures by path."""
    archives: dict[str, Archive] = {}
    unread: dict[str, RegistryError] = {}
    gate = asyncio.Semaphore(READERS)

    async def read(path: str) -> None:
        async with gate:
            try:
                archives[path] = await asyncio.to_thread(open_archive, path, temp_dir=options.temp_dir)
            except RegistryError as error:
                unread[path] = error.about(path=path)

    try:
        await together(read(path) for path in dict.fromkeys(source.path for source in sources))
    finally:
        for archive in archives.values():
            stack.callback(archive.close)
    return archives, unread


def _wanted(
    source: Source, archives: t.Mapping[str, Archive], unread: t.Mapping[str, RegistryError],
    options: PushOptions, registry: str,
) -> list[Wanted | FailedImage]:
    try:
        if source.path in unread:
            raise unread[source.path]
        return wanted_images(source, archives[source.path], options, registry)
    except RegistryError as error:
        return [FailedImage(source.path, source.image, source.name, source.tags or (), error)]
