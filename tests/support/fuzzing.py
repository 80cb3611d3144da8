# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Many hostile cases for one reader: only our errors come out, fit for a terminal, and memory stays flat."""

from __future__ import annotations

from flat_memory import ROUNDS, cost_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from registry_api_v2_client.errors import RegistryError

MIB = 1024 * 1024
LONGEST = 4000  # characters of one sentence, or of one part of an error
PEAK = 24 * MIB  # bytes that one case may take; the reader of tars has the most, a spool of 16 MiB
LEFT = MIB // 4  # bytes that all later rounds may leave
MEASURED = 50  # cases

# half surrogates too, which JSON and file names can hold, and what terminals obey
TEXT = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    ["\ud800", "\x1b]0;x\x07", "a\r\nb: c", "\u202e", "a" * 5000, "\N{ARABIC-INDIC DIGIT ONE}", "\x00"])


def fuzz(name, strategy, cases, run):
    """Run so many cases of the strategy; `run` fails by itself for any exception that is not ours.

    Memory is measured with a part of the cases, outside of hypothesis, which keeps what it has tried.
    """
    seen, some = 0, []
    choose = settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck),
                      phases=(Phase.generate, Phase.shrink))  # fmt: skip

    @choose
    @given(strategy)
    def each(case):
        nonlocal seen
        run(case)
        seen += 1
        if seen * MEASURED % cases < MEASURED:
            some.append(case)

    each()
    peak, left = cost_of(some, run)
    print(f"{name}: {seen} cases; of {len(some)} one took {peak} bytes at most, and {ROUNDS} rounds left {left}")
    assert seen >= cases and len(some) >= MEASURED
    assert peak < PEAK and left < LEFT


def outcome(call, *words, **options):
    """Return what a call returns, None for one of our errors; that is one sentence, and its parts can be shown."""
    try:
        return call(*words, **options)
    except RegistryError as error:
        told = error
    texts = [told.message, told.hint, *(part for part in told.details().values() if isinstance(part, str))]
    assert told.code != "failed" and told.message
    assert all(text.isprintable() and len(text) < LONGEST for text in texts), texts
    return None


def pieces(*words):
    """Texts that are built of these words and of anything."""
    return st.lists(st.sampled_from(words) | TEXT, max_size=8).map("".join) | TEXT
