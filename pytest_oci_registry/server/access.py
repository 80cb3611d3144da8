# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what: the challenge of an unknown caller and the scope that an operation needs."""

from __future__ import annotations

import base64
import binascii

from .exchange import Exchange
from .reply import Reply, error
from .settings import BasicAuth, Quirks, TokenAuth
from .state import State

_PULL = ("blob_head", "blob_get", "manifest_head", "manifest_get", "tags", "referrers")
_DELETE = ("blob_delete", "manifest_delete")


def refusal(state: State, exchange: Exchange) -> Reply | None:
    """The 401 that this request earns, None when it may go on."""
    auth = state.settings.auth
    if auth is None or exchange.operation.name == "token":
        return None
    if isinstance(auth, BasicAuth):
        good = credentials(exchange.header("Authorization")) == (auth.username, auth.password)
        return None if good else challenge(state, exchange)
    return _token_refusal(state, exchange)


def credentials(header: str) -> tuple[str, str] | None:
    """User and password of a basic Authorization header."""
    scheme, _space, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def needed(quirks: Quirks, exchange: Exchange) -> list[tuple[str, str]]:
    """Pairs of resource and action that the operation needs; a mount reads its source, too."""
    name, repository = exchange.operation.name, exchange.repository
    if name == "ping":
        return []
    if name == "catalog":
        return [("registry:catalog", "*")]
    if name in _PULL:
        return [(f"repository:{repository}", "pull")]
    if name in _DELETE:
        actions = ("pull", "push", "delete") if quirks.delete_needs_all else (quirks.delete_action,)
        return [(f"repository:{repository}", action) for action in actions]
    source = exchange.parameter("from") if name == "upload_mount" else ""
    pulls = [(f"repository:{source}", "pull")] if source else []
    return [(f"repository:{repository}", "pull"), (f"repository:{repository}", "push"), *pulls]


def challenge(state: State, exchange: Exchange, problem: str = "") -> Reply:
    """401 with the challenge of this registry's kind of authentication."""
    auth = state.settings.auth
    answer = error("UNAUTHORIZED", "authentication required")
    if not state.settings.quirks.challenge and exchange.operation.name != "ping":
        return answer
    if not isinstance(auth, TokenAuth):
        return answer.adding(WWW_Authenticate='Basic realm="test registry"')
    base = exchange.origin if auth.realm == "same" else state.token_url
    realm = base if auth.realm not in ("same", "other") else base + auth.path
    parts = [
        f'realm="{realm}"',
        f'service="{auth.service}"',
        *_scopes(state, exchange),
        *([f'error="{problem}"'] if problem else []),
    ]
    return answer.adding(WWW_Authenticate="Bearer " + ",".join(parts))


def _scopes(state: State, exchange: Exchange) -> list[str]:
    actions: dict[str, list[str]] = {}
    for resource, action in needed(state.settings.quirks, exchange):
        actions.setdefault(resource, []).append(action)
    text = " ".join(f"{resource}:{','.join(wanted)}" for resource, wanted in actions.items())
    return [f'scope="{text}"'] if text else []


def _token_refusal(state: State, exchange: Exchange) -> Reply | None:
    scheme, _space, token = exchange.header("Authorization").partition(" ")
    grant = state.tokens.grant(token) if scheme.lower() == "bearer" else None
    if grant is None:
        return challenge(state, exchange, "invalid_token" if token else "")
    for resource, action in needed(state.settings.quirks, exchange):
        granted = grant.actions.get(resource, frozenset())
        if action not in granted and "*" not in granted:
            return challenge(state, exchange, "insufficient_scope")
    return None
