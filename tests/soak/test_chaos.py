# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many pushes while one request of twenty fails: at least 99 of 100 succeed, none is wrong, no tag is half."""

from __future__ import annotations

import pytest
from chaos_run import push_through_chaos
from soak_scale import SCALE


@pytest.mark.parametrize("backend", ["embedded", "docker-registry"])
@pytest.mark.parametrize("seed", [1, 2])
def test_pushes_through_chaos(seed, backend, opened, modules, connection, tmp_path):
    tally = push_through_chaos(modules, opened(backend), connection, tmp_path, SCALE.pushes, seed)
    print(f"{backend}, seed {seed}: {tally.succeeded} of {SCALE.pushes}, {tally.injected} of {tally.requests} hit")
    assert SCALE.least_share < tally.share < SCALE.largest_share
    assert not tally.wrong
    assert tally.succeeded >= 0.99 * SCALE.pushes, tally.failures
