# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments of this checkout: made from pinned requirements, and made again only when those change."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "tests" / "requirements"
# Nothing is written outside the checkout, pip's cache included.
PIP = {"PIP_CACHE_DIR": str(ROOT / "build" / "pip-cache"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@dataclass(frozen=True)
class Environment:
    """A folder, the file of pinned requirements that it is made of, and the projects of this tree that it installs."""

    folder: Path
    requirements: str
    editable: tuple[str, ...] = ()

    @property
    def bin(self) -> Path:
        return self.folder / "bin"


ENVIRONMENTS = {
    "dev": Environment(ROOT / ".venv", "dev.txt", (".", "./pytest_oci_registry")),
    "importer": Environment(ROOT / ".venv-importer", "importer.txt"),
    "demo": Environment(ROOT / ".venv-demo", "demo.txt"),
}


def ensure(name: str) -> Path:
    """Return the bin folder of the named environment, built first where it is missing or out of date."""
    environment = ENVIRONMENTS[name]
    if not is_current(environment):
        print(f"environment {name}: building {environment.folder.relative_to(ROOT)}", flush=True)
        build(environment)
        (environment.folder / "stamp").write_text(fingerprint(environment))
    return environment.bin


def is_current(environment: Environment) -> bool:
    stamp = environment.folder / "stamp"
    return stamp.is_file() and stamp.read_text() == fingerprint(environment)


def fingerprint(environment: Environment) -> str:
    """Return what the environment depends on: this Python, its place and the content of its files."""
    content = hashlib.sha256(f"{sys.version} {sys.base_prefix} {environment.folder}".encode())
    content.update((REQUIREMENTS / environment.requirements).read_bytes())
    for project in environment.editable:
        content.update(packaging(ROOT / project / "pyproject.toml"))
    return content.hexdigest()


def packaging(file: Path) -> bytes:
    """Return what an installation depends on: the settings of linters may change without a new environment."""
    content = tomllib.loads(file.read_text())
    return repr((content["build-system"], content["project"], content["tool"]["setuptools"])).encode()


def build(environment: Environment) -> None:
    shutil.rmtree(environment.folder, ignore_errors=True)
    venv.create(environment.folder, symlinks=True, with_pip=True)
    install(environment, "--require-hashes", "--requirement", str(REQUIREMENTS / environment.requirements))
    for project in environment.editable:
        install(environment, "--no-build-isolation", "--editable", project)


def install(environment: Environment, *words: str) -> None:
    command = [str(environment.bin / "python"), "-m", "pip", "install", *words]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **PIP}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}\nerror: pip could not install {' '.join(words)} into {environment.folder}")


def main() -> int:
    for name in sys.argv[1:] or ["dev", "importer"]:
        print(f"environment {name}: {ensure(name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
