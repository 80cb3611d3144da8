# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""When to try again: which failures may help, how long to wait, and how one host's trouble slows all requests to it.

Pure decisions over numbers; the session sleeps.
"""

from __future__ import annotations

import email.utils
import typing as t
from dataclasses import dataclass

from ...errors import RegistryError

FIRST_DELAY = 0.6  # seconds; four retries span 18 to 24 s, so a registry that restarts within 15 s is survived
GROWTH = 3.0  # of a wait over the one before
LONGEST_DELAY = 30.0  # seconds
LONGEST_RETRY_AFTER = 60.0  # seconds; a registry that names an hour is asked again after this

_NEVER = frozenset({501, 505, 508, 510, 511})  # say that the request is at fault or the way to the registry is closed


def is_temporary(status: int) -> bool:
    """True for 408, 429 and those of 5xx after which the same request may succeed."""
    return status in (408, 429) or (status >= 500 and status not in _NEVER)


def slows_all(status: int) -> bool:
    """True where the answer is about the host and not about the request, so that all requests to it wait."""
    return status in (429, 503)


def delay(tries: int, chance: float) -> float:
    """Return the seconds to wait after so many failed tries; `chance` (0 to 1) spreads clients that failed together."""
    longest = min(FIRST_DELAY * GROWTH ** min(tries - 1, 16), LONGEST_DELAY)
    return longest * (0.75 + chance / 4)


def retry_after(value: str, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, capped; None where it says nothing that can be read.

    Both forms of RFC 9110, section 10.2.3: seconds, or a date. `now` is seconds since the epoch.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(moment - now, 0.0), LONGEST_RETRY_AFTER)


def exhausted(error: RegistryError, tries: int, seconds: float) -> RegistryError:
    """Return the error as it is said when no try is left: with their number, and the time from first to last."""
    if tries == 1 or not error.retryable:
        return error
    count, said = f"{tries} tries in {seconds:.0f} s", f"answered {error.status}"
    if error.code in ("gave-up", "lost-upload") and said in error.message:
        error.message = error.message.replace(said, f"{said} to {count}", 1)
    else:
        error.message = f"{error.message.rstrip('.')} ({count})."
    error.args = (error.message,)
    return error


@dataclass(frozen=True)
class Pause:
    """A wait before a try: of what ("" where it is no upload), which try of how many, seconds, the status before."""

    what: str
    number: int
    limit: int
    seconds: float
    status: int | None = None


class Pace:
    """The pace of one host: until when all requests to it wait, by any clock that goes forward."""

    def __init__(self) -> None:
        self._resume = 0.0

    def pause_for(self, seconds: float, now: float) -> None:
        """Let every request wait for so long from now; a longer wait that is under way stays."""
        self._resume = max(self._resume, now + seconds)

    def wait(self, now: float) -> float:
        """Return the seconds that a request has to wait now."""
        return max(0.0, self._resume - now)


class Concurrency:
    """How many may be under way at once: halved by a 429, at most once per round, and restored one by one."""

    SUCCESSES_PER_SLOT = 8  # answers without complaint, per place, before one more is let in

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.allowed = limit
        self._good = 0
        self._settled = True  # at least one answer came since the last cut, so that one burst of 429 counts once

    def on_throttled(self) -> None:
        """Take a 429 into account."""
        if self._settled:
            self.allowed = max(1, self.allowed // 2)
        self._good = 0
        self._settled = False

    def on_success(self) -> None:
        """Take an answer that is no 429 into account."""
        self._settled = True
        self._good = self._good + 1 if self.allowed < self.limit else 0
        if self._good >= self.SUCCESSES_PER_SLOT * self.allowed:
            self.allowed, self._good = self.allowed + 1, 0


def parse_delay(headers: t.Mapping[str, str], now: float) -> float | None:
    """Return what an answer's Retry-After asks for, in seconds; None where there is none."""
    value = headers.get("Retry-After")
    return None if value is None else retry_after(value, now)
