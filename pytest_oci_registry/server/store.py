# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a registry holds: repositories with their blobs, manifests and tags.

Tests may read and fill it directly, from any thread.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from .content import Content, Spool
from .digests import algorithm_of, digest_of, is_digest
from .disk import load_repositories, save_repository
from .manifest_facts import BadManifest, Manifest, read_manifest


@dataclass
class Repository:
    """One repository: digests of its blobs, manifests by digest, digests by tag in the order of their making."""

    blobs: set[str] = field(default_factory=set)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    was_tagged: bool = False

    def find(self, reference: str) -> Manifest | None:
        """The manifest of a tag or digest."""
        return self.manifests.get(self.tags.get(reference, reference))


class Store:
    """Blobs are kept once and linked from repositories.

    Without a folder nothing survives `close`; bigger blobs wait in a temporary folder.
    """

    def __init__(self, folder: Path | None = None, spool_size: int = 4 * 2**20) -> None:
        self._folder = folder
        self._spool_size = spool_size
        self._lock = threading.RLock()
        self._contents: dict[str, Content] = {}
        self._lies: set[tuple[str, str]] = set()
        self._repositories: dict[str, Repository] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if folder is not None:
            self._load(folder)

    def repositories(self) -> list[str]:
        """Names of all repositories, sorted."""
        with self._lock:
            return sorted(self._repositories)

    def tags(self, repository: str) -> list[str]:
        """The repository's tags, sorted; empty for an unknown one."""
        with self._lock:
            return sorted(self._of(repository).tags)

    def tags_as_made(self, repository: str) -> list[str]:
        """The repository's tags, oldest first."""
        with self._lock:
            return list(self._of(repository).tags)

    def tag_digest(self, repository: str, tag: str) -> str | None:
        """The digest that a tag names."""
        with self._lock:
            return self._of(repository).tags.get(tag)

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """The manifest of a tag or digest."""
        with self._lock:
            return self._of(repository).find(reference)

    def manifests(self, repository: str) -> dict[str, Manifest]:
        """All manifests of the repository by digest."""
        with self._lock:
            return dict(self._of(repository).manifests)

    def blobs(self, repository: str) -> list[str]:
        """Digests of the blobs that the repository holds, sorted."""
        with self._lock:
            return sorted(self._of(repository).blobs)

    def blob(self, repository: str, digest: str) -> bytes | None:
        """The blob's bytes, whole."""
        content = self.content(repository, digest)
        return None if content is None else content.read()

    def content(self, repository: str, digest: str) -> Content | None:
        """The blob's bytes by offset."""
        with self._lock:
            return self._contents.get(digest) if digest in self._of(repository).blobs else None

    def holders(self, digest: str) -> list[str]:
        """The repositories that hold a blob."""
        with self._lock:
            return sorted(name for name, repository in self._repositories.items() if digest in repository.blobs)

    def has_repository(self, name: str) -> bool:
        """Whether the repository exists."""
        with self._lock:
            return name in self._repositories

    def was_tagged(self, name: str) -> bool:
        """Whether the repository has, or ever had, a tag."""
        with self._lock:
            return self._of(name).was_tagged

    def create(self, repository: str) -> None:
        """Make an empty repository; nothing happens when it is there."""
        with self._changing(repository):
            pass

    def put_blob(self, repository: str, data: bytes, digest: str | None = None) -> str:
        """Store bytes as a blob and return its digest. ValueError when a given digest is not theirs."""
        spool = self.spool()
        spool.write(data)
        actual = spool.digest(algorithm_of(digest) if digest and is_digest(digest) else "sha256")
        if digest not in (None, actual):
            raise ValueError(f"these bytes are {actual}, not {digest}")
        self.keep(repository, actual, spool)
        return actual

    def put_manifest(self, repository: str, data: bytes, media_type: str, reference: str | None = None) -> str:
        """Store a manifest, also under a tag when the reference is one, and return its digest.

        Its blobs are not looked for.
        """
        named = is_digest(reference or "")
        digest = digest_of(data, algorithm_of(reference or "") if named else "sha256")
        self.keep_manifest(repository, read_manifest(digest, media_type, data))
        if reference and not named:
            self.tag(repository, reference, digest)
        return digest

    def keep_manifest(self, repository: str, manifest: Manifest) -> None:
        """Store a manifest that was read already."""
        with self._changing(repository) as kept:
            kept.manifests[manifest.digest] = manifest
        self._save_blob(manifest.digest, manifest.data)

    def tag(self, repository: str, tag: str, digest: str) -> None:
        """Let a tag name a manifest."""
        with self._changing(repository) as kept:
            kept.tags[tag] = digest
            kept.was_tagged = True

    def delete_tag(self, repository: str, tag: str) -> None:
        """Remove a tag; its manifest stays."""
        with self._changing(repository) as kept:
            kept.tags.pop(tag, None)

    def delete_manifest(self, repository: str, digest: str, keep_tags: bool = False) -> None:
        """Remove a manifest and the tags that name it."""
        with self._changing(repository) as kept:
            kept.manifests.pop(digest, None)
            if not keep_tags:
                kept.tags = {tag: named for tag, named in kept.tags.items() if named != digest}

    def delete_blob(self, repository: str, digest: str) -> None:
        """Take a blob out of a repository."""
        with self._changing(repository) as kept:
            kept.blobs.discard(digest)
            self._lies.discard((repository, digest))

    def link(self, repository: str, digest: str) -> None:
        """Let a repository hold a blob that another one holds."""
        with self._changing(repository) as kept:
            kept.blobs.add(digest)

    def spool(self) -> Spool:
        """A place for bytes that arrive; finish it with `keep` or its own `discard`."""
        return Spool(self._spool_size, self._temporary_folder)

    def spool_of(self, content: Content, size: int) -> Spool:
        """A place that begins with the first bytes of a content."""
        spool = self.spool()
        for piece in content.chunks(0, size):
            spool.write(piece)
        return spool

    def keep(self, repository: str, digest: str, spool: Spool) -> None:
        """Make a finished spool a blob of the repository; it heals a blob that the registry lied about."""
        content = spool.keep(self._blob_path(digest))
        with self._changing(repository) as kept:
            self._contents[digest] = content
            kept.blobs.add(digest)
            self._lies = {lie for lie in self._lies if lie[1] != digest}

    def lie(self, repository: str, digest: str) -> None:
        """From now on this blob is claimed to exist while its bytes are gone, as after garbage collection."""
        with self._lock:
            self._lies.add((repository, digest))

    def is_lie(self, repository: str, digest: str) -> bool:
        """Whether only the claim is left of a blob."""
        return (repository, digest) in self._lies

    def referrers(self, repository: str, digest: str) -> list[Manifest]:
        """The manifests whose subject is the digest."""
        with self._lock:
            return [manifest for manifest in self._of(repository).manifests.values() if manifest.subject == digest]

    def clear(self) -> None:
        """Forget everything in memory and in the temporary folder; a persistent folder is left alone."""
        with self._lock:
            self._contents.clear()
            self._lies.clear()
            self._repositories.clear()
        self.close()

    def close(self) -> None:
        """Remove the temporary folder."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _of(self, name: str) -> Repository:
        return self._repositories.get(name) or Repository()

    @contextmanager
    def _changing(self, name: str) -> Iterator[Repository]:
        with self._lock:
            repository = self._repositories.setdefault(name, Repository())
            yield repository
            if self._folder is not None:
                save_repository(self._folder, name, repository.blobs, repository.manifests.values(), repository.tags)

    def _temporary_folder(self) -> Path:
        if self._folder is not None:
            target = self._folder / "uploads"
            target.mkdir(parents=True, exist_ok=True)
            return target
        with self._lock:
            if self._temporary is None:
                self._temporary = tempfile.TemporaryDirectory(prefix="oci-registry-")
            return Path(self._temporary.name)

    def _blob_path(self, digest: str) -> Path | None:
        if self._folder is None:
            return None
        return self._folder / "blobs" / algorithm_of(digest) / digest.partition(":")[2]

    def _save_blob(self, digest: str, data: bytes) -> None:
        path = self._blob_path(digest)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.{uuid4().hex}")
            partial.write_bytes(data)
            partial.replace(path)

    def _load(self, folder: Path) -> None:
        for name, saved in load_repositories(folder):
            found = Repository(set(saved.blobs), {}, dict(saved.tags), bool(saved.tags))
            kept = self._repositories.setdefault(name, found)
            for digest, media_type in saved.manifests.items():
                path = self._blob_path(digest)
                if path is not None and path.is_file():
                    kept.manifests[digest] = _read_again(digest, media_type, path.read_bytes())
            for digest in saved.blobs:
                path = self._blob_path(digest)
                if path is not None and path.is_file():
                    self._contents[digest] = Content(path.stat().st_size, path=path)


def _read_again(digest: str, media_type: str, data: bytes) -> Manifest:
    """A manifest of an earlier run, which a personality may have accepted though its fields are wrong."""
    try:
        return read_manifest(digest, media_type, data)
    except BadManifest:
        return Manifest(digest, media_type, data)
