# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion as the library's functions promise it: one tag or digest, True where something went."""

from __future__ import annotations

import typing as t

from .concurrency import together
from .endpoints.manifests import Deletion, delete_manifest, delete_tag, head_manifest
from .endpoints.tags import list_tags
from .problems import problem
from .reference import check_repository, check_tag, digest_fault

if t.TYPE_CHECKING:
    from .transport.request import Sender

MAX_NAMED = 10  # siblings that a message names


async def delete_image(send: Sender, repository: str, tag: str, *, keep_siblings: bool) -> bool:
    """Delete the manifest of a tag; with `keep_siblings` no other tag goes with it.

    Raises RefusedError (shared-digest) where it would, and the registry cannot remove a tag alone.
    """
    check_repository(repository)
    check_tag(tag)
    found = await head_manifest(send, repository, tag)
    if found is None:
        return False
    if keep_siblings:
        untagged = await delete_tag(send, repository, tag)
        if untagged is not Deletion.UNSUPPORTED:
            return untagged is Deletion.DELETED
        await _refuse_siblings(send, repository, tag, found.digest)
    return await delete_manifest(send, repository, found.digest, what=f"{repository}:{tag}") is Deletion.DELETED


async def _refuse_siblings(send: Sender, repository: str, tag: str, digest: str) -> None:
    others = [other for other in await list_tags(send, repository) or [] if other != tag]
    found = await together(head_manifest(send, repository, other) for other in others)
    siblings = [other for other, entry in zip(others, found) if entry is not None and entry.digest == digest]
    if siblings:
        more = f" and {len(siblings) - MAX_NAMED} more" if len(siblings) > MAX_NAMED else ""
        raise problem(
            "shared-digest", image=f"{repository}:{tag}", siblings=", ".join(siblings[:MAX_NAMED]) + more,
            digest=digest, registry=send.registry.netloc,
        )


async def delete_image_by_digest(send: Sender, repository: str, digest: str) -> bool:
    """Delete a manifest by its digest. Raises ValidationError (bad-reference) where it is none."""
    check_repository(repository)
    fault = digest_fault(digest)
    if fault:
        raise problem("bad-reference", reference=digest, cause=fault)
    return await delete_manifest(send, repository, digest) is Deletion.DELETED
