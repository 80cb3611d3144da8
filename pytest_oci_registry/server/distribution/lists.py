# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Tags and repositories as distribution lists them. Its Link is relative, and `last` in it is escaped."""

from __future__ import annotations

import re
from urllib.parse import quote

from ..exchange import Exchange
from ..reply import Reply, error, json_reply
from ..state import State

_DEFAULT = 100
"""Repositories on a page if the client does not ask for a number."""


async def tags(state: State, exchange: Exchange) -> Reply:
    """The tags: version 2 lists all of them in no order, version 3 in pages."""
    name, version = exchange.repository, state.settings.quirks.distribution
    if not state.store.was_tagged(name):
        return error("NAME_UNKNOWN", f"repository name not known to registry: {name}", 404)
    if version < 3:
        return json_reply({"name": name, "tags": state.store.tags_as_made(name) or None})
    count = _count(exchange.parameter("n"))
    if count is not None and count < 0:
        return error("PAGINATION_NUMBER_INVALID", "invalid number of results requested")
    rest = _after(state.store.tags(name), exchange.parameter("last"))
    page = rest if count is None else rest[:count]
    answer = json_reply({"name": name, "tags": page})
    # A full page has a Link, even if nothing follows.
    return _linked(exchange, answer, page[-1], count) if count and len(page) == count else answer


async def catalog(state: State, exchange: Exchange) -> Reply:
    """A page of repositories. Version 2 takes a number that it cannot read for none."""
    if not state.settings.catalog:
        return error("UNSUPPORTED", "this registry has no catalog", 404)
    count = _count(exchange.parameter("n"))
    if count is not None and count < 0 and state.settings.quirks.distribution < 3:
        count = None
    count = _DEFAULT if count is None else count
    if count < 0 or count > state.settings.page_limit:
        return error("PAGINATION_NUMBER_INVALID", "invalid number of results requested")
    rest = _after(state.store.repositories(), exchange.parameter("last"))
    answer = json_reply({"repositories": rest[:count]})
    return _linked(exchange, answer, rest[count - 1], count) if 0 < count < len(rest) else answer


def _count(text: str) -> int | None:
    """The number; None if there is none, -1 for what cannot be read."""
    if not text:
        return None
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else -1


def _after(names: list[str], last: str) -> list[str]:
    return [name for name in names if name > last] if last else names


def _linked(exchange: Exchange, answer: Reply, last: str, count: int) -> Reply:
    return answer.adding(Link=f'<{exchange.entry.path}?last={quote(last, safe="")}&n={count}>; rel="next"')
