# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One registry of each kind for the tests of a file."""

from __future__ import annotations

import pytest
from store_kinds import REGISTRIES


@pytest.fixture(scope="module")
def url(request, tmp_path_factory):
    with REGISTRIES[request.param](tmp_path_factory.mktemp("registry")) as found:
        yield found
