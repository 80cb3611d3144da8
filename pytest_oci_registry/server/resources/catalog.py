# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/_catalog`: not in the OCI specification, but in distribution and in many clients."""

from __future__ import annotations

from ..exchange import Exchange
from ..reply import Reply, error
from ..state import State
from .tags import paged


async def catalog(state: State, exchange: Exchange) -> Reply:
    """The page of repository names that the query asks for."""
    if not state.settings.catalog:
        return error("UNSUPPORTED", "this registry has no catalog", 404)
    return paged(state, exchange, "repositories", state.store.repositories(), state.settings.page_limit)
