# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Compression: recognized by the first bytes, undone in steps of bounded memory.

A new format is a function that opens a stream, and a row of CODECS (RFC 1952; RFC 8878; LZ4 frame format; xz, bzip2).
"""

from __future__ import annotations

import bz2
import importlib
import lzma
import typing as t
import zlib

from ...problems import printable
from ..limits import STEP, Limits

NONE, GZIP, ZSTD, BZIP2, XZ, LZ4 = "none", "gzip", "zstd", "bzip2", "xz", "lz4"
HEAD = 16  # bytes of a file's begin that tell its compression
_READ = 1 << 16

_LONGEST_MAGIC = 6  # bytes


class CodecError(Exception):
    """The compressed data cannot be read; the text says why."""


class MissingCodecError(CodecError):
    """This Python has no package that reads the format; `package` is what to install."""

    def __init__(self, kind: str, package: str) -> None:
        super().__init__(f"{kind} needs the package {package}")
        self.kind = kind
        self.package = package


class BombError(CodecError):
    """The data unpack to more than the limits allow."""


class Readable(t.Protocol):
    """What compressed bytes are read from."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes, none at the end."""


class Inflater(t.Protocol):
    """One compressed stream, as lzma.LZMADecompressor and its kin: output never exceeds `max_length`."""

    @property
    def eof(self) -> bool:
        """True once the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """True where more output needs more input."""

    @property
    def unused_data(self) -> bytes | None:
        """Input behind the end; lz4 has None for nothing."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return some output."""


def compression_of(head: bytes) -> str:
    """Return the name of the codec that the first bytes belong to, else none."""
    return next((name for name, codec in CODECS.items() if head.startswith(codec.magic)), NONE)


class Stream:
    """The decompressed bytes of one file, in order; several streams behind each other are read as one.

    `trailing` is True once bytes were met behind the last stream that are no stream themselves, zeros apart.
    """

    def __init__(self, raw: Readable, kind: str, limits: Limits) -> None:
        self._raw = raw
        self._kind = kind
        self._limits = limits
        self._taken = 0
        self._given = 0
        self._ahead = b""  # decompressed, from `_at` on not yet read
        self._at = 0
        self.trailing = False

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes, fewer only at the end; CodecError for damage, a cut stream, or a bomb."""
        start, end = self._at, self._at + size
        if end <= len(self._ahead):
            self._at = end
            return self._ahead[start:end]
        parts = [self._ahead[start:]] if start < len(self._ahead) else []
        wanted, self._ahead, self._at = end - len(self._ahead), b"", 0
        while wanted > 0:
            part = self._some(min(max(wanted, _READ), STEP))
            if not part:
                break
            self._count(len(part))
            if len(part) > wanted:
                self._ahead, self._at, part = part, wanted, part[:wanted]
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _some(self, size: int) -> bytes:
        """Return between one and `size` bytes, none at the end."""
        raise NotImplementedError

    def _take(self, size: int) -> bytes:
        data = self._raw.read(size)
        self._taken += len(data)
        return data

    def _count(self, size: int) -> None:
        self._given += size
        allowed = min(self._limits.output, max(self._limits.free_output, self._limits.ratio * self._taken))
        if self._given > allowed:
            raise BombError(f"contains {self._kind} data that unpack to more than {allowed} bytes")

    def _damaged(self, error: Exception) -> CodecError:
        return CodecError(f"its {self._kind} data are damaged ({printable(str(error), 80)})")


class _Frames(Stream):
    """Feeds one decompressor after the other."""

    def __init__(self, raw: Readable, kind: str, limits: Limits, new: t.Callable[[], Inflater]) -> None:
        super().__init__(raw, kind, limits)
        self._new = new
        self._inflater: Inflater | None = new()
        self._waiting = b""

    def _some(self, size: int) -> bytes:
        while self._inflater is not None:
            if self._inflater.needs_input and not self._waiting:
                self._waiting = self._take(_READ)
                if not self._waiting:
                    raise CodecError(f"its {self._kind} data end too early, so the copy is not complete")
            output = self._inflate(self._inflater, size)
            if output:
                return output
        return b""

    def _inflate(self, inflater: Inflater, size: int) -> bytes:
        try:
            output = inflater.decompress(self._waiting, size)
        except Exception as error:  # zlib.error, OSError, EOFError, LZMAError, ZstdError, MemoryError: one meaning here
            raise self._damaged(error) from None
        self._waiting = b""
        if inflater.eof:
            self._waiting = inflater.unused_data or b""
            self._inflater = self._new() if self._another() else None
        return output

    def _another(self) -> bool:
        """True where another stream follows; zeros between and behind streams are padding."""
        more = b"more"
        while more and len(self._waiting) < _LONGEST_MAGIC:
            more = self._take(_READ)
            self._waiting = (self._waiting + more).lstrip(b"\0")
        self._waiting = self._waiting.lstrip(b"\0")
        self.trailing = bool(self._waiting) and compression_of(self._waiting) != self._kind
        return bool(self._waiting) and not self.trailing


class _Zstandard(Stream):
    """The package zstandard, whose only reader of bounded output hides where frames end."""

    def __init__(self, raw: Readable, limits: Limits, zstandard: t.Any) -> None:
        super().__init__(raw, ZSTD, limits)
        self._error = zstandard.ZstdError
        decompressor = zstandard.ZstdDecompressor(max_window_size=limits.window)
        self._reader = decompressor.stream_reader(_Source(self._take), read_size=_READ, read_across_frames=True)

    def _some(self, size: int) -> bytes:
        try:
            return t.cast(bytes, self._reader.read(size))
        except (self._error, MemoryError) as error:
            raise self._damaged(error) from None


class _Source:
    """The one method that zstandard wants of a file."""

    def __init__(self, read: t.Callable[[int], bytes]) -> None:
        self.read = read


def open_stream(raw: Readable, kind: str, limits: Limits) -> Stream:
    """Return the decompressed bytes of `raw`; MissingCodecError if this Python has no package that reads the format."""
    codec = CODECS[kind]
    try:
        return codec.open(raw, limits)
    except ImportError:
        raise MissingCodecError(kind, codec.package) from None


class _Gzip:
    """zlib's decompressor behind the words of the other two."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    _full = False

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        output = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self._full = len(output) == max_length  # zlib may hold back output although all input is consumed
        return output


