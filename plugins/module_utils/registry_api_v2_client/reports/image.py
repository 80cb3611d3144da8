# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One image of a registry: what it is made of, what refers to it, and whether all of it is there."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..concurrency import together
from ..documents import ImageRecord, Record
from ..durations import written_moment
from ..endpoints.referrers import list_referrers
from ..errors import RefusedError
from ..inventory import Inventory
from ..models import Descriptor
from ..problems import problem
from ..push.select import matches
from ..reference import check_reference, check_repository, is_digest

if t.TYPE_CHECKING:
    from ..transport.request import Sender

MANIFEST = "manifest"
BLOBS = "blobs"
VERIFY = (MANIFEST, BLOBS)


@dataclass(frozen=True)
class ImageQuery:
    """Which image to look at; `platform` picks one of an index, `verify` asks for every manifest, or blob as well."""

    name: str
    reference: str
    platform: str | None = None
    verify: str | None = None

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
    """What was found; `record` is None where there is no such image. `missing` is None where nothing was verified."""

    record: Record | None = None
    chosen: ImageRecord | None = None
    referrers: tuple[Descriptor, ...] = ()
    missing: tuple[tuple[str, str], ...] | None = None
    warnings: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_image_info documents."""
        record, chosen = self.record, self.chosen
        return {
            "exists": record is not None,
            "digest": record.digest if record else None,
            "media_type": record.media_type if record else None,
            "platforms": list(record.platforms) if record else [],
            "size": record.size if record else None,
            "created": written_moment(chosen.created) if chosen else None,
            "labels": dict(chosen.labels) if chosen else {},
            "layers": [_blob(layer) for layer in chosen.layers] if chosen else [],
            "images": [_image(image) for image in record.images] if record else [],
            "manifest": record.manifest if record else None,
            "config": chosen.config_document if chosen else None,
            "referrers": [_referrer(each) for each in self.referrers],
            "missing": None if self.missing is None else [_missing_part(*part) for part in self.missing],
        }


def _missing_part(kind: str, digest: str) -> dict[str, str]:
    return {"kind": kind, "digest": digest}


def _image(image: ImageRecord) -> dict[str, t.Any]:
    return {
        "digest": image.digest,
        "platform": str(image.platform) if image.platform else None,
        "created": written_moment(image.created),
        "size": sum(blob.size for blob in image.blobs),
        "layers": len(image.layers),
    }


def _blob(blob: Descriptor) -> dict[str, t.Any]:
    return {"digest": blob.digest, "size": blob.size, "media_type": blob.media_type}


def _referrer(found: Descriptor) -> dict[str, t.Any]:
    return {
        "digest": found.digest, "media_type": found.media_type, "size": found.size,
        "artifact_type": found.annotation("artifactType"),
    }


async def look_at_image(send: Sender, query: ImageQuery) -> ImageReport:
    """Return what the registry has under a name; raises RefusedError for a manifest or config that cannot be read."""
    query.check()
    inventory = Inventory(send)
    try:
        found = await inventory.manifest(query.name, query.reference)
        if found is None:
            return ImageReport(missing=() if query.verify else None)
        record = await inventory.record(query.name, found.digest)
        cut: list[RefusedError] = []
        referrers = await list_referrers(send, query.name, found.digest, incomplete=cut.append)
        missing = await _missing(record, query, inventory) if query.verify else None
        return ImageReport(record, _chosen(record, query), tuple(referrers), missing,
                           tuple(error.one_line() for error in cut))
    finally:
        await inventory.aclose()


def _chosen(record: Record, query: ImageQuery) -> ImageRecord | None:
    """Return the image of the platform that was asked for, else the first one."""
    if query.platform is None:
        return record.images[0] if record.images else None
    for image in record.images:
        if matches(query.platform, image.platform):
            return image
    present = ", ".join(record.platforms) or "none"
    raise problem(
        "bad-option", option=f"platform: {query.platform}", cause=f"is not in {query.label}, which holds {present}",
        advice="Ask for one of those, or leave platform out.", image=query.label,
    )


async def _missing(record: Record, query: ImageQuery, inventory: Inventory) -> tuple[tuple[str, str], ...]:
    """Return kind and digest of each manifest, and each blob where that is asked for, that is not there."""
    heads = await together(inventory.head(query.name, digest) for digest in record.children)
    missing = [(MANIFEST, digest) for digest, head in zip(record.children, heads) if head is None]
    if query.verify == BLOBS:
        blobs = {blob.digest: blob for image in record.images for blob in image.blobs}
        there = await together(inventory.has_blob(query.name, blob) for blob in blobs.values())
        missing += [("blob", digest) for digest, has in zip(blobs, there) if not has]
    return tuple(missing)
