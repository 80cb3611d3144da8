# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is measured, part by part; each returns values that report.py understands."""

from __future__ import annotations

import typing as t
from dataclasses import asdict
from pathlib import Path

import contestants
import counting
import other_work
from contestants import ours
from images import Images, Saved
from rounds import Contest

Values = t.Dict[str, t.Any]
RAW, GZIP, ZSTD = "ours, raw", "ours, gzip", "ours, zstd"
TRUSTED = "ours, gzip, own record"
RECORD = "HOME/layers.sqlite"


class Run:
    """One run of `make bench`."""

    def __init__(self, folder: Path, scale: int, rounds: int, home: Path) -> None:
        self._folder = folder
        self._images = Images(folder, scale)
        self._rounds = rounds
        self._home = home

    def _played(self, contest: Contest) -> Values:
        contest.play(self._rounds)
        return contest.results()

    def eight(self) -> Values:
        """1.28 GB in 8 layers: first push, second push, and an upgrade that shares 7 of 8 layers."""
        old, new = self._images.eight()
        field = [
            ours(RAW), contestants.curl(1, self._images), ours(GZIP, compression="gzip"),
            contestants.curl(4, self._images), ours(TRUSTED, compression="gzip", cache_path=RECORD),
            ours(ZSTD, compression="zstd"), *contestants.others(),
        ]
        return self._played(Contest("1.28 GB in 8 layers", [old], field, [new]))

    def sixty(self) -> Values:
        """60 small layers: latency."""
        first = ("first", "second")
        field = [
            ours(RAW, first), contestants.curl(1, self._images), ours(GZIP, first, compression="gzip"),
            contestants.curl(4, self._images), contestants.skopeo(first),
        ]
        return self._played(Contest("80 MB in 60 layers", self._images.sixty(), field))

    def large(self) -> Values:
        """One layer of 2 GiB: nothing to do at once."""
        first = ("first",)
        field = [ours(RAW, first), contestants.curl(1, self._images), ours(GZIP, first, compression="gzip")]
        return self._played(Contest("one layer of 2 GiB", self._images.large(), field))

    def hundred(self) -> Values:
        """100 tars in one task, against a loop."""
        first = ("first", "second")
        field = [ours(RAW, first), ours(GZIP, first, compression="gzip"), contestants.skopeo(first)]
        return self._played(Contest("100 small tars", self._images.hundred(), field))

    def tags(self) -> Values:
        """Details of 1,000 tags."""
        return _plain(other_work.tag_details(self._rounds, self._home))

    def quiet(self) -> Values:
        """A task that changes nothing."""
        saved = self._images.eight()[0]
        return _plain(other_work.quiet_task(self._rounds, saved, self._home, self._folder))

    def growth(self) -> Values:
        """Our raw first push while one thing grows."""
        hundred = self._images.hundred()
        series: dict[str, list[tuple[int, list[Saved]]]] = {
            "MB in one layer": [(size, [self._images.one_layer(size)]) for size in (16, 64, 256, 1024)],
            "layers of 60 MB together": [(count, [self._images.many_layers(count)]) for count in (1, 10, 60)],
            "tars of 0.6 MB": [(count, hundred[:count]) for count in (1, 10, 100)],
        }
        return {name: [(size, self._grown(name, size, tars)) for size, tars in rows] for name, rows in series.items()}

    def _grown(self, name: str, size: int, tars: list[Saved]) -> t.Any:
        played = self._played(Contest(f"{size} {name}", tars, [ours(RAW, ("first",))]))
        return played["rows"][RAW]["first"]

    def traffic(self) -> Values:
        """Requests and bytes of the 8-layer image, through a proxy."""
        old, new = self._images.eight()
        field = [
            ours(RAW), ours(GZIP, compression="gzip"), ours(TRUSTED, compression="gzip", cache_path=RECORD),
            ours(ZSTD, compression="zstd"), *(one for one in contestants.others() if one.name == "skopeo"),
        ]
        return {one.name: _plain(counting.traffic(one, [old], [new])) for one in field}


def _plain(values: t.Mapping[str, t.Any]) -> Values:
    return {name: asdict(value) for name, value in values.items()}
