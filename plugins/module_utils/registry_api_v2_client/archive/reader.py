# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An image archive, open: what it holds, and its bytes by position. Nothing is extracted, no layer held in memory."""

from __future__ import annotations

import hashlib
import os
import types
import typing as t

from ..images.model import Entry, Layer, LeftOut, Member
from ..referrers.model import Referrer
from ..transport.body.file_slice import FileSlice
from .archive_errors import ArchiveErrors
from .bytes.codecs import HEAD, NONE, compression_of
from .bytes.disk import Disk, MemberReader, open_disk
from .bytes.source import CompressedTar, PlainTar, TarBytes
from .contents import Contents
from .layouts.entries import read_entries
from .limits import DEFAULT_LIMITS, Limits, limits_of_file

if t.TYPE_CHECKING:
    from .bytes.proof import LayerProof


class Archive:
    """One archive. `path` is the file, `entries` its images and indexes under the names that it gives them, `left_out`
    what its index.json lists besides, `referrers` the signatures and SBOMs of the images, subjects first.

    All methods may be called from several threads at once. Use it with `with`: closing removes what was unpacked.
    """

    def __init__(self, path: str, file: Disk, source: TarBytes, errors: ArchiveErrors, limits: Limits) -> None:
        self.path = path
        self._file = file
        self._source = source
        self._errors = errors
        self._limits = limits  # for the content of layers, which is checked against a diff_id
        self._digests: dict[int, str] = {}
        self._contents = Contents(source.scan(), source, errors, limits_of_file(limits, file.size))
        self.entries: tuple[Entry, ...] = read_entries(self._contents)
        self.left_out: tuple[LeftOut, ...] = tuple(self._contents.left_out)
        self.referrers: tuple[Referrer, ...] = self._contents.referrers

    def read(self, member: Member, limit: int = DEFAULT_LIMITS.config) -> bytes:
        """Return all of a small member; ValidationError where it has more than `limit` bytes."""
        return self._contents.read_limited(member, limit)

    def document(self, name: str) -> bytes | None:
        """Return a small file of the archive by its name, such as manifest.json; None where there is none."""
        member = self._contents.table.find(name)
        return None if member is None else self.read(member, self._limits.manifest)

    def slice(self, member: Member) -> FileSlice:
        """Return where on disk a member's bytes lie; a compressed archive is unpacked for that, once.

        TarReadError `no-space` where the folder for that has not enough room.
        """
        return self._source.disk().slice(member)

    def digest(self, member: Member) -> str:
        """Return the sha256 digest of a member's bytes, read once."""
        known = self._digests.get(member.offset)
        if known is None:
            known = self._digests[member.offset] = self._hash(member)
        return known

    def verify_layer(self, layer: Layer) -> LayerProof:
        """Return what a layer's bytes are, read once to their end; the layer has to be in the archive.

        MissingCodecError if a package is missing: nothing is known of the layer then.
        """
        if layer.member is None:
            raise ValueError("the layer is not in the archive")
        from .bytes.proof import prove  # only where a layer is read: most runs find that the registry has it

        return prove(layer, self._source.disk().iter_blocks(layer.member), self._limits)

    def content(self, layer: Layer) -> t.Iterator[bytes]:
        """Yield a layer's unpacked content in blocks of 1 MiB; CodecError where its compressed form is damaged."""
        if layer.member is None:
            raise ValueError("the layer is not in the archive")
        from .bytes.proof import content_of

        raw = MemberReader(self._source.disk(), layer.member)
        return content_of(raw, layer.compression, self._limits)

    def check_unchanged(self) -> None:
        """Raise TarReadError `changed` where the file is no longer the one that was opened."""
        self._file.check_unchanged()

    def release_fd(self) -> None:
        """Hold no descriptor of the file until bytes are wanted: hundreds of archives may be open at once."""
        self._file.release_fd()

    def close(self) -> None:
        """Close the file, and give back the room of what was unpacked."""
        self._source.close()
        self._file.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None,
    ) -> None:
        self.close()

    def _hash(self, member: Member) -> str:
        state = hashlib.sha256()
        for data in self._source.disk().iter_blocks(member):
            state.update(data)
        return f"sha256:{state.hexdigest()}"


def open_archive(
    path: str | os.PathLike[str], temp_dir: str | None = None, *, limits: Limits = DEFAULT_LIMITS,
) -> Archive:
    """Open an image archive of any layout, plain or compressed as a whole, or an OCI layout directory, and read what it
    holds. The layout may also be one level below the directory, if it is the only source there.

    `temp_dir` is where a compressed archive is unpacked when a layer has to move (default: TMPDIR, else /var/tmp).
    TarReadError if the file cannot be read or is not a tar; ValidationError if it is not an image archive, or if none
    of its images is complete and consistent.
    """
    path = os.fsdecode(path)
    if "\0" not in path and os.path.isdir(path):
        return _open_directory(path, limits)
    errors = ArchiveErrors(path)
    file = open_disk(path)
    try:
        kind = compression_of(file.read(0, HEAD))
        scaled = limits_of_file(limits, file.size)
        source: TarBytes = PlainTar(file, errors, scaled) if kind == NONE else CompressedTar(
            file, kind, errors, scaled, temp_dir
        )
        try:
            return Archive(path, file, source, errors, limits)
        except BaseException:
            source.close()
            raise
    except BaseException:
        file.close()
        raise


def _open_directory(path: str, limits: Limits) -> Archive:
    from .bytes.directory import DirectoryBytes, DirectoryFiles, is_layout  # most sources are files
    from .paths import expand

    if not is_layout(path):
        found = expand(path)
        if len(found) > 1:
            raise ArchiveErrors(path).not_a_tar(f"is a directory of {len(found)} archives", "Set path to one of them.")
        return open_archive(found[0], limits=limits)
    errors = ArchiveErrors(path)
    files = DirectoryFiles(path, errors, limits)
    return Archive(path, files, DirectoryBytes(files), errors, limits)
