# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The embedded registry: the whole OCI distribution API 1.1 on a free port of this process.

Aiohttp is loaded at first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .settings import BasicAuth, ServerSettings, Tls, TokenAuth

if TYPE_CHECKING:
    from .registry import EmbeddedRegistry

__all__ = ["BasicAuth", "EmbeddedRegistry", "ServerSettings", "Tls", "TokenAuth"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name != "EmbeddedRegistry":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .registry import EmbeddedRegistry

        return EmbeddedRegistry
