# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tar headers as values: a block of 512 bytes and the records that extend it (POSIX pax; GNU tar manual, appendix)."""

from __future__ import annotations

import typing as t
import zlib

BLOCK = 512
REGULAR = ord("0")
FILES = frozenset({REGULAR, ord("7")})
HARD_LINK, SYMBOLIC_LINK, DIRECTORY = ord("1"), ord("2"), ord("5")
GNU_LONG_NAME, GNU_LONG_LINK, GNU_SPARSE = ord("L"), ord("K"), ord("S")
PAX, PAX_GLOBAL, PAX_SUN = ord("x"), ord("g"), ord("X")
WITHOUT_CONTENT = frozenset(b"123456")  # links, devices, directories, pipes: a size there means nothing
MAX_SIZE = 1 << 62

_CHECKSUM_BYTES = slice(148, 156)


class BadHeaderError(ValueError):
    """The block is no tar header, or says something impossible; the text says what."""


class Header(t.NamedTuple):
    """What one header block says: name, type flag, size of the content in bytes, link target."""

    name: str
    kind: int
    size: int
    link: str
    extended: bool = False  # old GNU sparse: more header blocks follow

    @property
    def content(self) -> int:
        """Bytes that follow the header."""
        return 0 if self.kind in WITHOUT_CONTENT else self.size


def parse_header(block: bytes) -> Header | None:
    """Return the header in a block of 512 bytes, None for the zeros at the end; BadHeaderError for anything else."""
    if not block.strip(b"\0"):
        return None
    if not _checksum_fits(block):
        raise BadHeaderError("there is no tar header")
    kind, name = block[156] or REGULAR, _text(block[0:100])
    if block[257:263] == b"ustar\0" and block[345]:
        name = f"{_text(block[345:500])}/{name}"
    link = _text(block[157:257]) if block[157] else ""
    return Header(name, kind, _number(block[124:136]), link, kind == GNU_SPARSE and block[482] != 0)


def is_header(block: bytes) -> bool:
    """True for a block that begins a tar: a header, or the zeros of an empty one."""
    return not block.strip(b"\0") or _checksum_fits(block)


def parse_pax(data: bytes, count: t.Callable[[], None] = lambda: None) -> dict[str, str]:
    """Return the records of a PAX header that matter here: path, linkpath, size, and whether the file is sparse.

    `count` is called for each record.
    """
    records: dict[str, str] = {}
    position = 0
    while position < len(data) and data[position]:
        count()
        key, value, position = _pax_record(data, position)
        if key in (b"path", b"linkpath", b"size"):
            records[key.decode()] = value.decode("utf-8", "surrogateescape")
        elif key.startswith(b"GNU.sparse."):
            records["sparse"] = "yes"
    return records


def pax_size(value: str) -> int:
    """Return the size (bytes) of a PAX record; BadHeaderError where it is no such number."""
    if not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise BadHeaderError("its PAX size is no number")
    return _sane(int(value))


def _pax_record(data: bytes, start: int) -> tuple[bytes, bytes, int]:
    space = data.find(b" ", start, start + 20)
    digits = data[start:space] if space > 0 else b""
    end = start + int(digits) if digits.isdigit() else 0
    if not space + 2 <= end <= len(data) or data[end - 1] != ord("\n"):
        raise BadHeaderError("its PAX header is broken")
    key, equals, value = data[space + 1:end - 1].partition(b"=")
    if not equals:
        raise BadHeaderError("its PAX header is broken")
    return key, value, end


def _checksum_fits(block: bytes) -> bool:
    try:
        wanted = _number(block[_CHECKSUM_BYTES])
    except BadHeaderError:
        return False
    spared = block[_CHECKSUM_BYTES]
    # Adler-32 is ten times faster than sum(): its lower half is one more than the sum, modulo 65521.
    if (zlib.adler32(block) & 0xFFFF) == (wanted + sum(spared) - 8 * ord(" ") + 1) % 65_521:
        return True
    unsigned = sum(block) - sum(spared) + 8 * ord(" ")
    high = sum(1 for byte in block if byte > 127) - sum(1 for byte in spared if byte > 127)
    return wanted == unsigned - 256 * high  # some old programs added up signed bytes


def _number(field: bytes) -> int:
    if field[0] in (0x80, 0xFF):  # GNU base-256
        if field[0] == 0xFF:
            raise BadHeaderError("its size is negative")
        return _sane(int.from_bytes(field[1:], "big"))
    digits = field.split(b"\0", 1)[0].strip()
    if not digits:
        return 0
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        raise BadHeaderError("its size is no number")
    return int(digits, 8)


def _sane(size: int) -> int:
    if size > MAX_SIZE:
        raise BadHeaderError("its size is absurd")
    return size


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
