# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a registry holds, read once: tags, digests, manifests, configs, several at a time. GET and HEAD only."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..concurrency import run_all
from ..endpoints.blobs import blob_exists, read_blob
from ..endpoints.manifests import fetch_manifest, get_manifest, head_manifest
from ..endpoints.referrers import list_referrers
from ..endpoints.tags import list_tags
from ..errors import NotFoundError, RegistryError
from ..formats import media_types
from ..images.config import Config, parse_config
from ..images.descriptor import Descriptor, Platform
from ..images.manifest import Manifest, is_artifact, is_attestation, is_manifest_type, named_digests, parse_manifest
from ..images.model import Child, Image, Index, Layer, Member, Node, indexes_of
from ..problems import problem
from .questions import Questions

if t.TYPE_CHECKING:
    from ..endpoints.pages import Incomplete
    from ..transport.request import Sender

Reads = t.Callable[[Descriptor], bool]

MAX_DEPTH = 4  # indexes within indexes; buildx writes two
MAX_ENTRIES = 20_000  # of one index and those within it, each counted as often as it is named


class RegistryReader:
    """Reads tags, manifests, configs and indexes of one registry. `aclose` it.

    What a digest names is asked once; where a tag points is asked each time, since tags move.
    """

    def __init__(self, send: Sender) -> None:
        self.session = send
        self._questions = Questions()

    @property
    def registry(self) -> str:
        """Host and port of the registry, for messages."""
        return self.session.registry.netloc

    async def tags(self, repository: str, incomplete: Incomplete | None = None) -> list[str] | None:
        """Return the tags of a repository as the registry lists them now; None if it knows no such repository.

        Raises RefusedError (incomplete-list) if a later page cannot be read; with `incomplete`, that is called instead.
        """
        def ask() -> t.Awaitable[list[str] | None]:
            return list_tags(self.session, repository, incomplete, thorough=incomplete is None)

        try:
            return await self._questions.now(ask)
        except NotFoundError:  # Artifactory answers 403 NAME_UNKNOWN (RTFACT-13797)
            return None

    async def head(self, repository: str, reference: str) -> Descriptor | None:
        """Return what a tag or digest names now, of any type; None if there is nothing, or the registry denies it."""
        return await self._questions.now(lambda: head_manifest(self.session, repository, reference, any_type=True))

    async def found(self, repository: str, reference: str) -> Descriptor | None:
        """As head, but a refusal is raised: None means that the registry has none (Artifactory answers 403 to both)."""
        head = await self.head(repository, reference)
        found = None if head else await self.fetch(repository, reference)
        return found[0] if found else head

    async def fetch(self, repository: str, reference: str) -> tuple[Descriptor, bytes] | None:
        """Return descriptor and bytes of a manifest of any type, verified; None if there is none."""
        return await self._questions.now(lambda: fetch_manifest(self.session, repository, reference, any_type=True))

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or digest, verified and parsed; None if there is none."""
        return await self._questions.once(
            ("get", repository, reference), lambda: get_manifest(self.session, repository, reference)
        )

    async def any_manifest(self, repository: str, digest: str) -> Manifest | None:
        """As manifest, but one of an unknown type is returned with the blobs among the digests that it names."""
        found, data = await self.fetch(repository, digest) or (None, b"")
        if found is None:
            return None
        if is_manifest_type(found.media_type) or found.media_type in media_types.LEAVES:
            what = f"manifest {repository}@{digest[:19]}"
            return parse_manifest(data, found, lambda cause: self.invalid(what, cause))
        named = [Descriptor(media_types.UNKNOWN, each, 0) for each in named_digests(data)]
        there = await run_all(self.has_blob(repository, blob) for blob in named)
        return Manifest(found, data, layers=tuple(blob for blob, has in zip(named, there) if has))

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Return whether the repository has a blob, as far as it says."""
        return await self._questions.once(
            ("blob", repository, blob.digest), lambda: blob_exists(self.session, repository, blob.digest)
        )

    async def read(self, repository: str, digest: str) -> Manifest:
        """Return the manifest of a digest; raises NotFoundError where it is not there."""
        manifest = await self.manifest(repository, digest)
        if manifest is None:
            raise problem("not-found", registry=self.registry, what=f"manifest {repository}@{digest}")
        return manifest

    async def children(self, repository: str, root: Descriptor) -> dict[str, tuple[str, ...]]:
        """Return the digests that an index names, by index, for it and then the indexes below it; {} for an image.

        A manifest of an unknown type counts as an index of every digest that it names.
        """
        if root.media_type in media_types.LEAVES:
            return {}
        if root.media_type not in media_types.INDEXES:
            found = await self.fetch(repository, root.digest)
            return {root.digest: named_digests(found[1]) if found else ()}
        tree = await self.tree(repository, await self.read(repository, root.digest), reads=_is_index)
        return {index.manifest.digest: _digests(index) for index in reversed(indexes_of(tree))}

    async def referrers(self, repository: str, digest: str) -> tuple[str, ...]:
        """Return the digests of what refers to a manifest."""
        found = await self._questions.once(
            ("referrers", repository, digest), lambda: list_referrers(self.session, repository, digest)
        )
        return tuple(each.digest for each in found)

    async def image(self, repository: str, digest: str) -> Node:
        """Return what a digest is, with the configs of its images; entries that only describe another are not read.

        Raises NotFoundError for the digest itself, RefusedError (wrong-bytes, old-manifest, hostile-answer) for what
        cannot be read. What an index lists and the repository lacks has no node.
        """
        manifest = await self.read(repository, digest)
        return await self.tree(repository, manifest, reads=lambda entry: not is_attestation(entry), configs=True)

    async def tree(
        self, repository: str, manifest: Manifest, *, reads: Reads | None = None, configs: bool = False
    ) -> Node:
        """Return a manifest as an image or index with all below it that `reads` accepts, on request with configs.

        Without `reads` everything is read: entries may be blobs, or manifests of an unknown type.
        Raises RefusedError (hostile-answer) for an index without end.
        """
        return await _Tree(self, repository, reads, configs).node(manifest, None, MAX_DEPTH)

    async def config(self, repository: str, manifest: Manifest) -> Config:
        """Return the config of an image, without content for artifacts, whose config is whatever its maker wants."""
        entry = manifest.config
        if entry is None or entry.media_type not in media_types.CONFIGS:
            return Config(b"")
        data = await self._questions.once(
            ("config", repository, entry.digest), lambda: read_blob(self.session, repository, entry.digest)
        )
        return parse_config(data, lambda cause: self.invalid(f"config {repository}@{entry.digest[:19]}", cause))

    def invalid(self, what: str, cause: str) -> RegistryError:
        """Return the error for an answer that contradicts the specification: RefusedError (hostile-answer)."""
        return problem("hostile-answer", registry=self.registry, what=what, cause=f"a document that {cause}")

    async def aclose(self) -> None:
        """Cancel what is still being asked."""
        await self._questions.aclose()


