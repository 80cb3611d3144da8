# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tars of all scenarios, as docker and buildx write them: make_tars.py FOLDER."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from pytest_oci_registry.tars import ImageSpec, LayerSpec, SavedTar, save_tar

LAYER = LayerSpec(size="2MB")


def build(folder: Path) -> dict[str, SavedTar]:
    """Write the tars and return them by their names below the folder. The same bytes every time."""
    for name in ("more", "bad"):
        (folder / name).mkdir(parents=True)
    both = ("linux/amd64", "linux/arm64")
    app = ImageSpec(("registry.io:5000/team/app:1.0", "team/app:stable"), layers=[LAYER, LayerSpec(size="1MB")])
    multi = ImageSpec(("team/multi:1",), platforms=both, layers=2, size="2MB")
    corrupt = ImageSpec(("team/corrupt:1",), layers=1, size="1MB")
    return {
        "app.tar": save_tar(folder / "app.tar", app),
        "old-1.tar": save_tar(folder / "old-1.tar", old(1, "6MB")),
        "old-2.tar": save_tar(folder / "old-2.tar", old(2, "1500kB")),
        "more/db.tar": save_tar(folder / "more" / "db.tar", ImageSpec(("team/db:1.10",), layers=[LAYER])),
        "more/multi.tar": save_tar(folder / "more" / "multi.tar", multi, layout="buildx-oci"),
        "bad/corrupt.tar": save_tar(folder / "bad" / "corrupt.tar", corrupt, broken="truncated"),
    }


def old(version: int, size: str) -> ImageSpec:
    return ImageSpec((f"team/old:{version}",), layers=[LAYER, LayerSpec(size=size)])


def main() -> None:
    folder = Path(sys.argv[1])
    tars = sorted(build(folder))
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in tars]
    (folder / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main()
