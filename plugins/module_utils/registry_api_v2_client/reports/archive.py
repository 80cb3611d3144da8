# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An archive on disk: its images, and the digests under which they would be pushed. No registry is asked."""

from __future__ import annotations

import asyncio
import typing as t
from dataclasses import dataclass, replace

from .. import media_types
from ..archive.model import Entry, Image, Index, Layer
from ..archive.reader import Archive, open_archive
from ..concurrency import together
from ..documents import image_record, parse_object
from ..durations import written_moment
from ..errors import RegistryError
from ..models import Descriptor
from ..push.compose import PackedImage, pack
from ..push.select import images_of, selected
from ..reference import digest_of

READERS = 4  # archives read at once; the disk is the limit


@dataclass(frozen=True)
class ArchivedImage:
    """One image or index of an archive under its names; `error` says why it could not be pushed."""

    path: str
    number: int
    names: tuple[str, ...]
    digest: str | None = None
    media_type: str | None = None
    parts: tuple[PackedImage, ...] = ()
    error: RegistryError | None = None

    def as_result(self, details: bool) -> dict[str, t.Any]:
        """Return the values that docker_tar_info documents."""
        platforms = dict.fromkeys(str(part.image.platform) for part in self.parts if part.image.platform)
        layers = [layer for part in self.parts for layer in part.image.layers]
        blobs = {blob.descriptor.digest: blob.descriptor.size for part in self.parts for blob in part.blobs}
        values = {
            "path": self.path,
            "number": self.number,
            "names": list(self.names),
            "digest": self.digest,
            "media_type": self.media_type,
            "platforms": list(platforms),
            "size": sum(blobs.values()),
            "layers": len(layers),
            "compression": sorted({layer.compression for layer in layers}),
            "problem": self.error.as_values() if self.error else None,
        }
        return {**values, "images": [_part(part) for part in self.parts]} if details else values


def _part(part: PackedImage) -> dict[str, t.Any]:
    config = parse_object(part.image.config)
    record = image_record(part.descriptor.digest, part.descriptor.media_type, parse_object(part.manifest) or {}, config)
    return {
        "digest": digest_of(part.manifest),
        "platform": str(part.image.platform) if part.image.platform else None,
        "created": written_moment(record.created),
        "labels": dict(record.labels),
        "config": config,
        "layers": [_layer(layer, blob) for layer, blob in zip(part.image.layers, record.layers)],
    }


def _layer(layer: Layer, blob: Descriptor) -> dict[str, t.Any]:
    return {
        "digest": blob.digest, "size": blob.size, "media_type": blob.media_type, "diff_id": layer.diff_id,
        "compression": layer.compression, "member": layer.member.name if layer.member else None,
    }


async def look_at_archives(paths: t.Sequence[str], temp_dir: str | None = None) -> list[ArchivedImage]:
    """Return the images of all archives in order.

    Layers whose digest is not in the archive (gzip layers of docker archives) are read. Raises TarReadError and
    ValidationError for an archive that cannot be read.
    """
    gate = asyncio.Semaphore(READERS)

    async def read(path: str) -> list[ArchivedImage]:
        async with gate:
            return await asyncio.to_thread(_images, path, temp_dir)

    return [image for images in await together(read(path) for path in paths) for image in images]


def _images(path: str, temp_dir: str | None) -> list[ArchivedImage]:
    try:
        with open_archive(path, temp_dir=temp_dir) as archive:
            return [_image(archive, entry) for entry in archive.entries]
    except RegistryError as error:
        raise error.about(path=path) from None


def _image(archive: Archive, entry: Entry) -> ArchivedImage:
    found = ArchivedImage(archive.path, entry.number, entry.names)
    try:
        node = selected(entry, None, archive.path)
        parts = tuple(_packed(archive, image, entry.label) for image in images_of(node))
    except RegistryError as error:
        return replace(found, error=error.about(image=entry.label, path=archive.path))
    data = node.manifest if isinstance(node, Index) else parts[0].manifest
    media_type = node.descriptor.media_type if isinstance(node, Index) else parts[0].descriptor.media_type
    return replace(found, digest=digest_of(data), media_type=media_type, parts=parts)


def _packed(archive: Archive, image: Image, label: str) -> PackedImage:
    """Return the image with the manifest that a push without further options writes."""
    layers = tuple(replace(layer, descriptor=_descriptor(archive, layer)) for layer in image.layers)
    descriptors = tuple(t.cast(Descriptor, layer.descriptor) for layer in layers)
    return pack(replace(image, layers=layers), "auto", descriptors, label)


def _descriptor(archive: Archive, layer: Layer) -> Descriptor | None:
    if layer.descriptor is not None or layer.member is None:
        return layer.descriptor
    return Descriptor(media_types.OCI_LAYER, archive.digest(layer.member), layer.member.size)
