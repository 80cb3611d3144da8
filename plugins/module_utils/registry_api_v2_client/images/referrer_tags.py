# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The tags that belong to a digest: the referrers tag of the specification, and those of cosign. Pure.

Distribution specification 1.1, "Referrers Tag Schema"; cosign's signature specification for `.sig`, `.att`, `.sbom`.
"""

from __future__ import annotations

import re

COSIGN_SUFFIXES = ("sig", "att", "sbom")

_TAG = re.compile(r"(sha(?:256|512)-[0-9a-f]{64})(?:[.-]([A-Za-z0-9._-]+))?")
_MAX_ALGORITHM, _MAX_ENCODED = 32, 64  # characters of either part of a digest that the tag keeps


def fallback_tag(digest: str) -> str:
    """Return the tag under which clients list the referrers of a digest if the registry has no referrers API."""
    algorithm, _colon, encoded = digest.partition(":")
    return f"{algorithm[:_MAX_ALGORITHM]}-{encoded[:_MAX_ENCODED]}"


def cosign_tags(digest: str) -> tuple[str, ...]:
    """Return the tags under which cosign 2 stores signature, attestations and SBOM of a digest."""
    return tuple(f"{fallback_tag(digest)}.{suffix}" for suffix in COSIGN_SUFFIXES)


def subject_part(tag: str) -> str | None:
    """Return the referrers tag of the digest that a tag belongs to, None for a tag of an image."""
    found = _TAG.fullmatch(tag)
    return found.group(1) if found else None


def is_referrer_tag(tag: str) -> bool:
    """True for a tag that belongs to a digest and is not a version of an image."""
    return subject_part(tag) is not None


def belongs_to(tag: str, digest: str) -> bool:
    """True if the tag is the referrers tag of the digest, or that tag with a suffix as cosign writes it."""
    return subject_part(tag) == fallback_tag(digest)


def lists_referrers(tag: str, digest: str) -> bool:
    """True if the tag, which points to `digest`, is the referrers tag of another digest.

    On GitLab, and after `cosign copy`, such a tag points to the image itself.
    """
    return subject_part(tag) == tag and tag != fallback_tag(digest)