class _Tree:
    """The reading of one index, or of one image."""

    def __init__(
        self, reader: RegistryReader, repository: str, reads: Reads | None, configs: bool
    ) -> None:
        self._reader = reader
        self._repository = repository
        self._reads = reads
        self._configs = configs
        self._entries = 0

    async def node(self, manifest: Manifest, platform: Platform | None, depth: int) -> Node:
        """Return the node of a manifest; `platform` is what its index says."""
        if not manifest.is_index:
            return await self._image(manifest, platform)
        self._entries += len(manifest.children)
        if depth == 0 or self._entries > MAX_ENTRIES:
            cause = "has too many indexes within indexes" if depth == 0 else f"leads to more than {MAX_ENTRIES} others"
            raise self._reader.invalid(f"index {self._repository}@{manifest.digest[:19]}", cause)
        return Index(manifest, tuple(await run_all(self._child(entry, depth) for entry in manifest.children)))

    async def _child(self, entry: Descriptor, depth: int) -> Child:
        if self._reads is None:
            return await self._child_of_any_kind(entry, depth)
        found = await self._reader.manifest(self._repository, entry.digest) if self._reads(entry) else None
        return Child(entry, await self.node(found, entry.platform, depth - 1) if found is not None else None)

    async def _child_of_any_kind(self, entry: Descriptor, depth: int) -> Child:
        has_blob = self._reader.has_blob
        is_blob = not is_manifest_type(entry.media_type) and await has_blob(self._repository, entry)
        found = None if is_blob else await self._reader.any_manifest(self._repository, entry.digest)
        if found is not None:
            return Child(entry, await self.node(found, entry.platform, depth - 1))
        return Child(entry, None, blob=is_blob or await has_blob(self._repository, entry))

    async def _image(self, manifest: Manifest, platform: Platform | None) -> Image:
        config = await self._reader.config(self._repository, manifest) if self._configs else Config(b"")
        ids = config.diff_ids if len(config.diff_ids) == len(manifest.layers) else [None] * len(manifest.layers)
        described = t.cast(Descriptor, manifest.config)
        return Image(
            replace(config, platform=platform or config.platform), described, _piece(described) if described else None,
            tuple(Layer(_piece(layer), "", diff_id, layer) for diff_id, layer in zip(ids, manifest.layers)), manifest,
            is_artifact(manifest),
        )


def _piece(blob: Descriptor) -> Member:
    return Member(blob.digest, 0, blob.size)


def _is_index(entry: Descriptor) -> bool:
    return entry.media_type in media_types.INDEXES


def _digests(index: Index) -> tuple[str, ...]:
    return tuple(dict.fromkeys(child.descriptor.digest for child in index.children))
