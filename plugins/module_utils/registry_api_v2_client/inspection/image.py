# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One image of a registry: what it is made of, what refers to it, and whether all of it is there."""

from __future__ import annotations

import asyncio
import typing as t
from dataclasses import dataclass

from ..concurrency import run_all
from ..endpoints.referrers import list_referrers
from ..errors import AuthenticationError, RefusedError, RegistryError, ValidationError
from ..formats.durations import written_moment
from ..formats.json_object import json_object
from ..images import summary
from ..images.descriptor import Descriptor
from ..images.manifest import Manifest
from ..images.model import Image, Node, indexes_of
from ..images.platforms import matches
from ..problems import problem
from ..reference import check_reference, check_repository, is_digest
from ..stores.questions import CONCURRENT
from ..stores.registry_reader import RegistryReader

if t.TYPE_CHECKING:
    from ..transport.request import Sender

MANIFEST = "manifest"
BLOBS = "blobs"
VERIFY = (MANIFEST, BLOBS)


@dataclass(frozen=True)
class ImageQuery:
    """Which image to look at; `platform` picks one of an index, `verify` checks every manifest, or blob as well.

    Without `details` only what `verify` needs is requested.
    """

    name: str
    reference: str
    platform: str | None = None
    verify: str | None = None
    details: bool = True

    def check(self) -> None:
        """Raise ValidationError for names that break the grammar."""
        check_repository(self.name)
        check_reference(self.reference)

    @property
    def label(self) -> str:
        """The image's name in messages."""
        return f"{self.name}{'@' if is_digest(self.reference) else ':'}{self.reference}"


@dataclass(frozen=True)
class ImageReport:
    """What was found; `root` is None if there is no such image, `missing` if nothing was verified.

    `node`, the parsed image or index, is None too if details were not requested.
    """

    root: Manifest | None = None
    node: Node | None = None
    chosen: Image | None = None
    referrers: tuple[Descriptor, ...] = ()
    missing: tuple[tuple[str, str], ...] | None = None
    warnings: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_image_info documents."""
        root, node, chosen = self.root, self.node, self.chosen
        return {
            "exists": root is not None,
            "digest": root.digest if root else None,
            "media_type": root.media_type if root else None,
            "platforms": list(summary.platforms(node)) if node else [],
            "size": summary.size(node) if node else None,
            "created": written_moment(summary.created(chosen)) if chosen else None,
            "labels": dict(chosen.config.labels) if chosen else {},
            "layers": [_blob(layer) for layer in _layers(chosen)] if chosen else [],
            "images": [_image(image) for image in summary.distinct_images(node)] if node else [],
            "manifest": json_object(root.data) if root else None,
            "config": json_object(chosen.config.data) if chosen else None,
            "referrers": [_referrer(each) for each in self.referrers],
            "missing": None if self.missing is None else [_missing_part(*part) for part in self.missing],
        }


def _missing_part(kind: str, digest: str) -> dict[str, str]:
    return {"kind": kind, "digest": digest}


def _image(image: Image) -> dict[str, t.Any]:
    return {
        "digest": summary.digest_of(image),
        "platform": str(image.platform) if image.platform else None,
        "created": written_moment(summary.created(image)),
        "size": summary.size(image),
        "layers": len(image.layers),
    }


def _layers(image: Image) -> tuple[Descriptor, ...]:
    return image.manifest.layers if image.manifest else ()


def _blob(blob: Descriptor) -> dict[str, t.Any]:
    return {"digest": blob.digest, "size": blob.size, "media_type": blob.media_type}


def _referrer(found: Descriptor) -> dict[str, t.Any]:
    return {
        "digest": found.digest, "media_type": found.media_type, "size": found.size,
        "artifact_type": found.artifact_type,
    }


async def inspect_image(send: Sender, query: ImageQuery) -> ImageReport:
    """Return what the registry has under a name; raises RefusedError for a manifest or config that cannot be read."""
    query.check()
    inventory = RegistryReader(send)
    try:
        return await _report(send, query, inventory)
    finally:
        await inventory.aclose()


async def inspect_images(send: Sender, queries: t.Sequence[ImageQuery]) -> list[ImageReport | RegistryError]:
    """Return a report for each query, or the error if one image cannot be read. Shared parts are requested once.

    Raises ValidationError before the first request if a name is malformed, ConnectionFailedError and
    AuthenticationError if the registry cannot be used at all.
    """
    for query in queries:
        query.check()
    inventory, gate = RegistryReader(send), asyncio.Semaphore(CONCURRENT)
    try:
        return await run_all(_look(send, query, inventory, gate) for query in queries)
    finally:
        await inventory.aclose()


async def _look(
    send: Sender, query: ImageQuery, inventory: RegistryReader, gate: asyncio.Semaphore
) -> ImageReport | RegistryError:
    try:
        async with gate:
            return await _report(send, query, inventory)
    except (RefusedError, ValidationError) as error:
        if isinstance(error, AuthenticationError) and error.code != "not-allowed":
            raise
        return error.about(image=query.label)


async def _report(send: Sender, query: ImageQuery, inventory: RegistryReader) -> ImageReport:
    found = await inventory.manifest(query.name, query.reference)
    if found is None:
        return ImageReport(missing=() if query.verify else None)
    if not (query.details or query.platform or query.verify == BLOBS or found.is_index):
        return ImageReport(found, missing=() if query.verify else None)
    node = await inventory.image(query.name, found.digest)
    cut: list[RefusedError] = []
    referrers: list[Descriptor] = []
    if query.details:
        referrers = await list_referrers(send, query.name, found.digest, incomplete=cut.append)
    missing = await _missing(node, query, inventory) if query.verify else None
    return ImageReport(found, node, _chosen(node, query), tuple(referrers), missing,
                       tuple(error.one_line() for error in cut))


def _chosen(node: Node, query: ImageQuery) -> Image | None:
    """Return the image of the platform that was asked for, else the first one."""
    images = summary.distinct_images(node)
    if query.platform is None:
        return images[0] if images else None
    for image in images:
        if matches(query.platform, image.platform):
            return image
    present = ", ".join(summary.platforms(node)) or "none"
    raise problem(
        "bad-option", option=f"platform: {query.platform}", cause=f"is not in {query.label}, which holds {present}",
        advice="Ask for one of those, or leave platform out.", image=query.label,
    )


async def _missing(node: Node, query: ImageQuery, inventory: RegistryReader) -> tuple[tuple[str, str], ...]:
    """Return kind and digest of each manifest, and each blob where that is asked for, that is not there."""
    entries = [child.descriptor for index in indexes_of(node)[::-1] for child in index.children]
    children = list(dict.fromkeys(entry.digest for entry in entries))
    heads = await run_all(inventory.head(query.name, digest) for digest in children)
    missing = [(MANIFEST, digest) for digest, head in zip(children, heads) if head is None]
    if query.verify == BLOBS:
        manifests = [image.manifest for image in summary.distinct_images(node) if image.manifest]
        blobs = {blob.digest: blob for manifest in manifests for blob in manifest.blobs}
        there = await run_all(inventory.has_blob(query.name, blob) for blob in blobs.values())
        missing += [("blob", digest) for digest, has in zip(blobs, there) if not has]
    return tuple(missing)
