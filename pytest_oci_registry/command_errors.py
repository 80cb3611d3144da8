# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""How a command ends when it does not succeed."""

from __future__ import annotations


class UsageError(Exception):
    """The command line makes no sense; exit 2."""


class CommandError(Exception):
    """The command could not do its work; exit 1."""
