# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A tag removed alone where a registry deletes digests only: it is moved to a manifest of its own, and that deleted.

The manifest is of the family that the tag had, with a config and one empty layer, since some registries refuse
manifests without layers (regclient#393, #395).
"""

from __future__ import annotations

import gzip
import json
import typing as t
import uuid
from dataclasses import dataclass

from .. import media_types
from ..endpoints.blobs import blob_exists
from ..endpoints.manifests import delete_manifest, fetch_manifest, is_gone, put_manifest
from ..endpoints.uploads import upload_blob
from ..errors import RegistryError
from ..models import Descriptor
from ..problems import problem
from ..reference import digest_of

if t.TYPE_CHECKING:
    from ..transport.request import Sender

_EMPTY_TAR = bytes(1024)
_LAYER = gzip.compress(_EMPTY_TAR, mtime=0)
_DOCKER = frozenset({media_types.DOCKER_MANIFEST, media_types.DOCKER_INDEX})


@dataclass(frozen=True)
class Placeholder:
    """A manifest that nothing else names, and its two blobs."""

    data: bytes
    media_type: str
    blobs: tuple[tuple[Descriptor, bytes], ...]

    @property
    def digest(self) -> str:
        """Digest of the manifest."""
        return digest_of(self.data)


def placeholder_like(media_type: str, number: str) -> Placeholder:
    """Return a placeholder of the same family, Docker's or OCI's; `number` makes its digest unique. Pure."""
    docker = media_type in _DOCKER
    document = {
        "architecture": "amd64", "os": "linux", "config": {"Labels": {"registry_api.placeholder": number}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(_EMPTY_TAR)]},
    }
    config = json.dumps(document).encode()
    parts = (
        (media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG, config),
        (media_types.DOCKER_LAYER_GZIP if docker else media_types.OCI_LAYER_GZIP, _LAYER),
    )
    blobs = tuple((Descriptor(kind, digest_of(data), len(data)), data) for kind, data in parts)
    kind = media_types.DOCKER_MANIFEST if docker else media_types.OCI_MANIFEST
    manifest = {
        "schemaVersion": 2, "mediaType": kind, "config": blobs[0][0].as_json(), "layers": [blobs[1][0].as_json()],
    }
    return Placeholder(json.dumps(manifest).encode(), kind, blobs)


async def untag_by_placeholder(send: Sender, repository: str, tag: str, digest: str | None) -> None:
    """Remove a tag of this digest, and leave the image and its other tags; None if the tag's manifest is missing.

    The tag is put back if the placeholder cannot be deleted, and the error of that is raised; RefusedError
    (placeholder-left) if putting it back failed, too. Blobs of the placeholder stay until garbage collection.
    """
    old = await fetch_manifest(send, repository, digest, any_type=True) if digest else None
    if old is None and digest is not None:
        raise problem("not-found", registry=send.registry.netloc, what=f"manifest {repository}@{digest}")
    placeholder = placeholder_like(old[0].media_type if old else media_types.OCI_MANIFEST, uuid.uuid4().hex)
    for blob, data in placeholder.blobs:
        if not await blob_exists(send, repository, blob.digest):
            await upload_blob(send, repository, blob, data, what=f"the placeholder of {repository}:{tag}")
    try:
        await put_manifest(send, repository, tag, placeholder.data, placeholder.media_type)
        await delete_manifest(send, repository, placeholder.digest, what=f"the placeholder of {repository}:{tag}")
        if not await is_gone(send, repository, tag, placeholder.digest):
            raise problem("not-deleted", registry=send.registry.netloc, image=f"{repository}:{tag}")
    except BaseException:  # cancellation included: nobody must find a placeholder under the tag
        if old is not None:
            await _restore(send, repository, tag, old)
        raise


async def _restore(send: Sender, repository: str, tag: str, old: tuple[Descriptor, bytes]) -> None:
    try:
        await put_manifest(send, repository, tag, old[1], old[0].media_type)
    except RegistryError as error:
        raise problem(
            "placeholder-left", registry=send.registry.netloc, image=f"{repository}:{tag}", tag=tag,
            digest=old[0].digest, cause=error.message, status=error.status,
        ) from error
