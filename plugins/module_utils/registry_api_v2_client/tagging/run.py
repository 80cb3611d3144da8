# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan about tags: blobs, manifests below, then the tags."""

from __future__ import annotations

import typing as t

from ..concurrency import together
from ..deletion.placeholder import untag_by_placeholder
from ..deletion.plan import PLACEHOLDER
from ..deletion.run import remove_tag
from ..endpoints import upload_session
from ..endpoints.blobs import stream_blob
from ..endpoints.manifests import put_manifest
from ..endpoints.uploads import mount_blob, upload_stream
from ..models import Descriptor
from ..transport.request import StreamBody
from .plan import TagMove, TagsPlan

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..images.manifest import Manifest
    from ..transport.request import Sender


async def run_tags(plan: TagsPlan, send: Sender) -> None:
    """Do what the plan says; the first failure ends it, before any tag is set where it is about blobs."""
    origin = t.cast(str, plan.origin)
    await together(_bring(send, plan.repository, origin, blob) for blob in plan.blobs)
    for manifest in plan.manifests:
        await put_manifest(send, plan.repository, manifest.digest, manifest.data, manifest.media_type)
    await together(_move(send, plan, move) for move in plan.moves if move.writes)


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


async def _move(send: Sender, plan: TagsPlan, move: TagMove) -> None:
    if move.after is not None:
        root = t.cast("Manifest", plan.root)
        await put_manifest(send, plan.repository, move.tag, root.data, root.media_type)
    elif plan.how == PLACEHOLDER:
        await untag_by_placeholder(send, plan.repository, move.tag, t.cast(str, move.before))
    else:
        await remove_tag(send, plan.repository, move.tag, t.cast(str, move.before))
