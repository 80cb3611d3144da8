# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lengths of time and moments as people and images write them: `30d`, `12h`, RFC 3339. Pure."""

from __future__ import annotations

import datetime
import re

from .problems import printable, problem

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_LENGTH = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:([Zz])|([+-])(\d{2}):(\d{2}))"
)
_OLDEST = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc).timestamp()


def parse_length(text: str, option: str) -> int:
    """Return the seconds of `30d`, `12h`, `1w2d`; raises ValidationError (bad-option) for anything else."""
    clean = text.strip().lower()
    if not _LENGTH.fullmatch(clean):
        raise problem(
            "bad-option", option=f"{option}: {printable(text, 40)}", cause="is no length of time",
            advice="Write a number and w, d, h, m (minutes) or s, such as 30d or 12h.",
        )
    return sum(int(part[:-1]) * _SECONDS[part[-1]] for part in re.findall(r"[0-9]+[a-z]", clean))


def parse_moment(text: object) -> float | None:
    """Return the seconds since 1970 of a timestamp of RFC 3339, None where that says no age.

    Missing, zero and before 2000 are what reproducible builds write, and mean that the age is unknown.
    """
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc)
    except (ValueError, OverflowError):
        return None
    seconds = moment.timestamp()
    if found.group(8):
        shift = int(found.group(9)) * 3600 + int(found.group(10)) * 60
        seconds += -shift if found.group(8) == "+" else shift
    return seconds if seconds >= _OLDEST else None


def written_moment(seconds: float | None) -> str | None:
    """Return a moment as results hold it, ISO 8601 in UTC; None stays None."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
