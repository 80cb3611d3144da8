# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Uploads of distribution: a session is found by path and `_state`, and survives a digest that does not match."""

from __future__ import annotations

import re

from ..digests import algorithm_of, is_digest
from ..exchange import Exchange
from ..reply import Reply, error, reply
from ..resources import uploads
from ..state import State
from ..upload_sessions import Upload

_FORM = "application/x-www-form-urlencoded"
_RANGE = re.compile(r"(\d+)-(\d+)")


async def start(state: State, exchange: Exchange) -> Reply:
    """POST: open a session; a digest in the query and a body are ignored."""
    await exchange.body.drain()
    return uploads.refused_repository(state, exchange) or uploads.opened(state, exchange)


async def patch(state: State, exchange: Exchange) -> Reply:
    """PATCH: append the body."""
    found = await _session(state, exchange)
    if isinstance(found, Reply):
        return found
    refused = _refused_chunk(state, exchange, found)
    if refused is not None:
        await exchange.body.drain()
        return refused
    await uploads.append(state, exchange, found)
    found.patches += 1
    return uploads.progress(state, exchange, found, 202)


async def put(state: State, exchange: Exchange) -> Reply:
    """PUT: append the body and make the session a blob."""
    found = await _session(state, exchange)
    if isinstance(found, Reply):
        return found
    digest = exchange.parameter("digest")
    if not is_digest(digest):
        await exchange.body.drain()
        return error("DIGEST_INVALID", "provided digest did not match uploaded content")
    await uploads.append(state, exchange, found)
    if found.spool.digest(algorithm_of(digest)) != digest:
        return error("DIGEST_INVALID", "provided digest did not match uploaded content")
    state.uploads.remove(found)
    canonical = found.spool.digest("sha256")
    state.store.keep(exchange.repository, canonical, found.spool)
    return uploads.created(state, exchange, canonical)


async def status(state: State, exchange: Exchange) -> Reply:
    """GET and HEAD: how far the session is."""
    found = await _session(state, exchange)
    return found if isinstance(found, Reply) else uploads.progress(state, exchange, found, 204)


async def cancel(state: State, exchange: Exchange) -> Reply:
    """DELETE: give the session up."""
    found = await _session(state, exchange)
    if isinstance(found, Reply):
        return found
    state.uploads.remove(found)
    found.spool.discard()
    return reply(204, Docker_Upload_UUID=found.session)


async def _session(state: State, exchange: Exchange) -> Upload | Reply:
    """The session of a request, or the refusal; a form is read here and lost, as Go's FormValue loses it."""
    version = state.settings.quirks.distribution
    writes = exchange.request.method in ("PATCH", "PUT")
    if writes and exchange.header("Content-Type").partition(";")[0].strip().lower() == _FORM:
        await exchange.body.drain()
    is_checked = version < 3 or exchange.request.method not in ("GET", "HEAD")
    known = state.uploads.parse(exchange.parameter("_state")) if is_checked else None
    if is_checked and (known is None or known[:2] != (exchange.operation.session, exchange.repository)):
        return await _refused(exchange, error("BLOB_UPLOAD_INVALID", "blob upload invalid", 404))
    upload = state.uploads.get(exchange.operation.session, exchange.repository)
    if upload is None:
        return await _refused(exchange, error("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"))
    if known is not None and known[2] != upload.size:
        moved = error("RANGE_INVALID", "invalid content range") if version >= 3 else error(
            "BLOB_UPLOAD_INVALID", "blob upload invalid", 404)
        return await _refused(exchange, moved)
    return upload


async def _refused(exchange: Exchange, answer: Reply) -> Reply:
    await exchange.body.drain()
    return answer


def _refused_chunk(state: State, exchange: Exchange, upload: Upload) -> Reply | None:
    """Why a chunk is not taken; version 2 does not look at Content-Range."""
    kind, given = exchange.header("Content-Type"), exchange.header("Content-Range")
    if kind not in ("", "application/octet-stream"):
        return error("UNKNOWN", "bad Content-Type", 500)
    if state.settings.quirks.distribution < 3 or not given or exchange.body.declared is None:
        return None
    found = _RANGE.fullmatch(given)
    if found is None:
        return error("UNKNOWN", "invalid content range format", 500)
    first, last = int(found[1]), int(found[2])
    if first > last or first != upload.size:
        return error("RANGE_INVALID", "invalid content range")
    return None if last - first + 1 == exchange.body.declared else error("SIZE_INVALID", "provided length is wrong")
