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
BUSY = 0.5  # load average
STEPS = {"first": "first push", "second": "second push", "upgrade": "upgrade, 7 of 8 layers shared"}
HEAD = (Path(__file__).parent / "caveats.md").read_text()


def write(results: Values, folder: Path, rounds: int) -> None:
    """Write benchmarks.md and benchmarks.svg into a folder."""
    parts = [HEAD, _machine(rounds, results.get("load", 0)), goals.section(results)]
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
    "tags": "Details of 1,000 tags of 200 images (skopeo from a sample of 50, multiplied)",
    "quiet": "A task that changes nothing, through Ansible",
}


def _machine(rounds: int, load: float) -> str:
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
    if load > BUSY:
        lines.append(
            f"**others used this machine during the run (load average {load:.0f} on {os.cpu_count()} processors)**: "
            "the clock measured them too, short work most of all; trust CPU, memory, requests and bytes"
        )
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
    lines = [
        "| | wall, s | CPU, s | memory, MB | registry's CPU, s | wall, ratio | CPU, ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, cost in rows.items():
        memory = f"{cost['memory'] / 1e6:.0f}" if cost["memory"] > 8e6 else ""
        lines.append(
            f"| {name} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {memory} | {cost['registry']:.2f} "
            f"| {cost['wall'] / base['wall']:.2f} | {cost['cpu'] / max(base['cpu'], 0.001):.2f} |"
        )
    return lines


def _plain_table(title: str, rows: Values) -> str:
    return "\n".join([f"## {title}", "", *_table(rows)])


def _traffic(found: Values) -> str:
    lines = ["## Requests and bytes of the 8-layer image", "", "Counted by a proxy, in runs of their own.", "",
             "| | step | requests | that write | MB sent |", "|---|---|---:|---:|---:|"]
    for name, steps in found.items():
        for step, counted in steps.items():
            sent = f"{counted['sent'] / 1e6:.1f}"
            lines.append(f"| {name} | {STEPS[step]} | {counted['requests']} | {counted['writes']} | {sent} |")
    return "\n".join(lines)


def _growth(series: Values) -> str:
    lines = ["## Growth", "", "Our raw first push while one thing grows and the rest stays."]
    for name, rows in series.items():
        lines += ["", f"| {name} | wall, s | CPU, s | memory, MB |", "|---:|---:|---:|---:|"]
        lines += [
            f"| {size} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {cost['memory'] / 1e6:.0f} |" for size, cost in rows
        ]
    return "\n".join(lines)
