# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test-matrix`: old and new ansible-core, Python and aiohttp, as far as this machine has them.

    python tests/tools/version_matrix.py [--list] [ROW ...]

Rows named py* run the library's tests from the wheels; aiohttp-* those of them that talk to registries; core-* the
modules' specs and examples by that ansible-core; target-* play the quickstart twice with that Python on the target's
side. A name may end with *. What could not run is listed with the reason. Status 1 where a row failed.
"""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import debian
import interpreters
import wheel_matrix
from counts import Counts, count
from tree import copy_tree
from wheel_matrix import WORK, Bare

# The oldest aiohttp that a Python can have: older ones do not build there.
OLDEST_AIOHTTP = {"3.9": "3.8", "3.10": "3.8", "3.11": "3.8", "3.12": "3.9", "3.13": "3.10", "3.14": "3.13"}
AIOHTTP = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
AIOHTTP_PYTHON = "3.11"  # has wheels of all of them
TALKING = ("tests/client/transport", "tests/client/endpoints", "tests/client/auth")
# Specs and documentation of all modules, and every example of theirs played; the rest does not depend on ansible-core.
PLAYED = ("tests/unit", "tests/modules/test_examples.py", "tests/modules/test_pages.py")
# ansible-core: Pythons of the controller, the newest first.
CORES = {
    "2.17": ("3.12", "3.11", "3.10"),
    "2.18": ("3.13", "3.12", "3.11"),
    "2.19": ("3.13", "3.12", "3.11"),
    "2.20": ("3.14", "3.13", "3.12"),
    "2.21": ("3.14", "3.13", "3.12"),
}
TOOLS = ("pytest", "pytest-xdist", "pytest-timeout", "hypothesis", "trustme", "zstandard", "PyYAML", "aiohttp")


@dataclass(frozen=True)
class Row:
    """One combination: its name, what runs it, and why it cannot run here (None where it can)."""

    name: str
    run: Callable[[Path], Counts]
    absent: str | None = None


def rows() -> list[Row]:
    return [*_pythons(), *_aiohttps(), *_cores(), *_targets()]


def _pythons() -> list[Row]:
    found = []
    for version in interpreters.VERSIONS:
        oldest = OLDEST_AIOHTTP[version]
        for name, pinned in ((f"py{version}-aiohttp{oldest}", (f"aiohttp=={oldest}.*",)), (f"py{version}-newest", ())):
            found.append(_library(Bare(name, (version,), pinned), "tests/client"))
    debian_row = Bare("debian-python3-aiohttp", (debian.SYSTEM_PYTHON,), system=True)
    return [*found, _library(debian_row, "tests/client")]


def _aiohttps() -> list[Row]:
    return [
        _library(Bare(f"aiohttp-{version}", (AIOHTTP_PYTHON,), (f"aiohttp=={version}.*",)), *TALKING)
        for version in AIOHTTP
    ]


def _library(bare: Bare, *tests: str) -> Row:
    missing = None if bare.python else f"no {' or '.join(bare.pythons)} on this machine"
    return Row(bare.name, lambda tree: wheel_matrix.run_tests(bare, tree, *tests), missing)


def _cores() -> list[Row]:
    found = []
    for core, pythons in CORES.items():
        python = next((path for version in pythons if (path := interpreters.find(version))), None)
        missing = None if python else f"it needs Python {' or '.join(reversed(pythons))}, and none is here"
        found.append(Row(f"core-{core}", lambda _tree, c=core, p=python: run_core(c, str(p)), missing))
    return found


def run_core(core: str, python: str) -> Counts:
    """Run the tests of modules by this ansible-core, on the newest Python that it knows."""
    programs = _environment(f"core-{core}", python, f"ansible-core=={core}.*", *TOOLS)
    command = [programs / "pytest", *PLAYED, "-q", "-rs", "-n", "2"]
    return _pytest(f"core-{core}", command, _full_tree(), programs)


def _targets() -> list[Row]:
    pythons = {version: interpreters.find(version) for version in interpreters.VERSIONS}
    named = [(f"target-py{version}", path, f"no Python {version} on this machine") for version, path in pythons.items()]
    system = debian.SYSTEM_PYTHON if debian.system_aiohttp() else None
    named.append(("target-debian", system, "no python3-aiohttp of the distribution"))
    return [Row(name, lambda _tree, n=name, p=path: play_on(n, str(p)), None if path else reason)
            for name, path, reason in named]  # fmt: skip


def play_on(name: str, python: str) -> Counts:
    """Play the quickstart by the newest ansible-core here, modules run by `python` with the oldest aiohttp for it."""
    if python != debian.SYSTEM_PYTHON:
        version = name.removeprefix("target-py")
        python = str(_environment(name, python, f"aiohttp=={OLDEST_AIOHTTP[version]}.*") / "python")
    core = next(core for core in reversed(CORES) if any(interpreters.find(version) for version in CORES[core]))
    controller = next(path for version in CORES[core] if (path := interpreters.find(version)))
    programs = _environment("controller", controller, f"ansible-core=={core}.*", *TOOLS)
    command = [programs / "pytest", "tests/release/test_target.py", "-q", "-rs"]
    return _pytest(name, command, _full_tree(), programs, TARGET_PYTHON=python)


def _full_tree() -> Path:
    """A tree with the collection in it: the one of the wheels lacks what the wheels replace."""
    full = WORK / "full"
    place = full / "ansible_collections" / "registry_api" / "v2"
    return place if place.is_dir() else copy_tree(full)


def _environment(name: str, python: str, *requirements: str) -> Path:
    folder = WORK / name
    if not folder.is_dir():
        wheel_matrix.run(python, "-m", "venv", folder)
        pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        wheel_matrix.run(*pip, *requirements)
    return folder / "bin"


def _pytest(name: str, command: list[object], tree: Path, programs: Path, **variables: str) -> Counts:
    report, log = WORK / f"{name}.xml", WORK / f"{name}.log"
    environment = {**wheel_matrix.environment(programs), "PYTHONPATH": _paths(tree), **variables}
    words = [*map(str, command), "-p", "no:cacheprovider", f"--junitxml={report}"]
    with log.open("w") as output:
        done = subprocess.run(words, cwd=tree, env=environment, stdout=output, stderr=output, check=False)
    text = log.read_text(errors="replace")
    counts = count(done.returncode, text, [report] if report.is_file() else [])
    if counts.failed:
        print(*(line[:200] for line in text.splitlines()[-40:]), sep="\n")
    return counts


def _paths(tree: Path) -> str:
    return os.pathsep.join([str(tree), str(tree / "plugins" / "module_utils")])


def main() -> int:
    chosen = [word for word in sys.argv[1:] if word != "--list"]
    wanted = [row for row in rows() if not chosen or any(fnmatch.fnmatch(row.name, word) for word in chosen)]
    if "--list" in sys.argv:
        print(*(f"{row.name}{': ' + row.absent if row.absent else ''}" for row in wanted), sep="\n")
        return 0
    tree = wheel_matrix.build()
    results = [(row, *_timed(row, tree)) for row in wanted if row.absent is None]
    print("\nran:")
    for row, counts, seconds in results:
        print(f"  {row.name:<24} {counts} ({seconds:.0f} s)")
    left = [f"  {row.name:<24} {row.absent}" for row in wanted if row.absent]
    print("left out:", *left or ["  nothing"], sep="\n")
    return 1 if any(counts.failed for _row, counts, _seconds in results) else 0


def _timed(row: Row, tree: Path) -> tuple[Counts, float]:
    began = time.monotonic()
    print(f"{row.name} ...", flush=True)
    try:
        counts = row.run(tree)
    except SystemExit as error:
        print(error)
        counts = Counts(failed=1)
    print(f"{row.name}: {counts}", flush=True)
    return counts, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
