# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How often a test repeats what depends on chance: a few times on a developer's machine, many times in CI."""

from __future__ import annotations

import os


def times(here: int, in_ci: int) -> int:
    """Return the second number if CI=true, else the first."""
    return in_ci if os.environ.get("CI") == "true" else here
