# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of everything: the environment variable SOAK is `full`, or `short` for a run of a minute."""

from __future__ import annotations

import os
from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Scale:
    """Cases for each parser, kills in a row, pushes through chaos, the bytes of the large layer, simultaneous pushes,
    and garbage collections during a push.

    Chaos means to hit one request of twenty; fewer requests are hit less evenly.
    """

    cases: int
    kills: int
    pushes: int
    layer: int
    least_share: float
    largest_share: float
    together: int
    collections: int


SCALES = {
    "full": Scale(10_000, 100, 200, 2048 * MIB, 0.03, 0.07, 200, 20),
    "short": Scale(200, 5, 20, 64 * MIB, 0.01, 0.12, 40, 2),
}
SCALE = SCALES[os.environ.get("SOAK", "full")]
