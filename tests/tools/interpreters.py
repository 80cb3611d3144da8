# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python interpreters of this machine, as a folder of links python3.9, python3.10 and so on that all answer.

pyenv puts a shim for every version on PATH, and a shim fails unless its version is switched on; ansible-test takes
whatever is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
ASK = "import os, sys; print(os.path.realpath(sys.executable))"


def link(folder: Path) -> None:
    """Fill the folder with one link per version that this machine has."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for version in VERSIONS:
        found = find(version)
        if found is not None:
            (folder / f"python{version}").symlink_to(found)


def find(version: str) -> str | None:
    """Return the path of this version's interpreter: on PATH, else among pyenv's versions."""
    name = f"python{version}"
    candidates = [shutil.which(name), *sorted(pyenv().glob(f"versions/{version}.*/bin/{name}"), reverse=True)]
    answers = (answer(candidate) for candidate in candidates if candidate is not None)
    return next((path for path in answers if path is not None), None)


def pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")


def answer(candidate: str | Path) -> str | None:
    """Return the interpreter behind the candidate, or None where it does not run."""
    done = subprocess.run([candidate, "-c", ASK], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def without_shims(path: str) -> str:
    """Return the search path without pyenv's shims, which need a version switched on and a home folder."""
    return os.pathsep.join(entry for entry in path.split(os.pathsep) if not entry.endswith("/shims"))
