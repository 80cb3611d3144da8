# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The Link header (RFC 8288, section 3), in which a registry names the next page of a list. Pure."""

from __future__ import annotations

import re

# Alternatives start with different characters, so that a hostile header costs linear time.
_MAX = 32768  # characters; two presigned URLs
_VALUES = re.compile(r'((?:<[^>]*>|"(?:[^"\\]|\\.)*"|[^,<"])+)(?:,|$)|,')
_VALUE = re.compile(r"<([^>]+)>\s*(?:;(.*))?", re.DOTALL)
_PARAMETERS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+')


def next_target(header: str) -> str | None:
    """Return the target of the first link whose relation types include "next", None if no link has it.

    Raises ValueError if the header cannot be read, because the next page may be what it names.
    """
    if len(header) > _MAX:
        raise ValueError(header)
    position = 0
    while position < len(header):
        found = _VALUES.match(header, position)
        if found is None:
            raise ValueError(header)
        position = found.end()
        if not (found.group(1) or "").strip():  # RFC 9110, section 5.6.1: empty list elements are ignored
            continue
        value = _VALUE.fullmatch(found.group(1).strip())
        if value is None:
            raise ValueError(header)
        if "next" in _relations(value.group(2) or ""):
            return value.group(1)
    return None


def _relations(parameters: str) -> list[str]:
    """Return the relation types of one link; they are a list, and only the first `rel` counts."""
    for parameter in _PARAMETERS.finditer(parameters):
        name, _equals, value = parameter.group().partition("=")
        if name.strip().lower() == "rel":
            return value.strip().strip('"').lower().split()
    return []
