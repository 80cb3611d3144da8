# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A range of versions such as `>=1.4,<2`, by the order of formats/versions.py. Pure."""

from __future__ import annotations

import re
import typing as t

from ..problems import printable, problem
from .versions import Version, natural, version_of

_PART = re.compile(r"(>=|<=|==|!=|>|<|=)\s*(\S+)")


class VersionRange:
    """All parts of the range have to hold. Raises ValidationError (bad-option) for what is not a range."""

    def __init__(self, text: str) -> None:
        self._parts = [_parsed(part.strip(), text) for part in text.split(",")]

    def __contains__(self, tag: str) -> bool:
        version = version_of(tag)
        return version is not None and all(_holds(version, operator, bound) for operator, bound in self._parts)


def newest(tags: t.Iterable[str], count: int) -> list[str]:
    """Return the highest versions among the tags, at most `count`, the highest first."""
    versions = [tag for tag in tags if version_of(tag) is not None]
    return sorted(versions, key=lambda tag: (version_of(tag), natural(tag)), reverse=True)[:count]


def _parsed(part: str, text: str) -> tuple[str, Version]:
    found = _PART.fullmatch(part)
    bound = version_of(found.group(2)) if found else None
    if found is None or bound is None:
        raise problem(
            "bad-option", option="versions", cause=f"is {printable(text, 60) or 'empty'}, which is not a range",
            advice="Write it as >=1.4,<2.",
        )
    return found.group(1), bound


def _holds(version: Version, operator: str, bound: Version) -> bool:
    if operator == "<" and bound[1]:  # 2.0-rc.1 precedes 2.0, but nobody who writes <2 means it
        return version[0] < bound[0]
    return {
        ">=": version >= bound, "<=": version <= bound, ">": version > bound, "<": version < bound,
        "!=": version != bound,
    }.get(operator, version == bound)
