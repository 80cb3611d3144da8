# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/benchmarks.md and its chart, from the results of a run."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import re
import typing as t
from pathlib import Path

import chart
import contestants
import goals
import server

Values = t.Dict[str, t.Any]
STEPS = {"first": "first push", "second": "second push", "upgrade": "upgrade, 7 of 8 layers shared"}
HEAD = """<!--
Copyright (c) 2026, the registry_api.v2 contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Benchmarks

`make bench` measures this and writes this page. Read the caveats before the numbers.

## What these numbers do not say

- One machine, described below; registry and client share its processors and talk over loopback. On a real network the client that sends least wins, and on a fast one the registry's disk decides.
- The registry keeps its data in memory, so that no disk hides what a client costs. All tars are in the page cache.
- Absolute times drift by a factor of two from day to day on shared machines. Contestants take turns within one run, and only ratios within this run mean something.
- Tools do different work. We and `curl` send raw layers as they are; skopeo, crane, regctl and podman compress with gzip. Compare raw with `curl`, and gzip with the tools.
- skopeo remembers digests on the machine that pushed; here that memory is out of reach, as on another machine or in a fresh container. With it, its second push of the same image takes well below a second.
- `curl` knows every digest beforehand, asks for nothing and writes no manifest: no client can do less.
- Wall is time on the clock, CPU the processor time of the client and its children, memory the client's own peak (VmHWM; of the shell where a loop starts many processes, so not shown there). Interpreter start and imports are included.
"""


def write(results: Values, folder: Path, rounds: int) -> None:
    """Write benchmarks.md and benchmarks.svg into a folder."""
    parts = [HEAD, _machine(rounds), goals.section(results)]
    parts += [_contest(results[name]) for name in ("eight", "sixty", "large", "hundred") if name in results]
    parts += [_plain_table(title, results[name]) for name, title in _PLAIN.items() if name in results]
    if "traffic" in results:
        parts.append(_traffic(results["traffic"]))
    if "growth" in results:
        parts.append(_growth(results["growth"]))
    if "eight" in results:
        (folder / "benchmarks.svg").write_text(chart.bars(results["eight"]))
    (folder / "benchmarks.md").write_text("\n".join(part.rstrip() + "\n" for part in parts))
    print(goals.section(results))


_PLAIN = {
    "tags": "Details of 1,000 tags (skopeo from a sample of 50, multiplied)",
    "quiet": "A task that changes nothing, through Ansible",
}


def _machine(rounds: int) -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    ours = [f"{name} {_version(name)}" for name in ("aiohttp", "isal", "zstandard", "ansible-core")]
    lines = [
        f"{os.cpu_count()} processors ({found[1] if found else platform.machine()}), {memory:.0f} GiB of memory, "
        f"Linux {platform.release().split('-')[0]}",
        f"Python {platform.python_version()}, {', '.join(ours)}",
        f"registry: {server.version()}", *contestants.versions(),
        f"{datetime.date.today():%Y-%m-%d}, medians of {rounds} rounds" if rounds > 1 else "one round only",
    ]
    return "## The machine\n\n" + "\n".join(f"- {line}" for line in lines)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(absent)"


def _contest(contest: Values) -> str:
    lines = [f"## {contest['name']}"]
    for step, title in STEPS.items():
        rows = {name: costs[step] for name, costs in contest["rows"].items() if step in costs}
        if rows:
            lines += ["", f"### {title.capitalize()}", "", *_table(rows)]
    for name, text in contest["failures"].items():
        lines += ["", f"{name} failed and is left out: {text.splitlines()[-1][:200]}"]
    return "\n".join(lines)


def _table(rows: Values) -> list[str]:
    base = next(iter(rows.values()))
    lines = ["| | wall, s | CPU, s | memory, MB | wall, ratio | CPU, ratio |", "|---|---:|---:|---:|---:|---:|"]
    for name, cost in rows.items():
        memory = f"{cost['memory'] / 1e6:.0f}" if cost["memory"] > 8e6 else ""
        lines.append(
            f"| {name} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {memory} | {cost['wall'] / base['wall']:.2f} "
            f"| {cost['cpu'] / max(base['cpu'], 0.001):.2f} |"
        )
    return lines


def _plain_table(title: str, rows: Values) -> str:
    return "\n".join([f"## {title}", "", *_table(rows)])


def _traffic(found: Values) -> str:
    lines = ["## Requests and bytes of the 8-layer image", "", "Counted by a proxy, in runs of their own.", "",
             "| | step | requests | that write | MB sent |", "|---|---|---:|---:|---:|"]
    for name, steps in found.items():
        for step, counted in steps.items():
            lines.append(
                f"| {name} | {STEPS[step]} | {counted['requests']} | {counted['writes']} | {counted['sent'] / 1e6:.1f} |"
            )
    return "\n".join(lines)


def _growth(series: Values) -> str:
    lines = ["## Growth", "", "Our raw first push while one thing grows and the rest stays."]
    for name, rows in series.items():
        lines += ["", f"| {name} | wall, s | CPU, s | memory, MB |", "|---:|---:|---:|---:|"]
        lines += [f"| {size} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {cost['memory'] / 1e6:.0f} |" for size, cost in rows]
    return "\n".join(lines)
