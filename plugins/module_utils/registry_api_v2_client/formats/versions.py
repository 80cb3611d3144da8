# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The order of tags that are versions: 1.9 before 1.10, 2.0-rc.1 before 2.0, v2.0 as 2.0. Pure."""

from __future__ import annotations

import re
import typing as t

# A suffix needs a dash or a word that no commit hash can hold: neither 7fa3c2d nor 1.x is a version.
_VERSION = re.compile(
    r"v?(\d+(?:\.\d+)*)(?:[-_]([0-9a-z].*)|(\.?(?:alpha|beta|rc|dev|pre|preview)[-._]?\d*))?", re.IGNORECASE
)
_PART = re.compile(r"\d+|[A-Za-z]+")

Version = t.Tuple[t.Tuple[int, ...], bool, t.Tuple[t.Tuple[int, int, str], ...]]


def version_of(tag: str) -> Version | None:
    """Return a key by which versions sort, None where the tag is no version.

    Precedence of Semantic Versioning 2.0, section 11: numbers as numbers, what stands behind the numbers makes a
    pre-release, which comes before the release. 1.2 and 1.2.0 are the same version.
    """
    found = _VERSION.fullmatch(tag)
    if found is None:
        return None
    numbers = [int(number) for number in found.group(1).split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    rest = found.group(2) or found.group(3) or ""
    return tuple(numbers), not rest, tuple(_part(part) for part in _PART.findall(rest))


def _part(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isdigit() else (1, 0, text.lower())


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key by which names sort as people do: app-9 before app-10."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", text))
