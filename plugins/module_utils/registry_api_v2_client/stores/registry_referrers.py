# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Find what refers to a manifest of a registry: by the referrers API, the referrers tag, and cosign's tags.

Distribution specification 1.1, "Listing Referrers". No list is believed: GitLab resolves the referrers tag to the image
itself (oras-go#1396), and `cosign copy` writes such a tag, so each entry's own manifest has to name the subject.
"""

from __future__ import annotations

import typing as t

from ..concurrency import run_all
from ..images.referrer_tags import belongs_to, fallback_tag
from ..referrers.model import MAX_DEPTH, Referrer, in_order

if t.TYPE_CHECKING:
    from ..images.manifest import Manifest
    from .registry_reader import RegistryReader

MAX_FOUND = 10_000  # referrers of one image and of its referrers


async def direct_referrers(
    reader: RegistryReader, repository: str, digest: str, tags: t.Collection[str] = ()
) -> list[Referrer]:
    """Return what refers to one manifest. `tags` are the tags of the repository, among which cosign's are looked up.

    Entries that the registry does not have are left out. Raises what RegistryReader.referrers raises, and RefusedError
    (hostile-answer) for a manifest that cannot be read.
    """
    listed = await reader.referrers(repository, digest)
    read = await run_all(reader.any_manifest(repository, each) for each in dict.fromkeys(listed))
    found = [Referrer(one, digest) for one in read if one is not None and _is_about(one, digest)]
    named = sorted(tag for tag in tags if belongs_to(tag, digest) and tag != fallback_tag(digest))
    tagged = await run_all(_tagged(reader, repository, tag) for tag in named)
    return found + [
        Referrer(one, digest, tag) for tag, one in zip(named, tagged) if one is not None and one.digest != digest
    ]


async def all_referrers(
    reader: RegistryReader, repository: str, roots: t.Iterable[str], tags: t.Collection[str] = ()
) -> list[Referrer]:
    """Return what refers to the digests `roots`, and what refers to that, each after what it refers to.

    `roots` are an image, or an index and its children. Raises what direct_referrers raises, and RefusedError
    (hostile-answer) for more than MAX_FOUND referrers.
    """
    roots = list(dict.fromkeys(roots))
    found: list[Referrer] = []
    level, seen = roots, set(roots)
    for _depth in range(MAX_DEPTH):
        parts = await run_all(direct_referrers(reader, repository, digest, tags) for digest in level)
        below = [one for part in parts for one in part]
        found += below
        if len(found) > MAX_FOUND:
            raise reader.invalid(f"the referrers of {repository}@{roots[0][:19]}", f"lists more than {MAX_FOUND}")
        named = [each for one in below for each in (*(e.digest for e in one.manifest.children), one.manifest.digest)]
        level = [digest for digest in dict.fromkeys(named) if digest not in seen]
        seen.update(level)
        if not level:
            break
    return in_order(roots, found)


async def _tagged(reader: RegistryReader, repository: str, tag: str) -> Manifest | None:
    head = await reader.found(repository, tag)
    return await reader.any_manifest(repository, head.digest) if head is not None else None


def _is_about(manifest: Manifest, digest: str) -> bool:
    return manifest.subject is not None and manifest.subject.digest == digest
