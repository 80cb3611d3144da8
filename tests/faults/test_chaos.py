# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twenty pushes through a registry that fails at random; tests/soak has the long run."""

from __future__ import annotations

import pytest
from chaos_run import push_through_chaos


@pytest.mark.parametrize("backend", ["embedded", "docker-registry"])
def test_twenty_pushes_through_chaos(backend, opened, modules, connection, tmp_path):
    tally = push_through_chaos(modules, opened(backend), connection, tmp_path, 20, seed=1)
    assert tally.injected >= 5 and 0.01 < tally.share < 0.12
    assert not tally.wrong
    assert tally.succeeded == 20, tally.failures
