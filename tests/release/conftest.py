# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wheels of this tree, built once in a session."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from once import made_once
from tree import copy_tree


def run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels by package name, each built from its own sdist, which is built from what git knows."""

    def build(folder: Path) -> None:
        source = copy_tree(folder / "source")
        for project in (source, source / "pytest_oci_registry"):
            run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, project)

    folder = made_once(tmp_path_factory, "wheels", build)
    return {wheel.name.split("-")[0]: wheel for wheel in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def bare_python(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has both wheels with what they require, the plugin's extra included, and nothing else."""

    def build(folder: Path) -> None:
        venv.create(folder, symlinks=True)
        words = [f"{path}[tls]" if name == "pytest_oci_registry" else path for name, path in wheels.items()]
        run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--quiet", *words)

    return made_once(tmp_path_factory, "bare", build) / "bin" / "python"
