# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images to measure with: docker-save tars of natural files, made once below build/bench."""

from __future__ import annotations

import hashlib
import json
import tarfile
import typing as t
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
LARGEST = 20 * MIB  # of one file that is packed; a layer of one file would not be natural
SOURCE = Path("/usr")


@dataclass(frozen=True)
class Saved:
    """One tar and where its layers lie in it: (offset, size, sha256) each, in bytes."""

    path: Path
    name: str
    layers: tuple[tuple[int, int, str], ...]

    @property
    def size(self) -> int:
        return sum(size for _offset, size, _digest in self.layers)


class Content:
    """Files of /usr in the order of their paths, as many bytes as are asked for; begun again where they end."""

    def __init__(self) -> None:
        self._files = self._endless()

    def _endless(self) -> t.Iterator[tuple[str, Path]]:
        turn = 0
        while True:
            turn += 1
            for path in _files():
                yield f"{turn}{path}", path

    def layer(self, size: int, out: t.Any) -> None:
        """Write a tar of about `size` bytes."""
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            while tar.offset < size:
                name, path = next(self._files)
                length = min(path.stat().st_size, max(0, size - tar.offset))
                member = tarfile.TarInfo(name)
                member.size, member.mode = length, 0o755
                with path.open("rb") as file:
                    tar.addfile(member, file)


_FOUND: list[Path] = []


def _files() -> list[Path]:
    if not _FOUND:
        found = (path for path in sorted(SOURCE.rglob("*")) if path.is_file() and not path.is_symlink())
        _FOUND.extend(path for path in found if 1024 <= path.stat().st_size <= LARGEST and _readable(path))
    return _FOUND


def _readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


class _Hashing:
    """Passes bytes on to a file, hashed and counted."""

    def __init__(self, file: t.BinaryIO) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.size += len(data)
        return self._file.write(data)


def save(path: Path, name: str, layers: t.Sequence[tuple[Content, int]]) -> Saved:
    """Write a docker-save tar whose layers take their files from these contents."""
    places = []
    with path.open("wb") as file:
        for content, size in layers:
            places.append(_save_layer(file, content, size))
        config = _config([digest for _offset, _size, digest in places])
        names = [f"{digest}/layer.tar" for _offset, _size, digest in places]
        _save_bytes(file, f"{hashlib.sha256(config).hexdigest()}.json", config)
        manifest = [{"Config": f"{hashlib.sha256(config).hexdigest()}.json", "RepoTags": [name], "Layers": names}]
        _save_bytes(file, "manifest.json", json.dumps(manifest).encode())
        file.write(b"\0" * 1024)
    return Saved(path, name, tuple(places))


def _save_layer(file: t.BinaryIO, content: Content, size: int) -> tuple[int, int, str]:
    begin = file.tell()
    file.write(b"\0" * 512)
    hashing = _Hashing(file)
    content.layer(size, hashing)
    file.write(b"\0" * (-hashing.size % 512))
    digest = hashing.hash.hexdigest()
    end = file.tell()
    file.seek(begin)
    file.write(_header(f"{digest}/layer.tar", hashing.size))
    file.seek(end)
    return begin + 512, hashing.size, digest


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return member.tobuf(tarfile.GNU_FORMAT)


def _save_bytes(file: t.BinaryIO, name: str, data: bytes) -> None:
    file.write(_header(name, len(data)) + data + b"\0" * (-len(data) % 512))


def _config(digests: t.Sequence[str]) -> bytes:
    return json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z", "config": {"Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created_by": f"layer {number}"} for number in range(len(digests))],
    }).encode()


def layer_file(saved: Saved, number: int, folder: Path) -> Path:
    """Return one layer as a file of its own, for curl, which cannot send a part of a file."""
    offset, size, digest = saved.layers[number]
    path = folder / f"{digest}.layer"
    if not path.is_file() or path.stat().st_size != size:
        with saved.path.open("rb") as source, path.open("wb") as target:
            source.seek(offset)
            while size:
                size -= target.write(source.read(min(size, 4 * MIB)))
    return path


class Images:
    """All images of a run; `scale` divides every size (1, or 8 for a quick look)."""

    def __init__(self, folder: Path, scale: int) -> None:
        self._folder = folder / f"images-{scale}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._scale = scale

    def get(self, name: str, make: t.Callable[[Path], list[Saved]]) -> list[Saved]:
        """Return the named images, made where an earlier run has not made them."""
        index = self._folder / f"{name}.json"
        if not index.is_file():
            print(f"making {name}", flush=True)
            made = make(self._folder)
            rows = [{"path": str(one.path), "name": one.name, "layers": one.layers} for one in made]
            index.write_text(json.dumps(rows))
        rows = json.loads(index.read_text())
        return [Saved(Path(row["path"]), row["name"], tuple(map(tuple, row["layers"]))) for row in rows]

    def eight(self) -> list[Saved]:
        """Two versions of an image of 1.28 GB in 8 layers, 7 of which they share."""

        def make(folder: Path) -> list[Saved]:
            megabytes = (180, 176, 172, 168, 164, 160, 132, 128)  # the last one is what a new version brings
            sizes = [size * 1_000_000 // self._scale for size in megabytes]
            first, second = Content(), Content()
            old = save(folder / "eight-1.tar", "bench/eight:1", [(first, size) for size in sizes])
            parts: list[tuple[Content, int]] = [(second, size) for size in sizes[:7]]
            new = save(folder / "eight-2.tar", "bench/eight:2", [*parts, (_Odd(), sizes[7])])
            return [old, new]

        return self.get("eight", make)

    def sixty(self) -> list[Saved]:
        """80 MB in 60 layers."""

        def make(folder: Path) -> list[Saved]:
            content = Content()
            layers = [(content, 80_000_000 // 60 // self._scale)] * 60
            return [save(folder / "sixty.tar", "bench/sixty:1", layers)]

        return self.get("sixty", make)

    def large(self) -> list[Saved]:
        """2 GiB in one layer."""
        size = 2048 * MIB // self._scale
        return self.get("large", lambda folder: [save(folder / "large.tar", "bench/large:1", [(Content(), size)])])

    def hundred(self) -> list[Saved]:
        """100 tars of three small layers."""

        def make(folder: Path) -> list[Saved]:
            content = Content()
            layers = [(content, 200_000)] * 3
            return [save(folder / f"small-{n}.tar", f"bench/small{n}:1", layers) for n in range(100)]

        return self.get("hundred", make)

    def one_layer(self, megabytes: int) -> Saved:
        """One layer of so many MB."""
        size = megabytes * 1_000_000 // self._scale

        def make(folder: Path) -> list[Saved]:
            return [save(folder / f"size-{megabytes}.tar", "bench/size:1", [(Content(), size)])]

        return self.get(f"size-{megabytes}", make)[0]

    def many_layers(self, count: int) -> Saved:
        """60 MB in so many layers."""

        def make(folder: Path) -> list[Saved]:
            content = Content()
            layers = [(content, 60_000_000 // count // self._scale)] * count
            return [save(folder / f"layers-{count}.tar", "bench/layers:1", layers)]

        return self.get(f"layers-{count}", make)[0]

    def layer_files(self, images: t.Sequence[Saved]) -> list[Path]:
        """Return every layer of the images as a file."""
        return [layer_file(one, number, self._folder) for one in images for number in range(len(one.layers))]


class _Odd(Content):
    """The same files under other names, in reverse order: a layer that no other image has."""

    def _endless(self) -> t.Iterator[tuple[str, Path]]:
        for path in reversed(_files()):
            yield f"other{path}", path


__all__ = ["Images", "Saved"]
