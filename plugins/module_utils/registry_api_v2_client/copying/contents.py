# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an image or index of a repository needs: manifests, blobs, and entries that the repository does not have."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..concurrency import run_all
from ..images.model import Member, images_of, indexes_of
from .compose import Blob
from .plan import MOUNT, BlobStep, ManifestStep

if t.TYPE_CHECKING:
    from ..images.descriptor import Descriptor
    from ..images.manifest import Manifest
    from ..images.model import Node
    from ..stores.registry_reader import RegistryReader


@dataclass(frozen=True)
class Needs:
    """Everything below one manifest: `manifests` with the deepest first, `blobs`, digests of `absent` entries."""

    manifests: tuple[Manifest, ...]
    blobs: tuple[Descriptor, ...]
    absent: tuple[str, ...]

    def steps(self, origin: str, repository: str) -> dict[str, t.Any]:
        """Return the steps that bring all of it from one repository into another, for an ImagePlan."""
        blobs = tuple(
            BlobStep(repository, Blob(blob, n, Member(blob.digest, 0, blob.size)), MOUNT, "missing", origin)
            for n, blob in enumerate(self.blobs, 1)
        )
        manifests = tuple(ManifestStep(repository, one.descriptor, one.data, False) for one in self.manifests)
        return {"blobs": blobs, "manifests": manifests}


def needs_of(tree: Node) -> Needs:
    """Return what the root of a tree needs, without itself."""
    indexes = indexes_of(tree)
    found = [*(image.manifest for image in images_of(tree)), *(index.manifest for index in indexes)]
    manifests = {manifest.digest: manifest for manifest in found if manifest is not None}
    entries = [child for index in indexes for child in index.children if child.node is None]
    blobs = {blob.digest: blob for manifest in manifests.values() for blob in manifest.blobs}
    blobs.update({entry.descriptor.digest: entry.descriptor for entry in entries if entry.blob})
    absent = dict.fromkeys(entry.descriptor.digest for entry in entries if not entry.blob)
    root = tree.descriptor.digest if tree.descriptor else ""
    return Needs(tuple(one for one in manifests.values() if one.digest != root), tuple(blobs.values()), tuple(absent))


async def lacking(needs: Needs, repository: str, reader: RegistryReader) -> Needs:
    """Return those needs that another repository does not have."""
    heads = await run_all(reader.head(repository, manifest.digest) for manifest in needs.manifests)
    there = await run_all(reader.has_blob(repository, blob) for blob in needs.blobs)
    return Needs(
        tuple(manifest for manifest, head in zip(needs.manifests, heads) if head is None),
        tuple(blob for blob, has in zip(needs.blobs, there) if not has), needs.absent,
    )
