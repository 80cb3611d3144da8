# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What can be read from a registry, and put into it, whatever lies behind: HTTP or the embedded store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Optional, Protocol

CHUNK = 1 << 20
"""Bytes that are read at a time."""
MAX_DOCUMENT = 8 << 20
"""Bytes of a manifest, config or list that are read; the specification asks registries for 4 MiB."""


class SourceError(Exception):
    """The registry could not be read or written: what was tried, on which host, and what it answered."""


@dataclass(frozen=True)
class Document:
    """A manifest or index as the registry keeps it: exact bytes, their media type, the digest the registry claims."""

    media_type: str
    digest: Optional[str]
    body: bytes


class Source(Protocol):
    """A registry to look at. Methods raise SourceError when it cannot be asked; what is absent is None."""

    def manifest(self, repository: str, reference: str) -> Optional[Document]:
        """The manifest or index of a tag or digest."""

    def blob(self, repository: str, digest: str) -> AbstractContextManager[Optional[Iterator[bytes]]]:
        """The bytes of a blob, piece by piece; closed by leaving the block."""

    def tags(self, repository: str) -> Optional[list[str]]:
        """All tags of the repository; None when there is no such repository."""

    def repositories(self) -> list[str]:
        """Names of all repositories."""

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject is that digest."""

    def put_blob(self, repository: str, digest: str, size: int, chunks: Iterable[bytes]) -> None:
        """Store a blob of known digest and size (bytes)."""

    def put_manifest(self, repository: str, reference: str, media_type: str, body: bytes) -> None:
        """Store a manifest under a tag or its digest."""
