# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Programs in shared/tools beside the checkout: the specification's own conformance program, and distribution 3.

A clone without that folder skips what needs them; where the folder is, a missing program is a failure in CI.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from needed import lacking

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """The folder of the programs: REGISTRY_API_TOOLS, else shared/tools beside the checkout."""
    named = os.environ.get("REGISTRY_API_TOOLS")
    return Path(named) if named else ROOT.parent / "shared" / "tools"


def tool(name: str) -> str:
    """The path of a program. Skips the test without the folder."""
    if not folder().is_dir():
        pytest.skip(f"left out: {name} is in shared/tools, which is not beside this checkout")
    path = folder() / name
    return str(path) if os.access(path, os.X_OK) else lacking(f"{path} is not there")
