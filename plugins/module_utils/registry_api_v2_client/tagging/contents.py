# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an image or index of a repository needs: manifests, blobs, and entries that the repository does not have."""

from __future__ import annotations

import typing as t

from ..concurrency import run_all
from ..copying.compose import Blob
from ..copying.plan import MOUNT, BlobStep, ManifestStep
from ..formats.media_types import LEAVES, UNKNOWN
from ..images.descriptor import Descriptor
from ..images.manifest import Manifest, is_manifest_type, named_digests, parse_manifest
from ..images.model import Member
from ..stores.registry_reader import MAX_DEPTH

if t.TYPE_CHECKING:
    from ..stores.registry_reader import RegistryReader


class Needs:
    """Everything below one manifest, found by `add`: `manifests` with the deepest first, `blobs`, `absent` entries.

    Entries of an index may be blobs, as in buildkit's caches, or manifests of an unknown type.
    """

    def __init__(self, reader: RegistryReader, repository: str) -> None:
        self._reader = reader
        self.repository = repository
        self.manifests: dict[str, Manifest] = {}
        self.blobs: dict[str, Descriptor] = {}
        self.absent: dict[str, None] = {}

    async def add(self, manifest: Manifest, depth: int = MAX_DEPTH) -> None:
        """Add what a manifest needs, and itself. Raises RefusedError for indexes without end or invalid manifests."""
        if depth < 0:
            what = f"index {self.repository}@{manifest.digest[:19]}"
            raise self._reader.invalid(what, "has too many indexes within indexes")
        await run_all(self._entry(entry, depth) for entry in manifest.children)
        self.blobs.update({blob.digest: blob for blob in manifest.blobs})
        if not manifest.is_index and manifest.media_type not in LEAVES:
            await self._add_named(manifest)
        self.manifests.setdefault(manifest.digest, manifest)

    def steps(self, repository: str) -> dict[str, t.Any]:
        """Return the steps that bring all of it into another repository of the same registry, for an ImagePlan."""
        blobs = tuple(
            BlobStep(repository, Blob(blob, n, Member(blob.digest, 0, blob.size)), MOUNT, "missing", self.repository)
            for n, blob in enumerate(self.blobs.values(), 1)
        )
        manifests = tuple(
            ManifestStep(repository, one.descriptor, one.data, False) for one in self.manifests.values()
        )
        return {"blobs": blobs, "manifests": manifests}

    async def _entry(self, entry: Descriptor, depth: int) -> None:
        is_blob = not is_manifest_type(entry.media_type) and await self._reader.has_blob(self.repository, entry)
        manifest = None if is_blob else await self._read(entry)
        if manifest is not None:
            await self.add(manifest, depth - 1)
        elif is_blob or await self._reader.has_blob(self.repository, entry):
            self.blobs[entry.digest] = entry
        else:
            self.absent[entry.digest] = None

    async def _read(self, entry: Descriptor) -> Manifest | None:
        fetched = await self._reader.fetch(self.repository, entry.digest)
        if fetched is None:
            return None
        found, data = fetched
        if not is_manifest_type(found.media_type) and found.media_type not in LEAVES:
            return Manifest(found, data)
        what = f"manifest {self.repository}@{entry.digest[:19]}"
        return parse_manifest(data, found, lambda cause: self._reader.invalid(what, cause))

    async def _add_named(self, manifest: Manifest) -> None:
        """Add the blobs among the digests that a manifest of an unknown type names."""
        named = [Descriptor(UNKNOWN, digest, 0) for digest in named_digests(manifest.data)]
        there = await run_all(self._reader.has_blob(self.repository, blob) for blob in named)
        self.blobs.update({blob.digest: blob for blob, has in zip(named, there) if has})


async def lacking(needs: Needs, root: Manifest, repository: str, reader: RegistryReader) -> Needs:
    """Return those needs of a root, without itself, that another repository does not have."""
    found = Needs(reader, needs.repository)
    below = [manifest for manifest in needs.manifests.values() if manifest.digest != root.digest]
    heads = await run_all(reader.head(repository, manifest.digest) for manifest in below)
    found.manifests = {one.digest: one for one, head in zip(below, heads) if head is None}
    there = await run_all(reader.has_blob(repository, blob) for blob in needs.blobs.values())
    found.blobs = {blob.digest: blob for blob, has in zip(needs.blobs.values(), there) if not has}
    found.absent = needs.absent
    return found
