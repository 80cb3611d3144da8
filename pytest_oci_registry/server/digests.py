# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Digests as the specification writes them."""

from __future__ import annotations

import hashlib
import re

_LENGTHS = {"sha256": 64, "sha512": 128}
_DIGEST = re.compile(r"(sha256|sha512):([0-9a-f]+)")
REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
MAX_NAME = 255


def is_digest(text: str) -> bool:
    """Whether it is a well formed sha256 or sha512 digest."""
    found = _DIGEST.fullmatch(text)
    return found is not None and len(found[2]) == _LENGTHS[found[1]]


def algorithm_of(digest: str) -> str:
    """sha256 or sha512, from a well formed digest."""
    return digest.partition(":")[0]


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of bytes in memory."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def is_repository(name: str) -> bool:
    """Whether the specification allows the name."""
    return len(name) <= MAX_NAME and REPOSITORY.fullmatch(name) is not None
