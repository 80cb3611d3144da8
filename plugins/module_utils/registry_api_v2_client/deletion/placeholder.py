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

from ..archive.bytes.codecs import GZIP
from ..copying.planning.planner import make_plan
from ..copying.request import PushOptions
from ..copying.running.run import run_plan
from ..copying.targets import PushTarget
from ..endpoints.manifests import delete_manifest, fetch_manifest, is_gone, put_manifest
from ..errors import RegistryError
from ..formats import media_types
from ..images.config import Config
from ..images.descriptor import Descriptor
from ..images.model import Entry, Image, Layer, Member
from ..problems import problem
from ..reference import digest_of
from ..stores.memory_source import MemorySource
from ..stores.registry_destination import RegistryDestination

if t.TYPE_CHECKING:
    from ..transport.request import Sender

_EMPTY_TAR = bytes(1024)
_LAYER = gzip.compress(_EMPTY_TAR, mtime=0)
_PIECE = Member("an empty layer", 0, len(_LAYER))
_DOCKER = frozenset({media_types.DOCKER_MANIFEST, media_types.DOCKER_INDEX})


def placeholder(number: str) -> Image:
    """Return an image that nothing else refers to; `number` makes its digest unique. Pure."""
    diff_id = digest_of(_EMPTY_TAR)
    document = {
        "architecture": "amd64", "os": "linux", "config": {"Labels": {"registry_api.placeholder": number}},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
    }
    data = json.dumps(document).encode()
    layer = Layer(_PIECE, GZIP, diff_id, Descriptor(media_types.OCI_LAYER_GZIP, digest_of(_LAYER), len(_LAYER)))
    return Image(Config(data), Descriptor(media_types.OCI_CONFIG, digest_of(data), len(data)), None, (layer,))


async def untag_by_placeholder(send: Sender, repository: str, tag: str, digest: str | None) -> None:
    """Remove a tag of this digest, and leave the image and its other tags; None if the tag's manifest is missing.

    The tag is put back if the placeholder cannot be deleted, and the error of that is raised; RefusedError
    (placeholder-left) if putting it back failed, too. Blobs of the placeholder stay until garbage collection.
    """
    old = await fetch_manifest(send, repository, digest, any_type=True) if digest else None
    if old is None and digest is not None:
        raise problem("not-found", registry=send.registry.netloc, what=f"manifest {repository}@{digest}")
    manifest_format = "docker" if old is not None and old[0].media_type in _DOCKER else "oci"
    destination = RegistryDestination(send)
    try:
        placed = await _put(destination, repository, tag, manifest_format)
        await delete_manifest(send, repository, placed, what=f"the placeholder of {repository}:{tag}")
        if not await is_gone(send, repository, tag, placed):
            raise problem("not-deleted", registry=send.registry.netloc, image=f"{repository}:{tag}")
    except BaseException:  # cancellation included: nobody must find a placeholder under the tag
        if old is not None and not await _still_names(destination, repository, tag, old[0].digest):
            await _restore(send, repository, tag, old)
        raise
    finally:
        await destination.aclose()


async def _put(destination: RegistryDestination, repository: str, tag: str, manifest_format: str) -> str:
    """Write a placeholder under the tag as any image is written, and return its digest."""
    label = f"the placeholder of {repository}:{tag}"
    image = placeholder(uuid.uuid4().hex)
    entry = Entry(1, (), image, label)
    sources = {label: MemorySource(label, (entry,), {_PIECE.name: _LAYER})}
    rules = PushOptions(compare="digest", manifest_format=manifest_format)
    plan = await make_plan([PushTarget(label, entry, image, repository, (tag,))], sources, destination, rules)
    plan.raise_failed()
    (await run_plan(plan, destination, sources, rules)).raise_failed()
    return plan.images[0].root.digest


async def _still_names(destination: RegistryDestination, repository: str, tag: str, digest: str) -> bool:
    try:
        now = await destination.tag_now(repository, tag)
    except RegistryError:
        return False
    return now is not None and now.digest == digest


async def _restore(send: Sender, repository: str, tag: str, old: tuple[Descriptor, bytes]) -> None:
    try:
        await put_manifest(send, repository, tag, old[1], old[0].media_type)
    except RegistryError as error:
        raise problem(
            "placeholder-left", registry=send.registry.netloc, image=f"{repository}:{tag}", tag=tag,
            digest=old[0].digest, cause=error.message, status=error.status,
        ) from error
