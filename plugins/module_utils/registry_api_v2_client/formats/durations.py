# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lengths of time and moments as people and images write them: `30d`, `12h`, RFC 3339. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ..problems import printable, problem

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_LENGTH = re.compile(r"(?:[0-9]{1,9}[wdhms])+")
# RFC 3339, section 5.6; Python before 3.11 reads neither Z nor nanoseconds.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))\Z"
)
_OLDEST, _LATEST = (moment.replace(tzinfo=timezone.utc).timestamp() for moment in (datetime(2000, 1, 1), datetime.max))


def parse_length(text: str, option: str) -> int:
    """Return the seconds of `30d`, `12h`, `1w2d`; raises ValidationError (bad-option) for anything else."""
    clean = text.strip().lower()
    if not _LENGTH.fullmatch(clean):
        raise problem(
            "bad-option", option=f"{option}: {printable(text, 40)}", cause="is no length of time",
            advice="Write a number and w, d, h, m (minutes) or s, such as 30d or 12h.",
        )
    return sum(int(part[:-1]) * _SECONDS[part[-1]] for part in re.findall(r"[0-9]+[a-z]", clean))


def parse_time(text: object) -> datetime | None:
    """Return a timestamp of RFC 3339 to the microsecond, None for anything else."""
    found = _TIME.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    day, clock, fraction, sign, hours, minutes = found.groups()
    try:
        moment = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M:%S")
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        zone = timezone(-offset if sign == "-" else offset)
    except ValueError:
        return None
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]), tzinfo=zone)


def parse_moment(text: object) -> float | None:
    """Return the seconds since 1970 of a timestamp of RFC 3339, None where that says no age.

    Missing, zero and before 2000 are what reproducible builds write, and mean that the age is unknown. So does a moment
    that is past the year 9999 in UTC.
    """
    moment = parse_time(text)
    seconds = 0.0 if moment is None else moment.replace(microsecond=0).timestamp()
    return seconds if _OLDEST <= seconds <= _LATEST else None


def written_moment(seconds: float | None) -> str | None:
    """Return a moment as results hold it, ISO 8601 in UTC; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
