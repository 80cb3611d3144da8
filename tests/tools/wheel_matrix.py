# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds both wheels and runs the library's tests against them in bare environments: oldest, Debian's own, newest.

    python tests/tools/wheel_matrix.py [--build-only] [oldest] [debian] [newest]

Each environment gets the client by the line that docs/api-reference.md prints, with our wheels as the place to look.
Environments and wheels lie below build/wheels. Status 1: tests failed; an absent interpreter is named and, with
CI=true, a failure.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import debian
import interpreters
from counts import Counts, count
from environments import ROOT, ensure
from tree import copy_tree

WORK = ROOT / "build" / "wheels"
DIST = WORK / "dist"
PLUGIN = "pytest-oci-registry[tls]"
TOOLS = ("pytest", "pytest-xdist", "hypothesis", "zstandard", "trustme")
CLEARED = ("PYTHON", "PYTEST_", "REGISTRY_", "OCI_REGISTRY_")
WHERE = "import aiohttp, pytest_oci_registry as p, registry_api_v2_client as c, sys; print(sys.version.split()[0]," \
        " aiohttp.__version__, c.__version__, *(m.__file__ for m in (c, p)))"  # fmt: skip


@dataclass(frozen=True)
class Bare:
    """One environment: the interpreter it is made of, what pip is told, and whether it sees the system's packages."""

    name: str
    pythons: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    system: bool = False

    @property
    def python(self) -> str | None:
        """The first of the interpreters that this machine has."""
        if self.system:
            return debian.SYSTEM_PYTHON if debian.system_aiohttp() else None
        return next((found for version in self.pythons if (found := interpreters.find(version)) is not None), None)


MATRIX = (
    Bare("oldest", ("3.9",), ("aiohttp==3.8.*",)),
    Bare("debian", (debian.SYSTEM_PYTHON,), system=True),
    Bare("newest", tuple(reversed(interpreters.VERSIONS))),
)


def build() -> Path:
    """Build sdists and from them wheels of both projects; return the tree whose tests belong to them."""
    shutil.rmtree(WORK, ignore_errors=True)
    tree = copy_tree(WORK / "tree")
    for project in (tree, tree / "pytest_oci_registry"):
        run(ensure("dev") / "python", "-m", "build", "--outdir", DIST, project)
    for packaged in (tree / "plugins", tree / "pytest_oci_registry"):
        shutil.rmtree(packaged)  # what is tested has to come from the wheels
    return tree


def install(bare: Bare, python: str, tree: Path) -> Path:
    """Return the bin folder of a new environment that has the wheels and what tests need."""
    folder = WORK / bare.name
    run(python, "-m", "venv", *(["--system-site-packages"] if bare.system else []), folder)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run(*pip, "--upgrade", "pip")
    if bare.requirements:
        run(*pip, *bare.requirements)
    run(*pip, "--find-links", DIST, *printed_requirement(tree))
    run(*pip, "--find-links", DIST, PLUGIN, *TOOLS, *bare.requirements)
    return folder / "bin"


def printed_requirement(tree: Path) -> list[str]:
    """Return what the documentation's own line tells pip to install."""
    lines = re.findall(r"^pip install (.*)$", (tree / "docs" / "api-reference.md").read_text(), re.MULTILINE)
    return [line for line in lines if line != "."]


def run_tests(bare: Bare, tree: Path, *tests: str) -> Counts:
    python = bare.python
    if python is None:
        print(f"{bare.name}: left out, no {' or '.join(bare.pythons)} here", flush=True)
        return Counts(skipped=1)
    programs = install(bare, python, tree)
    print(f"{bare.name}: {run(programs / 'python', '-c', WHERE, cwd=WORK).strip()}", flush=True)
    report, log = WORK / f"{bare.name}.xml", WORK / f"{bare.name}.log"
    command = [str(programs / "pytest"), *tests, "-q", "-rs", "-n", "2", f"--junitxml={report}"]
    with log.open("w") as output:
        done = subprocess.run(command, cwd=tree, env=environment(programs), stdout=output, stderr=output, check=False)
    counts = count(done.returncode, log.read_text(errors="replace"), [report] if report.is_file() else [])
    if counts.failed:
        print(*(line[:200] for line in log.read_text(errors="replace").splitlines()[-60:]), sep="\n")
    print(f"{bare.name}: {counts}", flush=True)
    return counts


def environment(programs: Path) -> dict[str, str]:
    """Return the variables of a test run: nothing of this checkout is on the path of modules."""
    fixtures = os.environ.get("REGISTRY_API_FIXTURES") or str(ROOT.parent / "shared" / "fixtures")
    path = os.pathsep.join([str(programs), interpreters.without_shims(debian.SEARCH)])
    return {**own_environment(), "PATH": path, "REGISTRY_API_FIXTURES": fixtures}


def own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(CLEARED)}


def run(*words: object, cwd: Path | None = None) -> str:
    command = [str(word) for word in words]
    done = subprocess.run(command, cwd=cwd, env=own_environment(), text=True, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}\nerror: {' '.join(map(str, words))} failed")
    return done.stdout


def main() -> int:
    tree = build()
    print(*sorted(file.name for file in DIST.iterdir()), sep="\n", flush=True)
    if "--build-only" in sys.argv:
        return 0
    chosen = [bare for bare in MATRIX if not sys.argv[1:] or bare.name in sys.argv[1:]]
    counts = sum((run_tests(bare, tree, "tests/client") for bare in chosen), Counts())
    print(counts)
    return 1 if counts.failed or (counts.skipped and os.environ.get("CI") == "true") else 0


if __name__ == "__main__":
    sys.exit(main())
