# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Shared by all tests of the client."""

from __future__ import annotations

import pytest
from scripted import Script


@pytest.fixture
def script():
    return Script()
