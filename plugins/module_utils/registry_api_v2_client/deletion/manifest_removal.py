# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Delete one manifest, on registries that first want its tags deleted too, and check that it is gone."""

from __future__ import annotations

import re
import typing as t

from ..endpoints.manifests import Deletion, delete_manifest, delete_tag
from ..errors import RefusedError
from .untag import require_gone

if t.TYPE_CHECKING:
    from ..transport.request import Sender

# Artifact Registry: GOOGLE_MANIFEST_DANGLING_TAG, GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE. Others only say it in words.
_BY_TAG = re.compile(r"DANGLING_TAG|referenced by[^.]*\btags?\b|\bis tagged\b", re.IGNORECASE)
_BY_OTHERS = re.compile(r"DANGLING|referenced|\bparent\b", re.IGNORECASE)


async def delete_with_tags(
    send: Sender, repository: str, digest: str, tags: t.Sequence[str], removed: t.Callable[[str], None], *,
    what: str | None = None,
) -> Deletion:
    """Delete a manifest and its tags; DELETED or ABSENT. `removed` is called for each tag that was deleted before it.

    Raises RefusedError: not-deleted if the registry accepts the deletion and keeps the manifest, or why it refuses.
    """
    try:
        done = await delete_manifest(send, repository, digest, what=what)
    except RefusedError as error:
        if not tags or not _BY_TAG.search(_words(error)):
            raise
        for tag in tags:
            if await delete_tag(send, repository, tag) is Deletion.UNSUPPORTED:
                raise
            removed(tag)
        done = await delete_manifest(send, repository, digest, what=what)
    await require_gone(send, repository, digest, digest)
    return done


def is_about_references(error: RefusedError) -> bool:
    """True if the registry refuses because something still references the manifest, so that order matters."""
    return _BY_OTHERS.search(_words(error)) is not None


def _words(error: RefusedError) -> str:
    return f"{error.registry_code} {error.registry_message}"
