# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/NAME/tags/list`. Specification end-8a and end-8b."""

from __future__ import annotations

from ...operations import Query
from ..exchange import Exchange
from ..paging import BadPage, Pages
from ..reply import Reply, error, json_reply
from ..state import State


async def tags(state: State, exchange: Exchange) -> Reply:
    """The page of tags that the query asks for."""
    name = exchange.repository
    if not state.store.has_repository(name):
        return error("NAME_UNKNOWN", f"there is no repository {name}", state.settings.quirks.missing_status)
    quirks = state.settings.quirks
    known = state.store.tags_as_made(name) if quirks.unsorted_tags else state.store.tags(name)
    if quirks.null_tags and not known:
        return json_reply({"name": name, "tags": None})
    return paged(state, exchange, "tags", known, state.settings.page_limit if quirks.limited_tags else 0)


def paged(state: State, exchange: Exchange, key: str, names: list[str], limit: int = 0) -> Reply:
    """A list cut into pages, with a Link to the next one."""
    query: Query = exchange.query if state.settings.quirks.paging or not exchange.repository else {}
    quirks = state.settings.quirks
    later = exchange.parameter("last") or exchange.parameter("next_page")
    if quirks.later_page_status and later:
        return error("UNKNOWN", "this page is not served", quirks.later_page_status)
    try:
        page = Pages(state.settings.page_size, limit, state.settings.opaque_cursors).cut(names, query)
    except BadPage as problem:
        return error("PAGINATION_NUMBER_INVALID", str(problem))
    listed: dict[str, object] = {key: page.names}
    answer = json_reply({"name": exchange.repository, **listed} if exchange.repository else listed)
    if page.following is None:
        return answer
    url = f"{state.location(exchange, exchange.entry.path)}?{page.following}"
    link = '<{url}>; rel="next"' if quirks.link is None else quirks.link
    return answer.adding(Link=link.format(url=url)) if link else answer
