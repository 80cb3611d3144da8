# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Byte ranges of requests.

Pure. RFC 9110 section 14 for downloads, the distribution specification for chunks of uploads.
"""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes\s*=\s*(\d*)-(\d*)")
_CHUNK = re.compile(r"(?:bytes[ =])?(\d+)-(\d+)(?:/.*)?")


class Unsatisfiable(ValueError):
    """No byte of the content is in the range: 416."""


def download_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and length of what a Range header asks for.

    None when the whole is to be sent. Unsatisfiable for 416.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        first, last = size - length, size - 1
    else:
        first = int(found[1])
        last = min(int(found[2]), size - 1) if found[2] else size - 1
    if first > last or first >= size:
        raise Unsatisfiable(header)
    return first, last - first + 1


def chunk_range(header: str) -> tuple[int, int] | None:
    """First and last byte of an upload's Content-Range. None when it cannot be read."""
    found = _CHUNK.fullmatch(header.strip())
    return None if found is None else (int(found[1]), int(found[2]))
