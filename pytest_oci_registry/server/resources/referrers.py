# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/NAME/referrers/DIGEST`. Specification end-12a and end-12b."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ..digests import is_digest
from ..exchange import Exchange
from ..manifest_facts import OCI_INDEX
from ..reply import Reply, error, json_reply, reply
from ..state import State


async def referrers(state: State, exchange: Exchange) -> Reply:
    """An index of what refers to the digest; empty, never 404, when nothing does."""
    if not state.settings.referrers:
        if state.settings.quirks.referrers_status == 200:
            return reply(200, b"<html>Sign in</html>", Content_Type="text/html")
        return error("UNSUPPORTED", "this registry has no referrers API", state.settings.quirks.referrers_status)
    if not is_digest(exchange.reference):
        return error("DIGEST_INVALID", f"{exchange.reference!r} is no digest")
    found = [manifest.as_referrer() for manifest in state.store.referrers(exchange.repository, exchange.reference)]
    wanted = exchange.parameter("artifactType")
    if wanted:
        found = [item for item in found if item.get("artifactType") == wanted]
    page, following = _page(state, exchange, found)
    answer = json_reply({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page}, Content_Type=OCI_INDEX)
    if following:
        answer = answer.adding(Link=f'<{state.location(exchange, exchange.entry.path)}?{following}>; rel="next"')
    return answer.adding(OCI_Filters_Applied="artifactType") if wanted else answer


def _page(state: State, exchange: Exchange, found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """As many descriptors as the setting `page_size` allows, and the query of the next page."""
    size, last = state.settings.page_size, exchange.parameter("last")
    if not size:
        return found, ""
    rest = sorted((item for item in found if item["digest"] > last), key=lambda item: str(item["digest"]))
    if len(rest) <= size:
        return rest, ""
    query = {"artifactType": exchange.parameter("artifactType"), "last": rest[size - 1]["digest"]}
    return rest[:size], urlencode({name: value for name, value in query.items() if value})
