# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tars of all scenarios, as docker and buildx write them: make_tars.py FOLDER."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from pytest_oci_registry.tars import ImageSpec, LayerSpec, save_tar

LAYER = LayerSpec(size="2MB")


def main() -> None:
    folder = Path(sys.argv[1])
    for name in ("more", "bad"):
        (folder / name).mkdir(parents=True)
    platforms = ("linux/amd64", "linux/arm64")
    save_tar(folder / "app.tar", ImageSpec(("registry.io:5000/team/app:1.0", "team/app:stable"), layers=[LAYER, LayerSpec(size="1MB")]))
    save_tar(folder / "more" / "db.tar", ImageSpec(("team/db:1.10",), layers=[LAYER]))
    save_tar(folder / "more" / "multi.tar", ImageSpec(("team/multi:1",), platforms=platforms, layers=2, size="2MB"), layout="buildx-oci")
    save_tar(folder / "old-1.tar", ImageSpec(("team/old:1",), layers=[LAYER, LayerSpec(size="6MB")]))
    save_tar(folder / "old-2.tar", ImageSpec(("team/old:2",), layers=[LAYER, LayerSpec(size="1500kB")]))
    save_tar(folder / "bad" / "corrupt.tar", ImageSpec(("team/corrupt:1",), layers=1, size="1MB"), broken="truncated")
    sums = [f"{hashlib.sha256(tar.read_bytes()).hexdigest()}  {tar.relative_to(folder)}" for tar in sorted(folder.glob("**/*.tar"))]
    (folder / "SHA256SUMS").write_text("\n".join(sums) + "\n")


if __name__ == "__main__":
    main()
