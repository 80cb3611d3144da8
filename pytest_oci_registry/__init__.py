# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry for tests: embedded, real or behind a fault proxy; nothing heavy is imported until it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .proxy import FaultProxy
    from .server import EmbeddedRegistry, ServerSettings

__version__ = "1.0.0"
__all__ = ["EmbeddedRegistry", "FaultProxy", "ServerSettings", "__version__"]

_HOMES = {"EmbeddedRegistry": ".server", "ServerSettings": ".server", "FaultProxy": ".proxy"}


def __getattr__(name: str) -> Any:
    # pytest imports this package at every start; aiohttp.web alone costs 0.2 s, so it waits until somebody asks.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name], __name__), name)
