# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Any tar is images within its bounds, or one clear sentence. ARCHIVE_FUZZ_EXAMPLES sets how many are tried.

tests/soak/test_fuzz.py tries ten thousand of each kind.
"""

from __future__ import annotations

import os

import pytest
from effort import times
from hypothesis import HealthCheck, given, settings
from tar_fuzz import DAMAGES, check

EXAMPLES = int(os.environ.get("ARCHIVE_FUZZ_EXAMPLES", times(40, 120)))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_tar_is_images_or_a_sentence(damage):
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(DAMAGES[damage])
    def holds(data):
        check(data)

    holds()
