# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What may go when tags go: no digest that a remaining tag needs, and everything that only the removed ones kept. Pure.

A tag needs its manifest; an index needs its children; a signature or attestation follows its subject, whether it is
tagged `sha256-<hex>...` (cosign, the referrers tag schema) or refers to it by `subject`.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...images.referrer_tags import fallback_tag, subject_part

KEPT_SIBLING = "kept_sibling"
CHILD_OF_KEPT = "child_of_kept"


@dataclass(frozen=True)
class Contents:
    """What a repository holds, as far as it was asked: the digest of each tag, children of each index, referrers.

    `dangling` are listed tags without a manifest; `orphans` are tags such as sha256-<hex>.sig whose subject is missing.
    """

    tags: t.Mapping[str, str]
    children: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    referrers: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dangling: tuple[str, ...] = ()
    orphans: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ManifestDeletion:
    """A manifest that goes, and the tags that go with it. `parent` is the index or subject that it goes with."""

    digest: str
    tags: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True)
class Untagged:
    """A tag that goes while its manifest stays, because another tag names it or a kept index needs it."""

    tag: str
    digest: str
    reason: str


@dataclass(frozen=True)
class Removal:
    """The manifests that go, what refers to others after those, and the tags that go alone."""

    delete: tuple[ManifestDeletion, ...] = ()
    untag: tuple[Untagged, ...] = ()


def removal(contents: Contents, tags: t.Collection[str], digests: t.Iterable[str] = ()) -> Removal:
    """Return what goes when these tags, and the manifests of these digests, shall go."""
    followers = _followers(contents.tags)
    named = dict.fromkeys([contents.tags[tag] for tag in tags if tag in contents.tags] + list(digests))
    parents = _reached(contents, followers, tuple(named))
    dead, gone = _unneeded(contents, followers, frozenset(tags), frozenset(parents))
    holders = holders_of(contents.tags)
    delete = tuple(
        ManifestDeletion(digest, tuple(sorted(holders.get(digest, ()))), parent)
        for digest, parent in parents.items() if digest in dead
    )
    kept = frozenset(digest for tag, digest in contents.tags.items() if tag not in gone)
    untag = tuple(
        Untagged(tag, digest, KEPT_SIBLING if digest in kept else CHILD_OF_KEPT)
        for tag, digest in contents.tags.items() if tag in gone and digest not in dead
    )
    return Removal(delete, untag)


def needed_by(contents: Contents, digests: t.Iterable[str]) -> frozenset[str]:
    """Return the digests and all that they need: children, children's children, and what refers to any of them."""
    found: set[str] = set()
    waiting = list(digests)
    while waiting:
        digest = waiting.pop()
        if digest not in found:
            found.add(digest)
            waiting += contents.children.get(digest, ())
            waiting += contents.referrers.get(digest, ())
    return frozenset(found)


def holders_of(tags: t.Mapping[str, str]) -> dict[str, list[str]]:
    """Return the tags of each digest."""
    holders: dict[str, list[str]] = {}
    for tag, digest in tags.items():
        holders.setdefault(digest, []).append(tag)
    return holders


def _followers(tags: t.Mapping[str, str]) -> dict[str, list[str]]:
    """Return the tags that belong to a digest, by its referrers tag."""
    followers: dict[str, list[str]] = {}
    for tag in tags:
        subject = subject_part(tag)
        if subject is not None:
            followers.setdefault(subject, []).append(tag)
    return followers


def _reached(
    contents: Contents, followers: t.Mapping[str, list[str]], roots: tuple[str, ...]
) -> dict[str, str | None]:
    """Return all that could go with the roots, each with what it would go with; roots come first."""
    parents: dict[str, str | None] = dict.fromkeys(roots)
    waiting = list(roots)
    for digest in waiting:
        tagged = [contents.tags[tag] for tag in followers.get(fallback_tag(digest), ())]
        for other in (*contents.children.get(digest, ()), *contents.referrers.get(digest, ()), *tagged):
            if other not in parents:
                parents[other] = digest
                waiting.append(other)
    return parents


def _unneeded(
    contents: Contents, followers: t.Mapping[str, list[str]], tags: frozenset[str], reached: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the digests that nothing remaining needs, and the tags that go: the largest such pair.

    A follower's tag remains when its subject does, and may then need digests that were thought to go, so that this is
    repeated until it holds.
    """
    dead = reached
    while True:
        gone = tags | {tag for subject in dead for tag in followers.get(fallback_tag(subject), ())}
        remaining = (digest for tag, digest in contents.tags.items() if tag not in gone)
        rest = dead - needed_by(contents, remaining)
        if rest == dead:
            return dead, frozenset(gone)
        dead = rest
