# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines that a push shows while it runs, from counts and a clock. Pure, and private to this collection.

Lines come after 5, 15, 30 and 60 seconds, then every minute, and when an image is complete, but never within GAP of the
line before. A push that ends before the first moment shows nothing.
"""

from __future__ import annotations

import typing as t

MOMENTS = (5.0, 15.0, 30.0, 60.0)  # seconds since the start; afterwards every EVERY seconds
EVERY = 60.0
GAP = 5.0  # seconds between lines that are due because an image is complete
MAX_RETRIES = 5  # lines about retries at once
UNITS = (("bytes", 1), ("kB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12))

Counts = t.Mapping[str, t.Any]


class ProgressLines:
    """Decides at each look whether there is something to say, and says it. `host` is put before every line."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._looks = 0  # moments that are over
        self._last: float | None = None
        self._images_done = 0
        self._retried = 0

    def look(self, elapsed: float, counts: Counts) -> list[str]:
        """Return the lines that are due `elapsed` seconds after the start."""
        if not counts["images"]:
            return []
        if not (self._is_due(elapsed) or self._has_news(elapsed, counts)):
            return []
        first, self._last = self._last is None, elapsed
        self._images_done = counts["images_done"]
        lines = [_plan_line(counts)] if first else []
        return self._named([*lines, *self._retries(counts), f"{_state(counts)}{_left(counts)}"])

    def end(self, elapsed: float, counts: Counts) -> list[str]:
        """Return the last lines, for a push that has shown others."""
        if self._last is None:
            return []
        return self._named([*self._retries(counts), f"{_state(counts)}  {_time(elapsed)} in all"])

    def _named(self, lines: list[str]) -> list[str]:
        return [f"[{self._host}] {line}" for line in lines]

    def _is_due(self, elapsed: float) -> bool:
        looks = sum(moment <= elapsed for moment in MOMENTS)
        if elapsed > MOMENTS[-1]:
            looks += int((elapsed - MOMENTS[-1]) // EVERY)
        due, self._looks = looks > self._looks, looks
        return due

    def _has_news(self, elapsed: float, counts: Counts) -> bool:
        """True where an image is complete or a try failed, and the line before is old enough."""
        news = counts["images_done"] > self._images_done or counts["retried"] > self._retried
        return news and self._last is not None and elapsed - self._last >= GAP

    def _retries(self, counts: Counts) -> list[str]:
        new = counts["retried"] - self._retried
        self._retried = counts["retried"]
        shown = list(counts["retries"])[-min(new, MAX_RETRIES):] if new else []
        return shown if new <= len(shown) else [f"{new - len(shown)} more tries before these", *shown]


def _plan_line(counts: Counts) -> str:
    sending, layers = counts["layers_to_send"], counts["layers"]
    what = counts["label"] or f"{counts['images']} images"
    return f"{what}  {layers - sending} of {layers} layers present, {sending} to send, {_size(counts['bytes'])}"


def _state(counts: Counts) -> str:
    """Where the push stands; counted in images as soon as there is more than one."""
    if counts["images"] > 1:
        head = f"{counts['images_done']}/{counts['images']} images"
    else:
        head = f"{counts['label']}  {counts['layers_done']}/{counts['layers_to_send']} layers"
    unit, factor = _unit(counts["bytes"])
    rate = f"  {_size(_bytes_per_second(counts))}/s" if counts["bytes_done"] else ""
    return f"{head}  {_number(counts['bytes_done'], factor)}/{_number(counts['bytes'], factor)} {unit}{rate}"


def _left(counts: Counts) -> str:
    missing = counts["bytes"] - counts["bytes_done"]
    return f"  {_time(missing / _bytes_per_second(counts))} left" if missing and counts["bytes_done"] else ""


def _bytes_per_second(counts: Counts) -> float:
    return t.cast(float, counts["bytes_done"] / max(counts["seconds"], 0.1))


def _unit(size: float) -> tuple[str, int]:
    return next(unit for unit in reversed(UNITS) if size >= unit[1] or unit[1] == 1)


def _number(size: float, factor: int) -> str:
    return f"{size:.0f}" if factor == 1 else f"{size / factor:.1f}"


def _size(size: float) -> str:
    unit, factor = _unit(size)
    return f"{_number(size, factor)} {unit}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
