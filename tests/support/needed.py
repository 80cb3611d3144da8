# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a test needs and a machine may lack: the test is skipped there, but in CI nothing is, and it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip the test, in CI fail it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def shared_tool(name: str) -> str:
    """Return where a tool is that no package manager has: REGISTRY_API_TOOLS, else shared/tools beside the checkout."""
    named = os.environ.get("REGISTRY_API_TOOLS")
    path = (Path(named) if named else Path(__file__).parents[3] / "shared" / "tools") / name
    return str(path) if path.exists() else lacking(f"{path} does not exist")


def needs(program: str) -> str:
    """Return where a program is; without it the test is skipped, in CI it fails."""
    return shutil.which(program) or lacking(f"{program} is not installed")
