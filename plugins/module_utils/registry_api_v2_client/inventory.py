# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a registry holds, read once: tags, digests, manifests, configs, several at a time. GET and HEAD only."""

from __future__ import annotations

import typing as t

from . import media_types
from .concurrency import together
from .documents import Child, Document, ImageRecord, Record, descriptor, image_record, index_children
from .endpoints.blobs import read_blob
from .endpoints.manifests import Manifest, get_manifest, head_manifest
from .endpoints.referrers import list_referrers
from .endpoints.tags import list_tags
from .errors import NotFoundError
from .json_object import json_object
from .models import Descriptor
from .problems import problem
from .push.lookup import Lookup

if t.TYPE_CHECKING:
    from .endpoints.pages import Incomplete
    from .transport.request import Sender

MAX_DEPTH = 4  # indexes within indexes; buildx writes two


class Inventory(Lookup):
    """A Lookup that knows tags, configs and indexes too.

    What a digest names is asked once; where a tag points is asked each time, since tags move.
    """

    def __init__(self, send: Sender) -> None:
        super().__init__(send)
        self._sender = send

    @property
    def registry(self) -> str:
        """Host and port of the registry, for messages."""
        return self._sender.registry.netloc

    async def tags(self, repository: str, incomplete: Incomplete | None = None) -> list[str] | None:
        """Return the tags of a repository as the registry lists them now; None if it knows no such repository.

        Raises RefusedError (incomplete-list) if a later page cannot be read; with `incomplete`, that is called instead.
        """
        try:
            return await self._gated(lambda: list_tags(self._sender, repository, incomplete))
        except NotFoundError:  # Artifactory answers 403 NAME_UNKNOWN (RTFACT-13797)
            return None

    async def head(self, repository: str, reference: str) -> Descriptor | None:
        """Return what a tag or digest names now, None where there is nothing, or the registry will not say."""
        return await self._gated(lambda: head_manifest(self._sender, repository, reference))

    async def found(self, repository: str, reference: str) -> Descriptor | None:
        """As head, but a refusal is raised: None means that there is nothing (Artifactory answers 403 to both)."""
        return await self.head(repository, reference) or await self._read_through(repository, reference)

    async def _read_through(self, repository: str, reference: str) -> Descriptor | None:
        manifest = await self._gated(lambda: get_manifest(self._sender, repository, reference))
        return manifest.descriptor if manifest else None

    async def digests(self, repository: str, tags: t.Iterable[str]) -> dict[str, Descriptor]:
        """Return what each of these listed tags names; raises NotFoundError where one of them names nothing."""
        names = list(tags)
        found = await together(self._listed(repository, tag) for tag in names)
        return dict(zip(names, found))

    async def _listed(self, repository: str, tag: str) -> Descriptor:
        found = await self.found(repository, tag)
        if found is None:
            what = f"manifest for the tag {repository}:{tag}, which it lists"
            raise problem("not-found", registry=self.registry, what=what, image=f"{repository}:{tag}")
        return found

    async def read(self, repository: str, digest: str) -> Manifest:
        """Return the manifest of a digest; raises NotFoundError where it is not there."""
        manifest = await self.manifest(repository, digest)
        if manifest is None:
            raise problem("not-found", registry=self.registry, what=f"manifest {repository}@{digest}")
        return manifest

    async def document(self, repository: str, digest: str) -> Document:
        """Return what a manifest says; raises RefusedError (hostile-answer) where it is no JSON object."""
        found = json_object((await self.read(repository, digest)).data)
        if found is None:
            what = f"manifest {repository}@{digest[:19]}"
            raise problem("hostile-answer", registry=self.registry, what=what, cause="no JSON object")
        return found

    async def children(self, repository: str, root: Descriptor) -> dict[str, tuple[str, ...]]:
        """Return the digests that an index names, by index, for it and the indexes below it; {} for an image."""
        found: dict[str, tuple[str, ...]] = {}
        await self._children(repository, root, found, MAX_DEPTH)
        return found

    async def _children(
        self, repository: str, root: Descriptor, found: dict[str, tuple[str, ...]], depth: int
    ) -> None:
        if root.media_type not in media_types.INDEXES or root.digest in found:
            return
        if depth == 0:
            what = f"index {repository}@{root.digest[:19]}"
            raise problem("hostile-answer", registry=self.registry, what=what, cause="too many indexes within indexes")
        children = index_children(await self.document(repository, root.digest))
        found[root.digest] = tuple(child.digest for child in children)
        for child in children:
            if child.media_type in media_types.INDEXES and await self.manifest(repository, child.digest) is not None:
                below = Descriptor(child.media_type, child.digest, 0)
                await self._children(repository, below, found, depth - 1)

    async def referrers(self, repository: str, digest: str) -> tuple[str, ...]:
        """Return the digests of what refers to a manifest."""
        found = await self._once(
            ("referrers", repository, digest), lambda: list_referrers(self._sender, repository, digest)
        )
        return tuple(each.digest for each in found)

    async def record(self, repository: str, digest: str) -> Record:
        """Return what a digest is: manifest and config of each of its images.

        Children of an index that are not there are named in the record. Raises NotFoundError for the digest itself,
        RefusedError (wrong-bytes, old-manifest, hostile-answer) for what cannot be read.
        """
        manifest = await self.read(repository, digest)
        if manifest.media_type not in media_types.INDEXES:
            return Record(digest, manifest.media_type, (await self._image(repository, manifest, None),),
                          manifest=await self.document(repository, digest))
        images, named, absent = await self._below(repository, digest, MAX_DEPTH)
        return Record(digest, manifest.media_type, tuple(images), tuple(dict.fromkeys(named)), tuple(absent),
                      await self.document(repository, digest))

    async def _below(
        self, repository: str, digest: str, depth: int
    ) -> tuple[list[ImageRecord], list[str], list[str]]:
        children = index_children(await self.document(repository, digest)) if depth else ()
        parts = await together(self._child(repository, child, depth) for child in children)
        images, named, absent = ([item for part in parts for item in part[n]] for n in range(3))
        return t.cast("list[ImageRecord]", images), [child.digest for child in children] + named, absent

    async def _child(
        self, repository: str, child: Child, depth: int
    ) -> tuple[list[t.Any], list[t.Any], list[t.Any]]:
        manifest = None if child.attestation else await self.manifest(repository, child.digest)
        if manifest is None:
            return [], [], [] if child.attestation else [child.digest]
        if manifest.media_type in media_types.INDEXES:
            return await self._below(repository, child.digest, depth - 1)
        return [await self._image(repository, manifest, child)], [], []

    async def _image(self, repository: str, manifest: Manifest, child: Child | None) -> ImageRecord:
        document = await self.document(repository, manifest.digest)
        entry = document.get("config")
        config = await self._config(repository, entry) if isinstance(entry, dict) else None
        return image_record(manifest.digest, manifest.media_type, document, config, child.platform if child else None)

    async def _config(self, repository: str, entry: Document) -> Document | None:
        """Return an image's config; None for artifacts, whose config says nothing of an image."""
        named = descriptor(entry)
        if named is None or named.media_type not in media_types.CONFIGS:
            return None
        digest = named.digest
        data = await self._once(("config", repository, digest), lambda: read_blob(self._sender, repository, digest))
        return json_object(data)
