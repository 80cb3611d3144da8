# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion as the library's functions promise it: one tag or digest, True where something went."""

from __future__ import annotations

import typing as t

from ..concurrency import run_all
from ..endpoints.manifests import Deletion, head_manifest
from ..endpoints.tags import list_tags
from ..errors import RefusedError
from ..problems import problem
from ..reference import check_repository, check_tag, digest_fault
from .engine import delete
from .manifest_removal import delete_with_tags, is_about_references
from .request import DeleteRequest

if t.TYPE_CHECKING:
    from ..transport.request import Sender


async def delete_image(send: Sender, repository: str, tag: str, *, keep_siblings: bool) -> bool:
    """Delete the manifest of a tag; with `keep_siblings` no other tag goes with it.

    Raises RefusedError (shared-digest) where it would, and the registry cannot remove a tag alone.
    """
    check_repository(repository)
    check_tag(tag)
    if keep_siblings:
        return await _delete_alone(send, DeleteRequest((repository,), tags=(tag,)))
    found = await head_manifest(send, repository, tag, any_type=True)
    if found is None:
        return False
    return await _delete_with_all_tags(send, repository, found.digest, f"{repository}:{tag}")


async def _delete_alone(send: Sender, request: DeleteRequest) -> bool:
    result = await delete(send, request)
    error = result.error or next((one.trouble for one in result.plan.repositories if one.trouble is not None), None)
    if error is not None:
        raise error
    return result.changed


async def delete_image_by_digest(send: Sender, repository: str, digest: str) -> bool:
    """Delete a manifest by its digest. Raises ValidationError (bad-reference) where it is none."""
    check_repository(repository)
    fault = digest_fault(digest)
    if fault:
        raise problem("bad-reference", reference=digest, cause=fault)
    return await _delete_with_all_tags(send, repository, digest, f"manifest {repository}@{digest}")


async def _delete_with_all_tags(send: Sender, repository: str, digest: str, what: str) -> bool:
    """Delete a manifest; if the registry first needs its tags deleted (Artifact Registry), find and delete them."""
    try:
        return await delete_with_tags(send, repository, digest, (), _nothing, what=what) is Deletion.DELETED
    except RefusedError as error:
        if not is_about_references(error):
            raise
    tags = await list_tags(send, repository, thorough=True) or []
    heads = await run_all(head_manifest(send, repository, tag, any_type=True) for tag in tags)
    own = [tag for tag, head in zip(tags, heads) if head is not None and head.digest == digest]
    return await delete_with_tags(send, repository, digest, own, _nothing, what=what) is Deletion.DELETED


def _nothing(_tag: str) -> None:
    """Take note of no tag: the result is about the manifest."""
