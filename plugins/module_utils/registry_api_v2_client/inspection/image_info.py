# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a registry says of one image: its manifest and config, and for an index the image of one platform."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..endpoints.blobs import read_blob
from ..endpoints.manifests import get_manifest, head_manifest
from ..formats import media_types
from ..formats.json_object import json_object
from ..images.descriptor import Descriptor
from ..images.manifest import Manifest, is_attestation
from ..images.platforms import choose
from ..problems import printable, problem
from ..reference import check_reference, check_repository, is_digest
from .models import BlobInfo, ManifestInfo

if t.TYPE_CHECKING:
    from ..transport.request import Sender

_F = t.TypeVar("_F")
MAX_DEPTH = 4  # indexes inside indexes; two are in use


@dataclass(frozen=True)
class FoundImage:
    """`root` is what was asked for, `manifest` the image that was chosen, the same where that is no index.

    `platforms` are the images that an index lists, attestations left out; empty for an image.
    """

    root: Manifest
    manifest: Manifest
    platforms: tuple[dict[str, t.Any], ...] = ()


async def read_manifest(send: Sender, repository: str, reference: str) -> Manifest:
    """Return the manifest or index, its bytes verified. Raises NotFoundError (not-found) where there is none."""
    check_repository(repository)
    check_reference(reference)
    return _existing(await get_manifest(send, repository, reference), send, repository, reference)


async def resolve(send: Sender, repository: str, reference: str) -> str:
    """Return the digest of a tag, without reading the manifest. Raises NotFoundError (not-found)."""
    check_repository(repository)
    check_reference(reference)
    found = await head_manifest(send, repository, reference, any_type=True)
    return _existing(found, send, repository, reference).digest


def _existing(found: _F | None, send: Sender, repository: str, reference: str) -> _F:
    if found is None:
        what = f"manifest {repository}{'@' if is_digest(reference) else ':'}{reference}"
        raise problem("not-found", registry=send.registry.netloc, what=what, status=404)
    return found


def document_of(manifest: Manifest) -> dict[str, t.Any]:
    """Return a manifest's JSON with `digest`, and with `mediaType` where only the header said it."""
    return {"mediaType": manifest.media_type, **(json_object(manifest.data) or {}), "digest": manifest.digest}


async def find_image(send: Sender, repository: str, reference: str, platform: str | None) -> FoundImage:
    """Return the image that a reference names; of an index the one of `platform`, else this machine's, else the first.

    Raises NotFoundError (not-found) where there is no such image or platform, RefusedError (hostile-answer) for
    indexes without end.
    """
    root = manifest = await read_manifest(send, repository, reference)
    listed: list[dict[str, t.Any]] = []
    for _level in range(MAX_DEPTH):
        if not manifest.is_index:
            return FoundImage(root, manifest, tuple(listed))
        children = [child for child in manifest.children if not is_attestation(child)]
        listed += [_listed(child) for child in children if child.media_type not in media_types.INDEXES]
        chosen = choose([(child.platform, child) for child in children], platform)
        if chosen is None:
            what = f"image for {printable(platform or 'any platform')} in {repository}:{reference}"
            raise problem("not-found", registry=send.registry.netloc, what=what, status=404)
        manifest = await read_manifest(send, repository, chosen.digest)
    cause = f"indexes inside indexes, more than {MAX_DEPTH} deep"
    raise problem("hostile-answer", registry=send.registry.netloc, what=f"{repository}:{reference}", cause=cause)


def _listed(child: Descriptor) -> dict[str, t.Any]:
    platform = child.platform
    return {
        "os": platform.os if platform else None,
        "architecture": platform.architecture if platform else None,
        "variant": platform.variant if platform else None,
        "digest": child.digest,
        "media_type": child.media_type,
        "size": child.size,
    }


async def image_info(send: Sender, repository: str, reference: str, platform: str | None = None) -> dict[str, t.Any]:
    """Return what get_image_info documents."""
    found = await find_image(send, repository, reference, platform)
    info = manifest_info(found.manifest)
    config = await _config(send, repository, info)
    manifest = document_of(found.manifest)
    return {
        "repository": repository,
        "tag": None if is_digest(reference) else reference,
        "digest": found.root.digest,
        "media_type": found.root.media_type,
        "platforms": list(found.platforms),
        "manifest": manifest,
        "config": config,
        "architecture": config.get("architecture"),
        "os": config.get("os"),
        "variant": config.get("variant"),
        "created": config.get("created"),
        "layers": manifest.get("layers") or [],
        "layer_count": len(info.layers),
        "size": info.total_size,
        "total_size": info.total_size,
    }


async def _config(send: Sender, repository: str, info: ManifestInfo) -> dict[str, t.Any]:
    data = await read_blob(send, repository, info.config.digest)
    return json_object(data) or {}  # an artifact's config is whatever its maker wants


def manifest_info(manifest: Manifest) -> ManifestInfo:
    """Return the public value of an image's manifest."""
    config, *layers = [_blob(blob) for blob in (t.cast(Descriptor, manifest.config), *manifest.layers)]
    return ManifestInfo(2, manifest.media_type, config, tuple(layers), manifest.digest)


def _blob(descriptor: Descriptor) -> BlobInfo:
    return BlobInfo(descriptor.digest, descriptor.size, descriptor.media_type)
