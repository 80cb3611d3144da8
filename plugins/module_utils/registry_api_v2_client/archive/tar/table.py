# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a tar holds, by name: files, and links that lead to files inside the archive and nowhere else."""

from __future__ import annotations

import typing as t

from ...errors import RegistryError
from ...images.model import Member
from ...problems import printable_name
from ..archive_errors import ArchiveErrors
from ..limits import INDEX, MANIFEST, Limits

MAX_PATH = 4_096  # characters of a name that can be looked up (PATH_MAX)
MAX_PARTS = 64  # folders in such a name; layouts have three


class Link(t.NamedTuple):
    """A link: hard ones name their target from the archive's root, symbolic ones from their own folder."""

    target: str
    hard: bool


class Other(t.NamedTuple):
    """An entry that has no content to send: a directory, a device, a pipe, a sparse file."""

    what: str


class Table:
    """The entries of one tar by cleaned name; of entries with one name the last counts, as when a tar is extracted."""

    def __init__(self, errors: ArchiveErrors, limits: Limits) -> None:
        self._errors = errors
        self._limits = limits
        self._entries: dict[str, Member | Link | Other] = {}
        self._name_bytes = 0
        self._parts = 0
        self._has_links = False
        self._root: list[str] = []

    def add(self, name: str, entry: Member | Link | Other) -> None:
        """Remember an entry under its cleaned name."""
        self._name_bytes += len(name)
        self._entries[name] = entry
        self._has_links = self._has_links or isinstance(entry, Link)
        if len(self._entries) > self._limits.members:
            raise self.too_many(f"has more than {self._limits.members} members")
        if self._name_bytes > self._limits.member_names:
            raise self.too_many(f"has member names of more than {self._limits.member_names} bytes")

    def find(self, name: str) -> Member | None:
        """Return the file of that name, links followed; None where neither it nor a link's target is in the archive.

        ValidationError where the name or a link leads out of the archive or in a circle, or ends at no file.
        """
        path = self._walk(name)
        entry = self._entries.get(path)
        if isinstance(entry, Other):
            raise self._errors.at(name).invalid(f"is {entry.what}, not a file")
        return entry if isinstance(entry, Member) else None

    def resolve(self, name: str, wanted_by: str) -> Member:
        """Return the file of that name, like `find`; ValidationError where it is absent."""
        member = self.find(name)
        if member is None:
            what = printable_name(name) or "an empty path"
            raise self._errors.at(wanted_by).invalid(f"names {what}, which is not in the archive")
        return member

    def choose_root(self) -> None:
        """Make the folder that holds everything the root, where the archive is a layout packed with its folder."""
        for dummy in range(self._limits.depth):
            if self.find(MANIFEST) or self.find(INDEX):
                return
            folder = self._only_folder()
            if folder is None:
                self._root = []
                return
            self._root.append(folder)

    @property
    def names(self) -> t.KeysView[str]:
        """Every cleaned name, from the archive's own root."""
        return self._entries.keys()

    def looks_like_a_file_system(self) -> bool:
        """True where the top folders are those of a container's file system (docker export)."""
        tops = {name.partition("/")[0] for name in self._entries}
        return ".dockerenv" in tops or len(tops & _TOP_FOLDERS) >= 3

    def too_many(self, cause: str) -> RegistryError:
        """Return the error for an archive that exceeds a limit of its headers."""
        return self._errors.export() if self.looks_like_a_file_system() else self._errors.over_limit(cause)

    def _only_folder(self) -> str | None:
        prefix = "".join(f"{part}/" for part in self._root)
        inside = {
            name[len(prefix):].partition("/")[0]
            for name in self._entries if name.startswith(prefix) and not _is_apple_double(name)
        }
        return inside.pop() if len(inside) == 1 else None

    def _walk(self, name: str) -> str:
        at: list[str] = []
        ahead = self._start(name)
        if not self._has_links:
            return "/".join(reversed(ahead))
        hops = 0
        while ahead:
            part = ahead.pop()
            self._parts += 1
            if self._parts > self._limits.path_parts:
                raise self._errors.over_limit("needs too many links to be followed")
            if part == "..":
                self._up(at, name)
                continue
            at.append(part)
            entry = self._entries.get("/".join(at))
            if isinstance(entry, Link):
                hops += 1
                if hops > self._limits.links:
                    raise self._errors.at(name).invalid("is a link that leads in a circle, or over too many others")
                at = [] if entry.hard else at[:-1]
                ahead.extend(reversed(self._target(entry, name)))
        return "/".join(at)

    def _start(self, name: str) -> list[str]:
        parts = clean(name)
        if parts is None or name.startswith("/"):
            raise self._errors.at(name).invalid("is a path that leads out of the archive")
        return [*reversed(parts), *reversed(self._root)]

    def _target(self, link: Link, name: str) -> list[str]:
        if not link.hard and link.target.startswith("/"):
            raise self._errors.at(name).invalid(f"is a link out of the archive, to {printable_name(link.target)}")
        parts = [part for part in link.target[:MAX_PATH + 1].split("/") if part not in ("", ".")]
        if len(link.target) > MAX_PATH or not 0 < len(parts) <= MAX_PARTS:
            raise self._errors.at(name).invalid("is a link to nowhere")
        return parts

    def _up(self, at: list[str], name: str) -> None:
        if not at:
            raise self._errors.at(name).invalid("is a link out of the archive")
        at.pop()


def clean(name: str) -> list[str] | None:
    """Return the parts of a member's name as tar extracts it, without `./` and a leading `/`; None if it escapes."""
    if len(name) > MAX_PATH:
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if ".." in parts or len(parts) > MAX_PARTS else parts


def _is_apple_double(name: str) -> bool:
    return name.rpartition("/")[2].startswith("._")  # macOS' tar adds such a twin to every file


_TOP_FOLDERS = frozenset({
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin", "srv",
    "sys", "tmp", "usr", "var",
})