def _open_gzip(raw: Readable, limits: Limits) -> Stream:
    return _Frames(raw, GZIP, limits, _Gzip)


def _open_bzip2(raw: Readable, limits: Limits) -> Stream:
    return _Frames(raw, BZIP2, limits, bz2.BZ2Decompressor)


def _open_xz(raw: Readable, limits: Limits) -> Stream:
    return _Frames(raw, XZ, limits, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.window))


def _open_lz4(raw: Readable, limits: Limits) -> Stream:
    frame = importlib.import_module("lz4.frame")
    return _Frames(raw, LZ4, limits, lambda: t.cast(Inflater, frame.LZ4FrameDecompressor()))


def _open_zstd(raw: Readable, limits: Limits) -> Stream:
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # Python 3.14
    except ImportError:
        return _Zstandard(raw, limits, importlib.import_module("zstandard"))
    options = {zstd.DecompressionParameter.window_log_max: limits.window.bit_length() - 1}
    return _Frames(raw, ZSTD, limits, lambda: t.cast(Inflater, zstd.ZstdDecompressor(options=options)))


class Codec(t.NamedTuple):
    """One format: how its files begin, how they are read, and the package for that ("" if Python has it)."""

    magic: tuple[bytes, ...]
    open: t.Callable[[Readable, Limits], Stream]
    package: str = ""


# Of zstd, also the sixteen skippable frames with which zstd:chunked may begin (RFC 8878, 3.1.2).
_ZSTD_MAGIC = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16)))
CODECS = {
    GZIP: Codec((b"\x1f\x8b",), _open_gzip),
    ZSTD: Codec(_ZSTD_MAGIC, _open_zstd, "zstandard"),
    XZ: Codec((b"\xfd7zXZ\0",), _open_xz),
    BZIP2: Codec((b"BZh",), _open_bzip2),
    LZ4: Codec((b"\x04\x22\x4d\x18",), _open_lz4, "lz4"),
}
