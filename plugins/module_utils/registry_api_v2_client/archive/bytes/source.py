# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where an archive's bytes come from: the file itself, or, where the whole file is compressed, a stream of it."""

from __future__ import annotations

import threading
import typing as t

from ...errors import RegistryError
from ...images.model import Member
from ..archive_errors import ArchiveErrors
from ..limits import DEFAULT_LIMITS, STEP, Limits, with_large_window
from ..tar.scan import scan
from ..tar.table import Table
from .codecs import HEAD, NONE, BombError, CodecError, MissingCodecError, Stream, compression_of, open_stream
from .disk import Disk


class TarBytes(t.Protocol):
    """One archive's bytes; safe to use from several threads."""

    def scan(self) -> Table:
        """Return what the tar holds; the one pass over it."""

    def head(self, member: Member) -> bytes:
        """Return a member's first bytes, enough to tell its compression."""

    def read_all(self, member: Member) -> bytes:
        """Return all of a member, which the caller knows to be small."""

    def disk(self) -> Disk:
        """Return the uncompressed tar on disk."""

    def close(self) -> None:
        """Give back what was made for reading."""


class PlainTar:
    """An uncompressed tar: every member is a range of the file."""

    def __init__(self, file: Disk, errors: ArchiveErrors, limits: Limits) -> None:
        self._file = file
        self._errors = errors
        self._limits = limits

    def scan(self) -> Table:
        return scan(_FileTape(self._file), self._errors, self._limits)

    def head(self, member: Member) -> bytes:
        return self._file.read(member.offset, min(HEAD, member.size))

    def read_all(self, member: Member) -> bytes:
        return b"".join(self._file.iter_blocks(member))

    def disk(self) -> Disk:
        return self._file

    def close(self) -> None:
        pass


class CompressedTar:
    """A compressed tar: the first pass keeps what small JSON it meets, and the tar is unpacked only when it must be."""

    def __init__(self, file: Disk, kind: str, errors: ArchiveErrors, limits: Limits, temp_dir: str | None) -> None:
        self._file = file
        self._kind = kind
        self._errors = errors
        self._limits = limits
        self._temp_dir = temp_dir
        self._heads: dict[str, bytes] = {}  # by the member's name, so that of members with one name the last remains
        self._kept: dict[str, bytes] = {}
        self._total = 0
        self._passes = 0
        self._unpacked: Disk | None = None
        self._lock = threading.Lock()

    def scan(self) -> Table:
        tape = _StreamTape(self._open(), self._heads, self._kept, self._limits)
        try:
            table = scan(tape, self._errors, self._limits)
            tape.finish()
        except CodecError as error:
            if isinstance(error, BombError) or self._limits.window >= DEFAULT_LIMITS.window:
                raise self._error(tape.place, error) from None
            self._limits = with_large_window(self._limits)  # its window may be the only fault
            return self.scan()
        self._total = tape.position
        return table

    def head(self, member: Member) -> bytes:
        return self._heads.get(member.name, b"") if member.size else b""

    def read_all(self, member: Member) -> bytes:
        if not member.size:
            return b""
        with self._lock:
            kept = self._kept.get(member.name)
            if kept is None and self._unpacked is None and self._passes < self._limits.extra_passes:
                self._passes += 1
                kept = self._fetch(member)
        return b"".join(self.disk().iter_blocks(member)) if kept is None else kept

    def disk(self) -> Disk:
        with self._lock:
            if self._unpacked is None:
                self._unpacked = self._unpack()
            return self._unpacked

    def close(self) -> None:
        if self._unpacked is not None:
            self._unpacked.close()
            self._unpacked = None

    def _open(self) -> Stream:
        try:
            return open_stream(_Sequence(self._file), self._kind, self._limits)
        except MissingCodecError as error:
            raise self._errors.no_codec(error) from None

    def _fetch(self, member: Member) -> bytes:
        tape = _StreamTape(self._open(), {}, {}, self._limits)
        try:
            tape.skip(member.offset)
            return tape.read(member.size)
        except CodecError as error:
            raise self._error(member.name, error) from None

    def _unpack(self) -> Disk:
        from .spool import spool  # only where a layer of a compressed archive has to move

        try:
            return spool(self._open(), self._total, self._kind, self._temp_dir, self._errors)
        except CodecError as error:
            raise self._error("its compressed data", error) from None

    def _error(self, place: str, error: CodecError) -> RegistryError:
        errors = self._errors.at(place)
        return errors.over_limit(str(error)) if isinstance(error, BombError) else errors.damaged(str(error))


class _FileTape:
    """A plain tar: going forward costs nothing."""

    def __init__(self, file: Disk) -> None:
        self._file = file
        self.position = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(self.position, size)
        self.position += len(data)
        return data

    def skip(self, size: int) -> int:
        self.position += size
        missing = max(0, self.position - self._file.size)
        self.position -= missing
        return missing

    def content(self, member: Member) -> int:
        return self.skip(member.size)


class _StreamTape:
    """A compressed tar: going forward means decompressing; heads and small JSON are kept on the way."""

    def __init__(self, stream: Stream, heads: dict[str, bytes], kept: dict[str, bytes], limits: Limits) -> None:
        self._stream = stream
        self._heads = heads
        self._kept = kept
        self._member_limit = limits.kept_member
        self._budget = limits.kept_total
        self.position = 0
        self.place = "its first header"

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.position += len(data)
        return data

    def skip(self, size: int) -> int:
        while size > 0:
            passed = len(self.read(min(size, STEP)))
            if not passed:
                break
            size -= passed
        return size

    def content(self, member: Member) -> int:
        self.place = member.name
        self._heads.pop(member.name, None)
        self._kept.pop(member.name, None)
        head = self.read(min(HEAD, member.size))
        if compression_of(head) != NONE:
            self._heads[member.name] = head
        rest = member.size - len(head)
        if not _may_be_json(head) or member.size > min(self._member_limit, self._budget):
            return self.skip(rest)
        body = head + self.read(rest)
        self._kept[member.name] = body
        self._budget -= len(body)
        return member.size - len(body)

    def finish(self) -> None:
        """Read the padding behind the last member, so that checksums at the end of the stream are looked at."""
        end = self.position
        self.place = "its end"
        self.skip(STEP)
        self.position = end


class _Sequence:
    """The compressed file from its begin, with a position of its own."""

    def __init__(self, file: Disk) -> None:
        self._file = file
        self._position = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(self._position, size)
        self._position += len(data)
        return data


def _may_be_json(head: bytes) -> bool:
    return head.strip()[:1] in (b"{", b"[", b"")
