# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An archive on disk: its images, and the digests under which they would be pushed. No registry is asked."""

from __future__ import annotations

import asyncio
import hashlib
import typing as t
from dataclasses import dataclass, replace

from ..archive.bytes.codecs import NONE, CodecError
from ..archive.paths import expand
from ..concurrency import run_all
from ..copying.compose import PackedImage, encoded, to_encode
from ..copying.planning.steps import hashed, packed_image
from ..copying.request import PushOptions
from ..copying.select import selected
from ..errors import RegistryError
from ..formats.durations import written_moment
from ..formats.json_object import json_object
from ..images import summary
from ..images.descriptor import Descriptor
from ..images.model import Entry, Image, Index, Layer, images_of
from ..problems import problem
from ..reference import digest_of
from ..stores.tar_source import TarSource, TarSources


@dataclass(frozen=True)
class ArchivedImage:
    """One image or index of an archive under its names; `error` is why it cannot be pushed.

    An archive that cannot be read at all is one with the number 0.
    """

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
            "number": self.number or None,
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
    layers = [blob.descriptor for blob in part.blobs if blob.position]
    return {
        "digest": digest_of(part.manifest),
        "platform": str(part.image.platform) if part.image.platform else None,
        "created": written_moment(summary.created(part.image)),
        "labels": dict(part.image.config.labels),
        "config": json_object(part.image.config.data),
        "layers": [_layer(layer, blob) for layer, blob in zip(part.image.layers, layers)],
    }


def _layer(layer: Layer, blob: Descriptor) -> dict[str, t.Any]:
    return {
        "digest": blob.digest, "size": blob.size, "media_type": blob.media_type, "diff_id": layer.diff_id,
        "compression": layer.compression, "member": layer.member.name if layer.member else None,
    }


async def inspect_archives(
    paths: t.Sequence[str], temp_dir: str | None = None, *, continue_on_error: bool = False
) -> list[ArchivedImage]:
    """Return the images of all archives in order.

    Layers whose digest is not in the archive (gzip layers of docker archives) are read. Raises TarReadError and
    ValidationError for an archive that cannot be read; with `continue_on_error` that is an entry of the result.
    """
    expanded = [one for path in paths for one in await asyncio.to_thread(expand, path)]
    with TarSources(temp_dir) as tars:
        await tars.read(expanded)
        for path in expanded:
            if path in tars.unread and not continue_on_error:
                raise tars.unread[path]
        found = await run_all(_images(tars, path) for path in expanded)
    return [image for images in found for image in images]


async def _images(tars: TarSources, path: str) -> list[ArchivedImage]:
    if path in tars.unread:
        return [ArchivedImage(path, 0, (), error=tars.unread[path].about(path=path))]
    source = tars.opened[path]
    return [await _image(source, entry) for entry in source.entries]


async def _image(source: TarSource, entry: Entry) -> ArchivedImage:
    found = ArchivedImage(source.label, entry.number, entry.names)
    try:
        node = selected(entry, None, source.label)
        images = sent = images_of(node)
        if isinstance(node, Image):  # an index names its own
            sent = [await asyncio.to_thread(_unpacked, source, node, entry.label)]
        packed = [packed_image(await hashed(source, image), PushOptions(), entry.label) for image in sent]
    except RegistryError as error:
        return replace(found, error=error.about(image=entry.label, path=source.label))
    parts = tuple(replace(one, image=image) for one, image in zip(packed, images))
    data = node.manifest.data if isinstance(node, Index) else parts[0].manifest
    media_type = node.descriptor.media_type if isinstance(node, Index) else parts[0].descriptor.media_type
    return replace(found, digest=digest_of(data), media_type=media_type, parts=parts)


def _unpacked(source: TarSource, image: Image, label: str) -> Image:
    """Return the image as a push without further options sends it: bzip2 and xz layers unpacked; reads those."""
    if not any(to_encode(layer, NONE) for layer in image.layers):
        return image
    layers = tuple(
        encoded(layer, NONE, _content(source, image, n, label)) if to_encode(layer, NONE) else layer
        for n, layer in enumerate(image.layers, 1)
    )
    return replace(image, layers=layers, manifest=None)


def _content(source: TarSource, image: Image, n: int, label: str) -> Descriptor:
    """Return digest and size of a layer's content; raises ValidationError (corrupt-layer) if it is another."""
    layer, state, size, fault = image.layers[n - 1], hashlib.sha256(), 0, ""
    try:
        for block in source.content(layer):
            state.update(block)
            size += len(block)
    except CodecError as error:
        fault = f"broken ({error})"
    digest = f"sha256:{state.hexdigest()}"
    if fault or digest != layer.diff_id:
        raise problem(
            "corrupt-layer", member=layer.member.name if layer.member else "", path=source.label, n=n,
            total=len(image.layers), image=label, actual=fault or digest, expected=layer.diff_id,
        )
    return Descriptor("", digest, size)
