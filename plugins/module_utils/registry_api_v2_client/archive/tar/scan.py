# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one pass over a tar's headers: fills a table, reads no content."""

from __future__ import annotations

import typing as t

from ...images.model import Member
from ...problems import printable_name
from ..archive_errors import ArchiveErrors
from ..limits import Limits
from .headers import (
    BLOCK,
    DIRECTORY,
    FILES,
    GNU_LONG_LINK,
    GNU_LONG_NAME,
    GNU_SPARSE,
    HARD_LINK,
    PAX,
    PAX_GLOBAL,
    PAX_SUN,
    REGULAR,
    SYMBOLIC_LINK,
    BadHeaderError,
    Header,
    is_header,
    parse_header,
    parse_pax,
    pax_size,
)
from .kinds import describe
from .table import Link, Other, Table, clean

_WHAT = {ord("3"): "a device", ord("4"): "a device", ord("5"): "a directory", ord("6"): "a pipe"}
_EXTENSIONS = frozenset({GNU_LONG_LINK, GNU_LONG_NAME, PAX, PAX_GLOBAL, PAX_SUN})


class Tape(t.Protocol):
    """A tar to be passed once, forward."""

    position: int

    def read(self, size: int) -> bytes:
        """Return the next bytes; fewer only at the end."""

    def skip(self, size: int) -> int:
        """Go forward; return how many of the bytes are missing."""

    def content(self, member: Member) -> int:
        """Go over the content of a file that counts; return how many of its bytes are missing."""


def scan(tape: Tape, errors: ArchiveErrors, limits: Limits) -> Table:
    """Return what the tar holds. TarReadError where it is no tar, damaged, or ends before its last member does."""
    scanner = _Scanner(tape, errors, limits)
    while scanner.step():
        pass
    return scanner.table


class _Scanner:
    def __init__(self, tape: Tape, errors: ArchiveErrors, limits: Limits) -> None:
        self.table = Table(errors, limits)
        self._tape = tape
        self._errors = errors
        self._limits = limits
        self._always: dict[str, str] = {}  # PAX global header
        self._next: dict[str, str] = {}  # what extension records say of the next member
        self._last = "its first header"
        self._headers = 0
        self._header_bytes = 0
        self._records = 0

    def step(self) -> bool:
        """Pass one header and what belongs to it; False at the end."""
        try:
            header = self._header()
            if header is None:
                return False
            if header.kind in _EXTENSIONS:
                self._extend(header)
            else:
                self._member(header)
        except BadHeaderError as error:
            raise self._errors.at(self._place()).damaged(str(error)) from None
        return True

    def _header(self) -> Header | None:
        is_first = self._tape.position == 0
        self._count()
        block = self._tape.read(BLOCK)
        if is_first and (len(block) < BLOCK or not is_header(block)):
            raise self._errors.not_a_tar(*describe(block))
        if len(block) == BLOCK:
            return parse_header(block)
        if block.strip(b"\0"):
            missing = BLOCK - len(block)
            place = f"the header after {printable_name(self._last)}"
            raise self._errors.at(place).truncated(missing, self._tape.position)
        return None  # an archive without the two closing blocks is complete all the same

    def _member(self, header: Header) -> None:
        said: dict[str, str] = {}
        if self._always or self._next:
            said, self._next = {**self._always, **self._next}, {}
            header = _extended(header, said)
        name = self._last = header.name
        # Tar programs before POSIX wrote a folder as a file whose name ends so; only the whole name can tell.
        if header.kind == REGULAR and name.endswith("/"):
            header = header._replace(kind=DIRECTORY)
        if header.extended:
            self._skip_sparse_map(header)
        parts = clean(name)  # a name that leads out of the archive cannot be looked up
        member = Member("/".join(parts or ()), self._tape.position, header.content)
        entry = _entry(header, member, "sparse" in said)
        if parts:
            self.table.add(member.name, entry)
        if member.size:
            missing = self._tape.content(member) if parts and entry is member else self._tape.skip(member.size)
            if missing:
                raise self._errors.at(name).truncated(missing, self._tape.position)
            self._tape.skip(-member.size % BLOCK)

    def _extend(self, header: Header) -> None:
        if header.size > self._limits.header_data:
            raise BadHeaderError(f"its extended header has {header.size} bytes")
        self._header_bytes += header.size
        if self._header_bytes > self._limits.header_bytes:
            raise self.table.too_many(f"has extended headers of more than {self._limits.header_bytes} bytes")
        data = self._tape.read(header.size)
        missing = header.size - len(data)
        if missing:
            raise self._errors.at(f"the header after {self._last}").truncated(missing, self._tape.position)
        self._tape.skip(-header.size % BLOCK)
        if header.kind == PAX_GLOBAL:
            self._always.update(parse_pax(data, self._count_record))
        elif header.kind in (PAX, PAX_SUN):
            self._next.update(parse_pax(data, self._count_record))
        else:
            key = "path" if header.kind == GNU_LONG_NAME else "linkpath"
            self._next[key] = data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")

    def _skip_sparse_map(self, header: Header) -> None:
        more = True
        while more:
            self._count()
            block = self._tape.read(BLOCK)
            if len(block) < BLOCK:
                raise self._errors.at(header.name).truncated(BLOCK - len(block), self._tape.position)
            more = block[504] != 0

    def _count(self) -> None:
        self._headers += 1
        if self._headers > self._limits.headers:
            raise self.table.too_many(f"has more than {self._limits.headers} headers")

    def _count_record(self) -> None:
        self._records += 1
        if self._records > self._limits.pax_records:
            raise self.table.too_many(f"has more than {self._limits.pax_records} PAX records")

    def _place(self) -> str:
        return f"the header after {self._last}, before byte {self._tape.position}"


def _extended(header: Header, said: dict[str, str]) -> Header:
    size = pax_size(said["size"]) if "size" in said else header.size
    return header._replace(name=said.get("path", header.name), size=size, link=said.get("linkpath", header.link))


def _entry(header: Header, member: Member, sparse: bool) -> Member | Link | Other:
    if header.kind in (HARD_LINK, SYMBOLIC_LINK):
        return Link(header.link, header.kind == HARD_LINK)
    if sparse or header.kind == GNU_SPARSE:
        return Other("a sparse file (GNU tar --sparse), which has holes")
    if header.kind in FILES:
        return member
    return Other(_WHAT.get(header.kind, "of a type that holds no file"))
