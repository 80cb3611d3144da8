# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Raw options: words that YAML may have read as numbers, lists that are one word. Private to this collection."""

from __future__ import annotations

import typing as t

from .registry_api_v2_client.errors import RegistryError
from .registry_api_v2_client.problems import printable, problem

MAX_NAMED = 10  # failures that a sentence lists


def tags_from(value: t.Any, option: str = "tags") -> tuple[str, ...] | None:
    """Return the tags of a raw option: None, a string (commas separate tags) or a list of strings.

    Raises ValidationError (tag-is-a-number) for what YAML made of an unquoted number, and (bad-option) for the rest.
    """
    if value is None:
        return None
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    return tuple(dict.fromkeys(_tag(item, option) for item in items))


def tag_from(value: t.Any, option: str = "tag") -> str | None:
    """Return the one tag of a raw option; raises as tags_from."""
    return None if value is None else _tag(value, option)


def _tag(item: t.Any, option: str) -> str:
    if isinstance(item, (bool, int, float)):
        kind = "truth value" if isinstance(item, bool) else "number"
        raise problem("tag-is-a-number", value=item, type=kind)
    return _word(item, option)


def _word(item: t.Any, option: str) -> str:
    if not isinstance(item, str) or not item.strip():
        cause = "is empty" if isinstance(item, str) or item is None else f"holds {printable(repr(item), 60)}"
        advice = "Give a list of quoted strings, or leave it out."
        raise problem("bad-option", option=option, cause=cause, advice=advice)
    return item.strip()


def patterns_from(value: t.Any, option: str) -> tuple[str, ...] | None:
    """Return the regular expressions of a raw option, in which a comma is part of the expression."""
    if value is None:
        return None
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(_word(str(item) if isinstance(item, (int, float)) else item, option) for item in items)


def failures_sentence(failures: t.Sequence[RegistryError], total: int, kind: str, about: str) -> str:
    """Return the sentence of a task in which some of several images or archives cannot be read; the first in full."""
    if total == 1:
        return failures[0].one_line()
    names = ", ".join(f"{getattr(error, about)} [{error.code}]" for error in failures[:MAX_NAMED])
    more = f" and {len(failures) - MAX_NAMED} more" if len(failures) > MAX_NAMED else ""
    return f"{len(failures)} of {total} {kind} cannot be read: {names}{more}. First: {failures[0].one_line()}"


def empty_list(option: str, done: str) -> str:
    """Return the warning about a list without elements, which is often a pattern that matched no file."""
    return f"{option} is an empty list, so nothing was {done}. If a pattern or lookup made it, it matched nothing."
