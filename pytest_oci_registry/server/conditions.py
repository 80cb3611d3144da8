# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Conditional requests. Pure. RFC 9110 sections 13.1.1, 13.1.2 and 13.1.5."""

from __future__ import annotations

import re

_TAG = re.compile(r'\s*((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


def names_tag(header: str, digest: str, weak: bool) -> bool:
    """Whether a list of entity tags names this digest, or is `*`; `weak` compares without regard to W/."""
    if header.strip() == "*":
        return True
    at = 0
    while at < len(header):
        found = _TAG.match(header, at)
        if found is None:
            return header[at:].strip().startswith("*")
        tag = found[1][2:] if weak and found[1].startswith("W/") else found[1]
        if tag == f'"{digest}"':
            return True
        at = found.end()
    return False


def is_met(if_range: str, digest: str) -> bool:
    """Whether a Range may be used: without If-Range always, else only for exactly this entity tag."""
    return not if_range or if_range.strip() == f'"{digest}"'
