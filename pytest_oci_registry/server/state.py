# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the handlers of one registry share."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from .cookie_guard import CookieGuard
from .exchange import Exchange
from .settings import ServerSettings
from .store import Store
from .tokens import TokenVault
from .upload_sessions import UploadSessions


class State:
    """Settings, store, open uploads and tokens.

    `cdn_url` and `token_url` are known once the other listeners are open.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.store = Store(settings.folder, settings.spool_size)
        self.uploads = UploadSessions(self.store, settings.quirks.upload_state)
        self.tokens = TokenVault(settings.auth)
        self.guard = CookieGuard(settings.quirks.session_cookie)
        self._writes: list[float] = []
        self.cdn_url = ""
        self.token_url = ""

    def is_too_fast(self, rate: int) -> bool:
        """Count a write of a manifest; whether there were more than `rate` of them within a second."""
        now = time.monotonic()
        self._writes = [*(moment for moment in self._writes if moment > now - 1), now]
        return len(self._writes) > rate

    def location(self, exchange: Exchange, path: str) -> str:
        """A path as this registry writes it into Location and Link."""
        if self.settings.locations == "relative":
            return path
        if self.settings.locations == "mangled":
            # A proxy that ends TLS and does not say so: https://github.com/distribution/distribution/issues/479
            return f"http://{urlsplit(exchange.origin).hostname}{path}"
        return exchange.origin + path

    def cdn_location(self, exchange: Exchange, digest: str) -> str:
        """Where a blob is read from, if not here; a link signed for GET alone."""
        settings = self.settings
        if not settings.cdn or (exchange.request.method == "HEAD" and not settings.cdn_head):
            return ""
        method = exchange.request.method if settings.quirks.head_links else "GET"
        signature = self.tokens.signature(digest, method)
        return f"{self.cdn_url}/cdn/v2/{exchange.repository}/blobs/{digest}?X-Signature={signature}"
