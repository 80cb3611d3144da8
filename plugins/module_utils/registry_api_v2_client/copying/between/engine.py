# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One copy between registries from request to result: plan, and unless it is a check, run."""

from __future__ import annotations

import time
import typing as t

from ...errors import RegistryError
from ...problems import problem
from ...stores.registry_destination import RegistryDestination
from ...stores.registry_reader import RegistryReader
from ...transport.answers import MISSING_PARTS
from ..running.outcome import PushOutcome
from .planner import CopyPlan, plan_copies
from .result import CopyResult
from .targets import CopyTarget, copy_targets

if t.TYPE_CHECKING:
    from ...transport.session import Session
    from ..plan import FailedImage, PushPlan
    from ..request import PushProgress
    from .request import CopyImage, CopyOptions

MAX_NAMED = 5  # digests that a sentence names


async def copy_images(
    source: Session, session: Session, images: t.Sequence[CopyImage], options: CopyOptions, *, check: bool = False,
    progress: PushProgress | None = None,
) -> CopyResult:
    """Copy the images and return what happened; with `check`, what would happen, by GET and HEAD only.

    The credentials of one session are sent to its own registry only. Raises ValidationError for what copy_targets
    refuses. Failures of single images are part of the result.
    """
    started = time.monotonic()
    reader, destination = RegistryReader(source), RegistryDestination(session, verify_existing=options.verify_existing)
    same = source.registry == session.registry
    try:
        targets = await copy_targets(images, reader, options)
        plan = await plan_copies(targets, reader, destination, options, same)
        stopped = bool(plan.failed) and not options.continue_on_error
        outcome = None
        if not check and not stopped:
            destination.forget()
            outcome = await _run(plan, targets, source, destination, options, same, progress)
        return CopyResult(plan, outcome, time.monotonic() - started, stopped)
    finally:
        await reader.aclose()
        await destination.aclose()


async def _run(
    plan: PushPlan, targets: t.Sequence[CopyTarget | FailedImage], source: Session, destination: RegistryDestination,
    options: CopyOptions, same: bool, progress: PushProgress | None,
) -> PushOutcome:
    if not plan.changes:
        return PushOutcome(finished=set(range(len(plan.images))))
    from ...stores.registry_source import (
        RegistrySource,  # what writes is loaded only here: most runs find nothing to do
    )
    from ..running.run import run_plan

    sources = {
        one.source: RegistrySource(source, one.origin, label=one.source, mount_from=one.origin if same else None)
        for one in targets if isinstance(one, CopyTarget)
    }
    outcome = await run_plan(plan, destination, sources, options.rules, None, progress)
    for number, error in outcome.failed.items():
        error.path = None  # a source is not a file
        image = plan.images[number]
        if isinstance(image, CopyPlan) and image.absent and _is_refused(error):
            outcome.failed[number] = _sparse(image, source.registry.netloc, error)
    return outcome


def _is_refused(error: RegistryError) -> bool:
    return error.code == "lost-blob" or error.has_code("MANIFEST_INVALID", *MISSING_PARTS)


def _sparse(image: CopyPlan, registry: str, error: RegistryError) -> RegistryError:
    """Return the error for a destination that refuses an index whose entries the source does not have."""
    more = f" and {len(image.absent) - MAX_NAMED} more" if len(image.absent) > MAX_NAMED else ""
    found = problem(
        "not-found", registry=registry, image=image.label, status=error.status,
        what=f"{', '.join(image.absent[:MAX_NAMED])}{more}, which the index {image.source} lists",
        registry_code=error.registry_code, registry_message=error.registry_message,
    )
    found.hint = "Set platforms to those that the source has, since the destination refuses an incomplete index."
    return found
