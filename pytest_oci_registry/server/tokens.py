# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Tokens that a registry has given out, and what they allow."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from .settings import BasicAuth, TokenAuth


@dataclass(frozen=True)
class Grant:
    """One token: actions by repository (or `registry:catalog`), and its end in seconds of the monotonic clock."""

    actions: dict[str, frozenset[str]]
    ends: float


class TokenVault:
    """Issues, finds and revokes tokens.

    All of them are random words; nothing is signed, so nothing can be guessed from them.
    """

    def __init__(self, auth: BasicAuth | TokenAuth | None) -> None:
        self._auth = auth
        self._grants: dict[str, Grant] = {}
        self._refresh: set[str] = set()
        self._secret = secrets.token_hex(8)

    def issue(self, actions: dict[str, frozenset[str]], lifetime: int) -> str:
        """A token that lasts `lifetime` seconds."""
        token = secrets.token_urlsafe(24)
        self._grants[token] = Grant(actions, time.monotonic() + lifetime)
        return token

    def issue_refresh(self) -> str:
        """A refresh token; it does not end."""
        token = secrets.token_urlsafe(24)
        self._refresh.add(token)
        return token

    def grant(self, token: str) -> Grant | None:
        """What a token allows; None when it is unknown, revoked or over."""
        grant = self._grants.get(token)
        return grant if grant is not None and grant.ends > time.monotonic() else None

    def knows_refresh(self, token: str) -> bool:
        """Whether a refresh or identity token is good."""
        identity = self._auth.identity_token if isinstance(self._auth, TokenAuth) else ""
        return token in self._refresh or bool(identity and token == identity)

    def revoke(self) -> None:
        """End every access token; refresh tokens stay good."""
        self._grants.clear()

    def signature(self, digest: str, method: str = "GET") -> str:
        """The signature of a link to a blob, good for one method."""
        return f"{self._secret}{method.lower()}{digest[-8:]}"
