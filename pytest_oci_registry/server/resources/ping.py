# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/`: is this a registry? Specification end-1."""

from __future__ import annotations

from ..exchange import Exchange
from ..reply import Reply, json_reply
from ..state import State


async def ping(state: State, exchange: Exchange) -> Reply:
    """200 and an empty object."""
    return json_reply({})
