# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Harbor's habit: who keeps its session cookie is taken for a browser, and must then prove each write with a CSRF
token.

https://github.com/dotnet/sdk-container-builds/issues/418
"""

from __future__ import annotations

import secrets

from .exchange import Exchange
from .reply import Reply, error

_NAME = "sid"


class CookieGuard:
    """Gives a cookie with every answer, and refuses the writes of those that send it back."""

    def __init__(self, active: bool) -> None:
        self._active = active
        self._value = secrets.token_hex(8)

    def refusal(self, exchange: Exchange) -> Reply | None:
        """403 for a write with the cookie."""
        if not self._active or not exchange.entry.is_write or f"{_NAME}={self._value}" not in exchange.header("Cookie"):
            return None
        return error("DENIED", "CSRF token not found in request", 403)

    def marked(self, answer: Reply, exchange: Exchange) -> Reply:
        """The answer with the cookie."""
        return answer.adding(Set_Cookie=f"{_NAME}={self._value}; Path=/; HttpOnly") if self._active else answer
