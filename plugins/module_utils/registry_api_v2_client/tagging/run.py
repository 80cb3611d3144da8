# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan about tags: blobs, manifests below, then the tags."""

from __future__ import annotations

import typing as t

from ..concurrency import together
from ..deletion.plan import TAG, UntagStep
from ..deletion.untag import TagRemover
from ..endpoints import upload_session
from ..endpoints.blobs import stream_blob
from ..endpoints.manifests import put_manifest
from ..endpoints.uploads import mount_blob, upload_stream
from ..errors import RefusedError
from ..models import Descriptor
from ..problems import problem
from ..transport.answers import MISSING_PARTS
from ..transport.request import StreamBody
from .plan import TagsPlan
from .result import listed

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..images.manifest import Manifest
    from ..inventory import Inventory
    from ..transport.request import Sender


async def run_tags(plan: TagsPlan, send: Sender, inventory: Inventory, *, placeholder: bool) -> tuple[str, ...]:
    """Do what the plan says and return warnings; the first failure ends it, before any tag is set if it is a blob's."""
    if plan.how is not None:
        return await _remove(plan, send, inventory, placeholder)
    origin = t.cast(str, plan.origin)
    await together(_bring(send, plan.repository, origin, blob) for blob in plan.blobs)
    for manifest in plan.manifests:
        await _put(send, plan, manifest.digest, manifest)
    root = t.cast("Manifest", plan.root)
    await together(_put(send, plan, move.tag, root) for move in plan.moves if move.writes)
    return ()


async def _put(send: Sender, plan: TagsPlan, reference: str, manifest: Manifest) -> None:
    """Write a manifest; if the registry misses a part of it, name what the source repository does not have."""
    try:
        await put_manifest(send, plan.repository, reference, manifest.data, manifest.media_type)
    except RefusedError as error:
        if not plan.absent or not error.has_code("MANIFEST_INVALID", *MISSING_PARTS):
            raise
        raise problem(
            "not-found", registry=send.registry.netloc, image=f"{plan.repository}:{reference}", status=error.status,
            what=f"{listed(plan.absent)} in {plan.origin}, which the index lists", registry_code=error.registry_code,
            registry_message=error.registry_message,
        ) from error


async def _remove(plan: TagsPlan, send: Sender, inventory: Inventory, placeholder: bool) -> tuple[str, ...]:
    staying = set(plan.listed) - {move.tag for move in plan.moves}
    remover = TagRemover(send, inventory, plan.repository, staying, placeholder)
    waiting = [UntagStep(move.tag, move.before, plan.how or TAG) for move in plan.moves if move.writes]
    while waiting and not remover.checked:
        await remover.remove(waiting.pop(0))
    await together(remover.remove(step) for step in waiting)
    return tuple(remover.warnings)


async def _bring(send: Sender, repository: str, origin: str, blob: Descriptor) -> None:
    """Mount a blob from the other repository, or copy it where the registry does not mount."""
    mount = await mount_blob(send, repository, blob.digest, origin)
    if mount.done:
        return
    if mount.session is not None:
        await upload_session.release(send, mount.session)
    await upload_stream(send, repository, _body(send, origin, blob), lambda: blob.digest)


def _body(send: Sender, origin: str, blob: Descriptor) -> StreamBody:
    async def chunks() -> AsyncIterator[bytes]:
        async with stream_blob(send, origin, blob.digest) as found:
            async for chunk in found:
                yield chunk

    return StreamBody(chunks)
