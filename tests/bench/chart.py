# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bar chart as SVG, written by hand: it needs no library, and reads in light and dark pages."""

from __future__ import annotations

import html
import typing as t

WIDTH, LEFT, BAR, GAP = 760, 190, 22, 10  # pixels
COLOURS = {True: "#1f77b4", False: "#9a9a9a"}


def bars(contest: dict[str, t.Any]) -> str:
    """Return the chart of the first push, fastest on top."""
    costs = {name: steps["first"]["wall"] for name, steps in contest["rows"].items() if "first" in steps}
    ordered = sorted(costs.items(), key=lambda pair: pair[1])
    longest = max(costs.values())
    rows = [_row(number, name, wall, longest) for number, (name, wall) in enumerate(ordered)]
    height = 48 + len(rows) * (BAR + GAP)
    title = f"First push of {contest['name']} to docker-registry on the same machine, seconds (less is better)"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
        f' font-family="sans-serif" font-size="13" role="img" aria-label="{html.escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="10" y="24" font-weight="bold">{html.escape(title)}</text>', *rows, "</svg>", "",
    ])


def _row(number: int, name: str, wall: float, longest: float) -> str:
    top = 40 + number * (BAR + GAP)
    length = max(1, round((WIDTH - LEFT - 70) * wall / longest))
    colour = COLOURS[name.startswith("ours")]
    return (
        f'<text x="{LEFT - 8}" y="{top + 16}" text-anchor="end">{html.escape(name)}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{length}" height="{BAR}" fill="{colour}"/>'
        f'<text x="{LEFT + length + 6}" y="{top + 16}">{wall:.1f}</text>'
    )
