# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fixtures of all tests in which something goes wrong."""

from __future__ import annotations

from fault_fixtures import connection, opened, repository, tars
from quick_modules import modules

__all__ = ["connection", "modules", "opened", "repository", "tars"]
