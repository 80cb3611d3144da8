# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the steps of `make test`, or those named, and prints the closing count.

Tests of the code and judges of the collection are two lanes side by side: each leaves a processor idle often.
With CI=true nothing may be left out: a skipped test or a missing program is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ansible_test_home
import debian
import interpreters
from ansible_forks import forked_programs
from counts import LEFT_OUT, Counts, count
from environments import ENVIRONMENTS, PIP, ensure
from steps import BUILD, IMPORTER, STEPS, Step
from tree import copy_tree

HOME = BUILD / "home"
PYTHONS = BUILD / "pythons"
SHOWN_LINES = 300
# What a developer has set for daily work must not decide whether a test passes.
CLEARED = ("ANSIBLE_", "REGISTRY_", "DOCKER_", "PYTEST_", "MOLECULE_", "XDG_", "PYTHON")
KEPT = ("REGISTRY_API_FIXTURES",)


def environment(step: Step | None = None) -> dict[str, str]:
    """Return the variables for a step or tool: our own programs first, a home below build/, no personal settings."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(CLEARED)}
    forked = [str(forked_programs(str(ENVIRONMENTS["dev"].bin / "python")))] if step is not None and step.plays else []
    dev = str(ENVIRONMENTS["dev"].bin)
    path = os.pathsep.join([*forked, dev, str(PYTHONS), interpreters.without_shims(debian.SEARCH)])
    return {**kept, **PIP, "PATH": path, "HOME": str(HOME), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


def prepare() -> None:
    """Have the environment of tests, home and copied tree ready; reports of an earlier run are removed."""
    ensure("dev")
    shutil.rmtree(BUILD / "junit", ignore_errors=True)
    (BUILD / "junit").mkdir(parents=True)
    (BUILD / "logs").mkdir(exist_ok=True)
    interpreters.link(PYTHONS)
    ansible_test_home.seed(HOME, ENVIRONMENTS["dev"].folder)
    copy_tree(BUILD / "tree")


def run(step: Step) -> Counts:
    if step.command[0] == IMPORTER:
        ensure("importer")  # here, so that tests need not wait for it
    log = BUILD / "logs" / f"{step.name}.log"
    began = time.monotonic()
    with log.open("w") as output:
        try:
            done = subprocess.run(step.command, cwd=step.folder, env=environment(step), check=False,
                                  stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)  # fmt: skip
            status = done.returncode
        except OSError as error:
            print(f"{step.command[0]} cannot be started: {error}", file=output)
            status = 127
    text = log.read_text(errors="replace")
    counts = count(status, text, step.reports())
    report(step, counts, text, time.monotonic() - began, log)
    return counts


def report(step: Step, counts: Counts, text: str, seconds: float, log: Path) -> None:
    lines = [f"{step.name}: {counts} ({seconds:.0f} s, {log.relative_to(BUILD.parent)})"]
    if counts.failed:
        lines = [*text.splitlines()[-SHOWN_LINES:], *lines]
    elif counts.skipped:
        left_out = (line for line in text.splitlines() if line.startswith("SKIPPED") or LEFT_OUT.match(line))
        lines = [*left_out, *lines]
    print("\n".join(lines), flush=True)  # one call, so that lanes do not mix their lines


def run_lanes(chosen: list[Step]) -> Counts:
    """Run the steps of each lane one after the other, the lanes at the same time."""
    lanes: dict[str, list[Step]] = {}
    for step in chosen:
        lanes.setdefault(step.lane, []).append(step)
    with ThreadPoolExecutor(max(1, len(lanes))) as pool:
        return sum(pool.map(lambda steps: sum(map(run, steps), Counts()), lanes.values()), Counts())


def main() -> int:
    began = time.monotonic()
    strict = os.environ.get("CI") == "true"
    chosen = [step for step in STEPS if not sys.argv[1:] or step.name in sys.argv[1:]]
    complete = debian.main() == 0 if len(chosen) == len(STEPS) else True
    prepare()
    counts = run_lanes(chosen)
    if strict and not complete:
        counts += Counts(failed=1)
    if strict and counts.skipped:
        print(f"error: {counts.skipped} checks were skipped, and CI=true allows none")
        counts += Counts(failed=counts.skipped)
        counts = Counts(counts.passed, counts.failed)
    print(f"make test took {time.monotonic() - began:.0f} s")
    print(counts)
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
