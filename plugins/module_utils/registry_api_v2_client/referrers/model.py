# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One referrer as a value, and the choice of referrers by artifact type. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..formats import media_types
from ..images.manifest import Manifest

if t.TYPE_CHECKING:
    from ..images.model import Node

MAX_DEPTH = 8  # referrers of referrers; an attestation about a signature of an SBOM is three


@dataclass(frozen=True)
class Referrer:
    """A manifest that belongs to another: by its `subject`, or by a cosign tag `sha256-<hex>.sig`.

    `subject` is the digest of the other manifest. `tag` is the cosign tag, None for OCI 1.1 referrers. `node` is the
    referrer with its blobs, if it was read to be copied.
    """

    manifest: Manifest
    subject: str
    tag: str | None = None
    node: Node | None = None

    @property
    def artifact_type(self) -> str:
        """Artifact type as the referrers API reports it; of a cosign tag without one, its first layer's media type."""
        return artifact_type(self.manifest)


def artifact_type(manifest: Manifest) -> str:
    """Return what kind of artifact a manifest is, "" if nothing shows it."""
    config = manifest.config.media_type if manifest.config else ""
    if manifest.artifact_type or (config and config not in media_types.CONFIGS):
        return manifest.artifact_type or config
    return manifest.layers[0].media_type if manifest.layers else config


def chosen(found: t.Iterable[Referrer], types: t.Collection[str] | None) -> list[Referrer]:
    """Return the referrers of these artifact types, all if None. `found` has subjects before their referrers.

    A referrer of one that is left out is left out, too: it would refer to something that is missing.
    """
    kept: list[Referrer] = []
    left: set[str] = set()
    for one in found:
        if one.subject in left or (types is not None and one.artifact_type not in types):
            left.add(one.manifest.digest)
        else:
            kept.append(one)
    return kept


def in_order(roots: t.Iterable[str], found: t.Iterable[Referrer]) -> list[Referrer]:
    """Return the referrers that lead to one of the digests `roots`, each after what it refers to, each once.

    Children of an index that is a referrer may have referrers of their own. Loops end; beyond MAX_DEPTH nothing is
    followed.
    """
    by_subject: dict[str, list[Referrer]] = {}
    for one in found:
        by_subject.setdefault(one.subject, []).append(one)
    ordered: dict[tuple[str, str, str | None], Referrer] = {}
    level = list(dict.fromkeys(roots))
    seen = set(level)
    for _depth in range(MAX_DEPTH):
        below = [one for digest in level for one in by_subject.get(digest, ())]
        ordered.update({(one.subject, one.manifest.digest, one.tag): one for one in below})
        named = [each for one in below for each in (*(e.digest for e in one.manifest.children), one.manifest.digest)]
        level = [digest for digest in dict.fromkeys(named) if digest not in seen]
        seen.update(level)
    return list(ordered.values())
