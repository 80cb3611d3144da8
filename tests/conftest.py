# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plugins of the test run: pytester, and ours where the checkout is tested without having been installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys


def _is_installed() -> bool:
    found = importlib.metadata.entry_points()
    if sys.version_info >= (3, 10):
        return bool(found.select(group="pytest11", name="oci_registry"))
    return any(point.name == "oci_registry" for point in found.get("pytest11", ()))


pytest_plugins = ["pytester"]
if not _is_installed() and importlib.util.find_spec("pytest_oci_registry") is not None:
    pytest_plugins.append("pytest_oci_registry.plugin")
