# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What cases cost in memory: the most that one of them takes, and what is left when they come again and again."""

from __future__ import annotations

import gc
import tracemalloc

ROUNDS = 3


def cost_of(cases, run):
    """Return the bytes that the costliest case takes, and those that are left by later rounds of the same cases.

    What the first round leaves are caches, which all have a limit.
    """
    tracemalloc.start()
    try:
        peak = max(peak_of(case, run) for case in cases)
        first = held()
        for dummy in range(ROUNDS):
            for case in cases:
                run(case)
        return peak, held() - first
    finally:
        tracemalloc.stop()


def peak_of(case, run):
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    run(case)
    return tracemalloc.get_traced_memory()[1] - before


def held():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
