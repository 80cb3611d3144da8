# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads a layer to its end and says what it is: the truth that names and labels only claim."""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from ...images.model import Layer
from ..limits import STEP, Limits
from .codecs import NONE, CodecError, MissingCodecError, Readable, open_stream


@dataclass(frozen=True)
class LayerProof:
    """Digest and size (bytes) of a layer as it lies in the archive, and of its decompressed content.

    `content_digest` is None where the content cannot be read to its end, and `fault` then says why.
    """

    digest: str
    size: int
    content_digest: str | None
    content_size: int
    fault: str = ""


def prove(layer: Layer, steps: t.Iterator[bytes], limits: Limits) -> LayerProof:
    """Return what the bytes of a layer are, read once, in steps; MissingCodecError if a package is missing."""
    meter = _Meter(steps, _algorithm(layer.descriptor.digest if layer.descriptor else ""))
    content, size, fault = _Hash(_algorithm(layer.diff_id or "")), 0, ""
    try:
        for data in content_of(meter, layer.compression, limits):
            content.update(data)
            size += len(data)
    except MissingCodecError:
        raise  # nothing is wrong with the layer: whether to go on unproven is the caller's decision
    except CodecError as error:
        fault = str(error)
    meter.drain()
    return LayerProof(meter.hash.digest(), meter.size, None if fault else content.digest(), size, fault)


def content_of(raw: Readable, compression: str, limits: Limits) -> t.Iterator[bytes]:
    """Yield a layer's content, unpacked where it is compressed, in blocks of exactly STEP bytes but for the last.

    Raises CodecError for damage, a cut stream, or a bomb; MissingCodecError if a package is missing.
    """
    if compression == NONE:
        yield from iter(lambda: raw.read(STEP), b"")
        return
    stream = open_stream(raw, compression, limits)
    yield from iter(lambda: stream.read(STEP), b"")
    if stream.trailing:
        raise CodecError(f"its {compression} data are followed by bytes that belong to nothing")


class _Hash:
    """A digest in the making."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._hash = hashlib.new(algorithm)

    def update(self, data: bytes) -> None:
        self._hash.update(data)

    def digest(self) -> str:
        return f"{self._algorithm}:{self._hash.hexdigest()}"


class _Meter:
    """Hands out a layer's bytes in order, hashing and counting them."""

    def __init__(self, steps: t.Iterator[bytes], algorithm: str) -> None:
        self._steps = steps
        self._left = b""
        self.hash = _Hash(algorithm)
        self.size = 0

    def read(self, size: int) -> bytes:
        if not self._left:
            self._left = next(self._steps, b"")
            self.hash.update(self._left)
            self.size += len(self._left)
        data, self._left = self._left[:size], self._left[size:]
        return data

    def drain(self) -> None:
        while self.read(STEP):
            pass


def _algorithm(digest: str) -> str:
    return digest.partition(":")[0] or "sha256"
