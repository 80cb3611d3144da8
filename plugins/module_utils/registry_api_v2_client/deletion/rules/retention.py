# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which tags a retention rule removes and which it keeps, with the reason. Pure: facts in, decision out.

Keep wins over delete: each part of a rule protects, and a tag goes only when no part protects it.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ...formats.versions import Version, natural, version_of
from ...images.referrer_tags import is_referrer_tag
from .removal import Contents

NEWEST = "newest"
YOUNGER = "younger"
EXCLUDED = "excluded"
UNKNOWN_AGE = "unknown_age"
NOT_A_VERSION = "not_a_version"
UNREADABLE = "unreadable"
NO_MANIFEST = "no_manifest"
REFUSED = "refused"

CREATED = "created"
VERSION = "version"
ORDERS = (CREATED, VERSION)


@dataclass(frozen=True)
class Rule:
    """A retention rule. Patterns are found anywhere in a tag; `older_than` is seconds; None asks for nothing.

    `keep_last` counts distinct digests among the tags that match and are not excluded.
    """

    keep_last: int | None = None
    older_than: int | None = None
    match: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    order_by: str = CREATED

    @property
    def needs_age(self) -> bool:
        """True where images have to be asked when they were made."""
        return self.older_than is not None or (self.keep_last is not None and self.order_by == CREATED)


@dataclass(frozen=True)
class Kept:
    """Tags of one digest that stay, and why. `digest` is None where it could not be read."""

    digest: str | None
    tags: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Selection:
    """What a rule says of a repository: tags to remove, tags that it keeps, and how many it is not about."""

    selected: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()
    unmatched: int = 0


@dataclass
class _Sorting:
    """Tags on their way: those still in question, and those kept already."""

    open: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)

    def keep(self, tags: t.Iterable[str], reason: str) -> None:
        for tag in tags:
            self.reasons.setdefault(tag, reason)

    def undecided(self) -> dict[str, list[str]]:
        """Return the tags in question by digest."""
        found: dict[str, list[str]] = {}
        for tag, digest in self.open.items():
            if tag not in self.reasons:
                found.setdefault(digest, []).append(tag)
        return found


def candidates(contents: Contents, rule: Rule) -> dict[str, str]:
    """Return the tags that a rule may remove, with their digests: those that match and are not excluded."""
    matching = _matching(contents, rule)
    return {tag: digest for tag, digest in matching.items() if not _found(rule.exclude, tag)}


def select(
    contents: Contents, rule: Rule, created: t.Mapping[str, float | None], now: float,
    unreadable: t.Collection[str] = (),
) -> Selection:
    """Return what the rule removes and keeps.

    `created` holds seconds since 1970 by digest, None for unknown; `unreadable` are digests whose image cannot be read.
    """
    matching = _matching(contents, rule)
    sorting = _Sorting(matching)
    sorting.keep((tag for tag in matching if _found(rule.exclude, tag)), EXCLUDED)
    sorting.keep((tag for tag, digest in matching.items() if digest in unreadable), UNREADABLE)
    if rule.order_by == VERSION:
        sorting.keep((tag for tag in matching if version_of(tag) is None), NOT_A_VERSION)
    _keep_unknown(sorting, rule, created)
    _keep_last(sorting, rule, created)
    _keep_younger(sorting, rule, created, now)
    selected = tuple(tag for tag in matching if tag not in sorting.reasons)
    dangling = [tag for tag in contents.dangling if _is_about(contents, rule, tag)]
    kept = _grouped(matching, sorting.reasons) + tuple(
        Kept(None, (tag,), EXCLUDED if _found(rule.exclude, tag) else NO_MANIFEST) for tag in sorted(dangling)
    )
    images = sum(not is_referrer_tag(tag) or tag in matching for tag in (*contents.tags, *contents.dangling))
    return Selection(selected, kept, images - len(matching) - len(dangling))


def _matching(contents: Contents, rule: Rule) -> dict[str, str]:
    return {tag: digest for tag, digest in contents.tags.items() if _is_about(contents, rule, tag)}


def _is_about(contents: Contents, rule: Rule, tag: str) -> bool:
    """True for tags that match; a signature or attestation follows its image, and is named only if that is missing."""
    if is_referrer_tag(tag) and (rule.match is None or tag not in contents.orphans):
        return False
    return rule.match is None or _found(rule.match, tag)


def _found(patterns: tuple[str, ...], tag: str) -> bool:
    return any(re.search(pattern, tag) for pattern in patterns)


def _keep_unknown(sorting: _Sorting, rule: Rule, created: t.Mapping[str, float | None]) -> None:
    for digest, tags in sorting.undecided().items() if rule.needs_age else ():
        if created.get(digest) is None:
            sorting.keep(tags, UNKNOWN_AGE)


def _keep_last(sorting: _Sorting, rule: Rule, created: t.Mapping[str, float | None]) -> None:
    if rule.keep_last is None:
        return
    groups = sorting.undecided()
    if rule.order_by == VERSION:
        ranked = sorted(groups, key=lambda digest: _newest_version(groups[digest]), reverse=True)
    else:
        ranked = sorted(groups, key=lambda digest: _age_key(created.get(digest), groups[digest]), reverse=True)
    for digest in ranked[: rule.keep_last]:
        sorting.keep(groups[digest], NEWEST)


def _newest_version(tags: list[str]) -> tuple[t.Any, ...]:
    # The tag itself decides between equal versions, so that every run decides alike.
    return max((t.cast(Version, version_of(tag)), natural(tag)) for tag in tags)


def _age_key(created: float | None, tags: list[str]) -> tuple[t.Any, ...]:
    # Images of one second: the tag that sorts last is the newer one.
    return created or 0.0, max(natural(tag) for tag in tags)


def _keep_younger(sorting: _Sorting, rule: Rule, created: t.Mapping[str, float | None], now: float) -> None:
    for digest, tags in sorting.undecided().items() if rule.older_than is not None else ():
        made = created.get(digest)
        if made is None or made > now - t.cast(int, rule.older_than):
            sorting.keep(tags, YOUNGER)


def _grouped(tags: t.Mapping[str, str], reasons: t.Mapping[str, str]) -> tuple[Kept, ...]:
    groups: dict[tuple[str, str], list[str]] = {}
    for tag, reason in reasons.items():
        groups.setdefault((tags[tag], reason), []).append(tag)
    return tuple(Kept(digest, tuple(sorted(names)), reason) for (digest, reason), names in groups.items())
