# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Members of a tar before they are written, and the writer: streaming, deterministic, with holes for zeros."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Optional

from .content import ZEROS, Blob, bytes_blob
from .spec import TarOptions

_TYPES = {"file": tarfile.REGTYPE, "dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE,
          "fifo": tarfile.FIFOTYPE}


@dataclass(frozen=True)
class Entry:
    """One member. `role` says what it is for: layer, config, manifest, document, or other.

    `declared_size` is what the header claims when that is a lie.
    """

    name: str
    kind: str = "file"
    blob: Optional[Blob] = None
    link: str = ""
    role: str = "other"
    declared_size: Optional[int] = None

    @property
    def size(self) -> int:
        """Bytes that follow the header."""
        return self.blob.size if self.blob is not None and self.kind == "file" else 0


def file_entry(name: str, data: bytes, role: str = "other") -> Entry:
    """A regular file of known bytes."""
    return Entry(name, blob=bytes_blob(data), role=role)


def unique(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without those whose name came before."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        seen.setdefault(entry.name, entry)
    return list(seen.values())


def placed(entries: list[Entry], manifest_at: str) -> list[Entry]:
    """The entries with all documents first, in the middle, or last."""
    documents = [entry for entry in entries if entry.role == "document"]
    others = [entry for entry in entries if entry.role != "document"]
    cut = {"first": 0, "middle": (len(others) + 1) // 2, "last": len(others)}[manifest_at]
    return others[:cut] + documents + others[cut:]


def write_entries(out: IO[bytes], entries: Iterable[Entry], options: TarOptions, *, holes: bool) -> None:
    """Write the tar. With `holes` runs of zeros are skipped by seeking, which leaves a sparse file."""
    for entry in entries:
        out.write(header(entry, options))
        if entry.kind == "file" and entry.blob is not None:
            _write_content(out, entry.blob, holes)
            out.write(bytes(-entry.size % tarfile.BLOCKSIZE))
    out.write(bytes(2 * tarfile.BLOCKSIZE))


def _write_content(out: IO[bytes], blob: Blob, holes: bool) -> None:
    for chunk in blob.chunks():
        if holes and chunk is ZEROS:
            out.seek(len(chunk), os.SEEK_CUR)
        else:
            out.write(chunk)


def header(entry: Entry, options: TarOptions) -> bytes:
    """The header blocks of one member, in the style that the options name."""
    member = tarfile.TarInfo(("./" if options.dot_slash else "") + entry.name)
    member.type, member.linkname = _TYPES[entry.kind], entry.link
    member.mode = 0o755 if entry.kind == "dir" else 0o644
    member.size = entry.size if entry.declared_size is None else entry.declared_size
    if options.headers == "pax":
        return _pax(member)
    if options.headers == "base256":
        return _base256(member)
    return member.tobuf(tarfile.GNU_FORMAT)


def _pax(member: tarfile.TarInfo) -> bytes:
    # A size beyond 8 GiB stands in the extended record alone, and the old field is zero: so for all sizes here.
    member.pax_headers = {"path": member.name, "mtime": "0.5"}
    if member.size:
        member.pax_headers["size"] = str(member.size)
        member.size = 0
    return member.tobuf(tarfile.PAX_FORMAT)


def _base256(member: tarfile.TarInfo) -> bytes:
    block = bytearray(member.tobuf(tarfile.GNU_FORMAT))
    start = len(block) - tarfile.BLOCKSIZE
    block[start + 124:start + 136] = b"\x80" + member.size.to_bytes(11, "big")
    block[start + 148:start + 156] = b" " * 8
    block[start + 148:start + 156] = b"%06o\0 " % sum(block[start:])
    return bytes(block)
