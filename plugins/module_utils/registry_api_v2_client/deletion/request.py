# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a deletion is asked to do, as a value, and what cannot be meant."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ..problems import printable, problem
from ..reference import check_reference, check_repository, check_tag
from .rules.retention import Rule

_PATTERN = re.compile(r"[*?\[]")


@dataclass(frozen=True)
class DeleteRequest:
    """Which images of which repositories shall go: tags or a digest of one repository, or a rule for many.

    `names` are repositories or patterns (`team/*`). `force` takes tags along that were not named, `placeholder` removes
    names where the registry cannot; `details` asks for creation time and size of each image.
    """

    names: tuple[str, ...]
    tags: tuple[str, ...] | None = None
    digest: str | None = None
    rule: Rule | None = None
    force: bool = False
    placeholder: bool = False
    details: bool = False

    @property
    def empty(self) -> bool:
        """True where an empty list was given, so that there is nothing to do."""
        no_pattern = self.rule is not None and self.rule.match == ()
        return not self.names or self.tags == () or no_pattern

    def check(self) -> None:
        """Raise ValidationError for names that break the grammar, and where it is not clear what shall go."""
        chosen = sum(given is not None for given in (self.tags, self.digest, self.rule))
        if chosen != 1:
            cause = "names nothing to delete" if not chosen else "names images both directly and by a rule"
            raise problem(
                "bad-option", option="the task", cause=cause,
                advice="Give tags, or digest, or a rule: keep_last, older_than or match.",
            )
        for tag in self.tags or ():
            check_tag(tag)
        if self.digest is not None:
            check_reference(self.digest)
        self._check_names()
        if self.rule is not None:
            check_rule(self.rule)

    def _check_names(self) -> None:
        patterns = [name for name in self.names if is_pattern(name)]
        for name in self.names:
            if name not in patterns:
                check_repository(name)
        if self.rule is None and (patterns or len(self.names) > 1):
            raise problem(
                "bad-option", option="name", cause="names many repositories, where tags and digest are about one",
                advice="Name one repository, or use a rule: keep_last, older_than or match.",
            )


def check_rule(rule: Rule) -> None:
    """Raise ValidationError (bad-option) for a rule that cannot be meant."""
    if rule.keep_last is not None and rule.keep_last < 0:
        raise problem("bad-option", option=f"keep_last: {rule.keep_last}", cause="is less than 0",
                      advice="Give the number of images to keep.")
    check_patterns(rule.match or (), "match")
    check_patterns(rule.exclude, "exclude")
    if rule.keep_last is None and rule.older_than is None and rule.match is None:
        raise problem("bad-option", option="the task", cause="names nothing to delete",
                      advice="Give tags, or digest, or a rule: keep_last, older_than or match.")


def check_patterns(patterns: t.Iterable[str], option: str) -> None:
    """Raise ValidationError (bad-option) for what is no regular expression."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise problem(
                "bad-option", option=f"{option}: {printable(pattern, 60)}", cause=f"is no regular expression: {error}",
                advice="Write it as Python does; a tag that begins with pr- is ^pr-.",
            ) from None


def check_limit(limit: int | None) -> None:
    """Raise ValidationError (bad-option) for a number of names that cannot be."""
    if limit is not None and limit < 0:
        raise problem("bad-option", option=f"limit: {limit}", cause="is less than 0", advice="Give a larger number.")


def is_pattern(name: str) -> bool:
    """True for a name that means several repositories."""
    return _PATTERN.search(name) is not None
