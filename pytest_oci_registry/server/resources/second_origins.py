# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What may live on another host than the registry: the token service and the storage behind redirected blobs.

Token service: distribution's "Token Authentication Specification" (GET) and "OAuth2 Token Authentication" (POST).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, unquote

from ...operations import Query, first
from ..access import credentials
from ..digests import is_digest
from ..exchange import Exchange
from ..reply import Reply, error, json_reply
from ..settings import Quirks, TokenAuth
from ..state import State
from .blobs import serve

_CDN_PREFIX = "/cdn/v2/"


async def token(state: State, exchange: Exchange) -> Reply:
    """A token with as many of the wanted actions as the caller may have."""
    auth = state.settings.auth
    if not isinstance(auth, TokenAuth):
        return error("UNSUPPORTED", "this registry gives no tokens", 404)
    if exchange.request.method == "POST":
        return await _by_post(state, auth, exchange)
    return _by_get(state, auth, exchange)


def _by_get(state: State, auth: TokenAuth, exchange: Exchange) -> Reply:
    header = exchange.header("Authorization")
    if header and credentials(header) != (auth.username, auth.password):
        return error("UNAUTHORIZED", "incorrect username or password")
    if not header and not auth.anonymous_pull:
        return error("UNAUTHORIZED", "authentication required", WWW_Authenticate='Basic realm="tokens"')
    refresh = state.tokens.issue_refresh() if header and exchange.parameter("offline_token") == "true" else ""
    return _issued(state, auth, exchange.query, known=bool(header), refresh=refresh)


async def _by_post(state: State, auth: TokenAuth, exchange: Exchange) -> Reply:
    form = parse_qs((await exchange.body.read() or b"").decode("utf-8", "replace"))
    if not auth.oauth2 or not state.settings.quirks.token_post:
        return error("UNSUPPORTED", "POST is not known here", 404)
    kind = first(form, "grant_type")
    if kind == "password":
        good = (first(form, "username"), first(form, "password")) == (auth.username, auth.password)
    else:
        good = kind == "refresh_token" and state.tokens.knows_refresh(first(form, "refresh_token"))
    if not good:
        return json_reply({"error": "invalid_grant", "error_description": "incorrect credentials"}, 401)
    offline = first(form, "access_type") == "offline" or kind == "refresh_token"
    refresh = (first(form, "refresh_token") or state.tokens.issue_refresh()) if offline else ""
    return _issued(state, auth, form, known=True, refresh=refresh)


def _issued(state: State, auth: TokenAuth, query: Query, known: bool, refresh: str) -> Reply:
    given = state.tokens.issue(granted(state.settings.quirks, query.get("scope", ()), known), auth.lifetime)
    wanted = state.settings.quirks.token_answer or auth.answer
    fields = ("token", "access_token") if wanted == "both" else (wanted,)
    answer: dict[str, object] = dict.fromkeys(fields, given)
    answer["expires_in"] = auth.lifetime
    if refresh:
        answer["refresh_token"] = refresh
    return json_reply(answer)


def granted(quirks: Quirks, scopes: Sequence[str], known: bool) -> dict[str, frozenset[str]]:
    """Actions by resource out of scope strings; strangers may only pull."""
    listed = [part for scope in scopes for part in scope.split()]
    wanted: dict[str, frozenset[str]] = {}
    for scope in listed[-1:] if quirks.last_scope_only else listed:
        resource, _colon, actions = scope.rpartition(":")
        asked = frozenset(actions.split(","))
        allowed = _allowed(quirks, asked) if known else asked & {"pull"}
        wanted[resource] = wanted.get(resource, frozenset()) | allowed
    return wanted


def _allowed(quirks: Quirks, asked: frozenset[str]) -> frozenset[str]:
    """Quay refuses the action `delete` and grants `*`:
    https://github.com/containers/image/blob/main/docker/docker_client.go
    """
    return asked - {"delete"} if quirks.delete_action == "*" else asked


async def cdn(state: State, exchange: Exchange) -> Reply:
    """The storage behind a redirect: links are signed for one method, and a second credential is an error, as on S3."""
    path = unquote(exchange.entry.path)
    repository, _slash, digest = path[len(_CDN_PREFIX) :].partition("/blobs/")
    signature = state.tokens.signature(digest, exchange.request.method)
    if exchange.request.method not in ("GET", "HEAD") or exchange.parameter("X-Signature") != signature:
        return error("DENIED", "SignatureDoesNotMatch", 403)
    if exchange.header("Authorization"):
        return error("UNSUPPORTED", "Only one auth mechanism allowed", 400)
    content = state.store.content(repository, digest) if is_digest(digest) else None
    return (
        serve(content, exchange, state.store.is_lie(repository, digest))
        if content
        else error("BLOB_UNKNOWN", "NoSuchKey")
    )
