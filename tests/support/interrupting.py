# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that end in the middle of a push."""

from __future__ import annotations

import time

# of one push of two layers that nobody has: ping, 1 + 3 HEADs, 3 POSTs, 3 PUTs, manifest
REQUESTS = 13


def wait_for(happened):
    """Wait until it has."""
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.002)


def killed_at(k, registry, start):
    """Start a task, and kill it while the registry holds its request number `k`, which the rules hold still."""
    held = registry.slow("*", seconds=5, times=1, after=k - 1)
    task = start()
    wait_for(lambda: held.hits)
    task.kill()
