# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Compressing a layer: which library and level, and the same bytes every time for one library and version."""

from __future__ import annotations

import typing as t
import zlib
from dataclasses import dataclass

from ...problems import problem

if t.TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_ZSTD = 3
# igzip's output depends on the size of its input blocks, and at level 3 on the processor; so: exact blocks, levels 0-2.
BLOCK = 1024 * 1024
IGZIP_LEVELS = range(3)
_GZIP = 31  # window bits that ask zlib and its kin for a gzip header


class Compressor(t.Protocol):
    """What zlib.compressobj returns, and its kin."""

    def compress(self, data: bytes) -> bytes:
        """Return some output."""

    def flush(self) -> bytes:
        """Return the rest."""


@dataclass(frozen=True)
class Recipe:
    """How raw layers are compressed: `kind` is none, gzip or zstd, `level` None for the library's own best trade.

    `library` names compressor and version for the result, since other ones give other bytes.
    """

    kind: str
    level: int | None
    library: str
    new: Callable[[], Compressor]


def recipe(kind: str, level: int | None) -> Recipe:
    """Return how to compress; ValidationError (bad-option) for a level that does not exist, or without zstd."""
    if kind == "none":
        if level is not None:
            raise problem(
                "bad-option", option=f"compression_level: {level}", cause="changes nothing with compression: none",
                advice="Set compression: gzip or zstd, or leave the level out.",
            )
        return Recipe(kind, None, "none", _Copy)
    if level is not None and not 0 <= level <= (9 if kind == "gzip" else 19):
        raise problem(
            "bad-option", option=f"compression_level: {level}", cause=f"does not exist for {kind}",
            advice="Give 0 to 9 for gzip, 1 to 19 for zstd, or leave it out.",
        )
    return _gzip(level) if kind == "gzip" else _zstd(level)


def _gzip(level: int | None) -> Recipe:
    if level is None or level in IGZIP_LEVELS:
        found = _igzip(1 if level is None else level)
        if found is not None:
            return found
    return _zlib_ng(2 if level is None else level) or _zlib(1 if level is None else level)


def _igzip(level: int) -> Recipe | None:
    try:
        import isal
        from isal import isal_zlib
    except ImportError:
        return None
    return Recipe(
        "gzip", level, f"isal {isal.__version__} level {level}",
        lambda: t.cast(Compressor, isal_zlib.compressobj(level, isal_zlib.DEFLATED, _GZIP)),
    )


def _zlib_ng(level: int) -> Recipe | None:
    try:
        import zlib_ng
        from zlib_ng import zlib_ng as codec
    except ImportError:
        return None
    return Recipe(
        "gzip", level, f"zlib-ng {zlib_ng.__version__} level {level}",
        lambda: t.cast(Compressor, codec.compressobj(level, codec.DEFLATED, _GZIP)),
    )


def _zlib(level: int) -> Recipe:
    return Recipe(
        "gzip", level, f"zlib {zlib.ZLIB_RUNTIME_VERSION} level {level}",
        lambda: zlib.compressobj(level, zlib.DEFLATED, _GZIP),
    )


def _zstd(level: int | None) -> Recipe:
    wanted = DEFAULT_ZSTD if level is None else level
    try:
        import zstandard
    except ImportError as error:
        raise problem(
            "bad-option", option="compression: zstd", cause=f"needs the Python library zstandard ({error})",
            advice="Install python3-zstandard on the host that runs this, or use compression: gzip.",
        ) from None
    return Recipe(
        "zstd", wanted, f"zstandard {zstandard.__version__} level {wanted}",
        lambda: t.cast(Compressor, zstandard.ZstdCompressor(level=wanted).compressobj()),
    )


class _Copy:
    """Leaves data as they are: for layers that are only unpacked from what registries do not take."""

    def compress(self, data: bytes) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""
