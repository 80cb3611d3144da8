# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The embedded registry read directly: neither its request log nor its faults take notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Optional

from .source import Document

if TYPE_CHECKING:
    from ..server.store import Store


class StoreSource:
    """What an embedded registry truly holds; a blob that it only claims to have is absent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def manifest(self, repository: str, reference: str) -> Optional[Document]:
        """The manifest or index of a tag or digest."""
        found = self._store.manifest(repository, reference)
        return None if found is None else Document(found.media_type, found.digest, found.data)

    @contextmanager
    def blob(self, repository: str, digest: str) -> Iterator[Optional[Iterator[bytes]]]:
        """The bytes of a blob, piece by piece."""
        content = None if self._store.is_lie(repository, digest) else self._store.content(repository, digest)
        yield None if content is None else content.chunks()

    def tags(self, repository: str) -> Optional[list[str]]:
        """All tags of the repository."""
        return self._store.tags(repository) if self._store.has_repository(repository) else None

    def repositories(self) -> list[str]:
        """Names of all repositories."""
        return self._store.repositories()

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject is that digest."""
        return [manifest.as_referrer() for manifest in self._store.referrers(repository, digest)]

    def put_blob(self, repository: str, digest: str, size: int, chunks: Iterable[bytes]) -> None:
        """Store a blob of known digest."""
        spool = self._store.spool()
        for chunk in chunks:
            spool.write(chunk)
        self._store.keep(repository, digest, spool)

    def put_manifest(self, repository: str, reference: str, media_type: str, body: bytes) -> None:
        """Store a manifest under a tag or its digest."""
        self._store.put_manifest(repository, body, media_type, reference)
