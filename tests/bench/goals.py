# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What we want to reach, as ratios within one run, and whether this run reached it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Values = t.Dict[str, t.Any]
QUIET, PING = "docker_tar_push, nothing to do", "ansible -m ping"
RAW, GZIP, TRUSTED = "ours, raw", "ours, gzip", "ours, gzip, own record"


@dataclass(frozen=True)
class Goal:
    """What is compared, the most that it may be, and what it was; None where this run did not measure it."""

    text: str
    most: float
    value: float | None
    unit: str = ""


def goals(results: Values) -> list[Goal]:
    """Return all goals with their values."""
    eight = results.get("eight", {}).get("rows", {})
    traffic = results.get("traffic", {})
    return [
        *_raw(eight), *_gzip(eight), *_upgrade(eight, traffic), *_many(results), *_second(traffic),
    ]


def _raw(eight: Values) -> list[Goal]:
    one, four = "curl -T, 1 stream", "curl -T, 4 streams"
    return [
        Goal("raw first push against curl in one stream, wall", 0.9, _ratio(eight, RAW, one, "wall")),
        Goal("raw first push against curl in four streams, wall", 1.15, _ratio(eight, RAW, four, "wall")),
        Goal("raw first push against curl in one stream, CPU", 1.2, _ratio(eight, RAW, one, "cpu")),
        Goal("raw first push, memory", 64, _megabytes(eight, RAW), " MB"),
    ]


def _gzip(eight: Values) -> list[Goal]:
    return [
        Goal("gzip first push against skopeo, wall", 0.35, _ratio(eight, GZIP, "skopeo", "wall")),
        Goal("gzip first push against skopeo, CPU", 0.4, _ratio(eight, GZIP, "skopeo", "cpu")),
        Goal("gzip first push, memory", 128, _megabytes(eight, GZIP), " MB"),
    ]


def _upgrade(eight: Values, traffic: Values) -> list[Goal]:
    found = [
        Goal(f"upgrade against first push, bytes sent ({name})", 0.167, _sent(traffic, name))
        for name in (RAW, GZIP, TRUSTED)
    ]
    costs = eight.get(TRUSTED, {})
    cpu = costs["upgrade"]["cpu"] / costs["first"]["cpu"] if "upgrade" in costs else None
    return [*found, Goal("upgrade from a trusted source against first push, CPU", 0.2, cpu)]


def _many(results: Values) -> list[Goal]:
    hundred = results.get("hundred", {}).get("rows", {})
    quiet, tags = results.get("quiet", {}), results.get("tags", {})
    return [
        Goal("100 small tars in one task against a loop of skopeo, wall", 0.15, _ratio(hundred, RAW, "skopeo", "wall")),
        Goal("details of 1,000 tags against a loop of skopeo inspect, wall", 0.05,
             _plain_ratio(tags, "ours", "skopeo inspect loop")),
        Goal("a task that changes nothing against ansible -m ping, wall", 1.5, _plain_ratio(quiet, QUIET, PING)),
        Goal("the same, without the seconds that importing aiohttp takes", 1.5, _without_aiohttp(quiet)),
    ]


def _second(traffic: Values) -> list[Goal]:
    return [
        Goal(f"second push, requests that write ({name})", 0, traffic.get(name, {}).get("second", {}).get("writes"))
        for name in (RAW, GZIP)
    ]


def _ratio(rows: Values, mine: str, theirs: str, what: str) -> float | None:
    if mine not in rows or theirs not in rows:
        return None
    return float(rows[mine]["first"][what] / rows[theirs]["first"][what])


def _plain_ratio(rows: Values, mine: str, theirs: str) -> float | None:
    return float(rows[mine]["wall"] / rows[theirs]["wall"]) if mine in rows and theirs in rows else None


def _without_aiohttp(rows: Values) -> float | None:
    if QUIET not in rows:
        return None
    aiohttp = rows["python -c 'import aiohttp'"]["wall"] - rows["python -c pass"]["wall"]
    return float((rows[QUIET]["wall"] - aiohttp) / rows[PING]["wall"])


def _megabytes(rows: Values, mine: str) -> float | None:
    return float(rows[mine]["first"]["memory"] / 1e6) if mine in rows else None


def _sent(traffic: Values, name: str) -> float | None:
    steps = traffic.get(name, {})
    return float(steps["upgrade"]["sent"] / steps["first"]["sent"]) if "upgrade" in steps else None


def section(results: Values) -> str:
    """Return the table of goals; one that was missed says so."""
    lines = ["## What we hold ourselves to", "", "| | at most | this run | |", "|---|---:|---:|---|"]
    for goal in goals(results):
        if goal.value is not None:
            verdict = "" if goal.value <= goal.most else "missed"
            digits = 0 if goal.unit or goal.most == 0 else 2 if goal.most >= 0.1 else 3
            lines.append(f"| {goal.text} | {goal.most:g}{goal.unit} | {goal.value:.{digits}f}{goal.unit} | {verdict} |")
    return "\n".join(lines)
