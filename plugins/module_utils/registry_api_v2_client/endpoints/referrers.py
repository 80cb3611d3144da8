# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Referrers of a manifest: signatures, SBOMs, attestations (distribution specification 1.1, "Listing Referrers")."""

from __future__ import annotations

import typing as t

from .. import media_types
from ..json_object import json_object
from ..models import Descriptor
from ..problems import single_line
from ..reference import is_digest
from ..transport.request import Request
from .manifests import get_manifest
from .pages import pages

if t.TYPE_CHECKING:
    from ..transport.request import Sender
    from .pages import Incomplete

MAX_REFERRERS = 10_000  # descriptors of one manifest; beyond that somebody fills the list on purpose


async def list_referrers(
    send: Sender, repository: str, digest: str, *, artifact_type: str | None = None,
    incomplete: Incomplete | None = None,
) -> list[Descriptor]:
    """Return the descriptors of what refers to the manifest, from the API or else from the referrers tag.

    `artifact_type` narrows them, here and not by the registry's filter, which is optional. An annotation
    `artifactType` keeps the type of each. Raises RefusedError (incomplete-list) if a later page cannot be read; with
    `incomplete`, that is called instead.
    """
    found: list[Descriptor] = []
    what = f"the referrers of {repository}@{digest[:19]}"
    request = Request(
        "referrers", "GET", f"/v2/{repository}/referrers/{digest}", what, repository, (200, 400, 404, 405, 501),
        (("Accept", media_types.OCI_INDEX),),
    )
    async for page in pages(send, request, "manifests", size=None, incomplete=incomplete):
        if page is None:  # no such API
            return _narrowed(await _by_tag(send, repository, digest), artifact_type)
        found += descriptors(page)
        if len(found) > MAX_REFERRERS:
            break
    return _narrowed(found[:MAX_REFERRERS], artifact_type)


def referrers_tag(digest: str) -> str:
    """Return the tag under which clients keep the list where the registry has no such API (sha256-...)."""
    return digest.replace(":", "-")[:128]


async def _by_tag(send: Sender, repository: str, digest: str) -> list[Descriptor]:
    found = await get_manifest(send, repository, referrers_tag(digest))
    if found is None or found.media_type not in media_types.INDEXES:
        return []
    listed = (json_object(found.data) or {}).get("manifests")
    return descriptors(listed if isinstance(listed, list) else [])


def _narrowed(found: list[Descriptor], artifact_type: str | None) -> list[Descriptor]:
    if artifact_type is None:
        return found
    return [each for each in found if each.annotation("artifactType") == artifact_type]


def descriptors(entries: list[t.Any]) -> list[Descriptor]:
    """Return the well-formed descriptors among the entries of an index; the others are left out."""
    found = [_descriptor(each) for each in entries]
    return [each for each in found if each is not None]


def _descriptor(entry: t.Any) -> Descriptor | None:
    if not isinstance(entry, dict) or not is_digest(str(entry.get("digest"))):
        return None
    size, notes = entry.get("size"), entry.get("annotations")
    pairs = {str(key): str(value) for key, value in notes.items()} if isinstance(notes, dict) else {}
    if isinstance(entry.get("artifactType"), str):
        pairs["artifactType"] = entry["artifactType"]
    return Descriptor(
        single_line(str(entry.get("mediaType"))), entry["digest"], size if isinstance(size, int) else 0,
        annotations=tuple(pairs.items()),
    )
