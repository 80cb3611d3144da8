# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one import of aiohttp. Every other file takes it from here: all load without it, and one sentence says so."""

from __future__ import annotations

import typing as t

from ...problems import problem

OLDEST = (3, 8)

__all__ = ["FAULT", "OLDEST", "URL", "Payload", "aiohttp", "require_aiohttp", "version"]

if t.TYPE_CHECKING:
    import aiohttp
    from aiohttp.payload import Payload
    from yarl import URL

    FAULT: str
else:
    try:
        import aiohttp
        from aiohttp.payload import Payload
        from yarl import URL

        FAULT = ""
    except Exception as error:  # an aiohttp that is too old for this Python fails in many ways, not by ImportError only
        aiohttp = URL = None
        Payload = object
        FAULT = f"{type(error).__name__}: {error}"


def version() -> tuple[int, ...]:
    """Return major and minor version of the aiohttp that is installed, (0, 0) where none is."""
    words = [] if FAULT else aiohttp.__version__.split(".")[:2]
    return tuple(int(word) for word in words if word.isdigit()) or (0, 0)


def require_aiohttp() -> None:
    """Raise RegistryError (no-aiohttp) where aiohttp cannot be imported or is older than OLDEST."""
    if FAULT:
        raise problem("no-aiohttp", cause=FAULT)
    if version() < OLDEST:
        raise problem("no-aiohttp", cause=f"version {aiohttp.__version__} is installed")
