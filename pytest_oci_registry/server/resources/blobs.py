# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/NAME/blobs/DIGEST`. Specification end-2 and end-10; ranges by RFC 9110 section 14."""

from __future__ import annotations

from dataclasses import replace

from ..conditions import is_met, names_tag
from ..content import Content
from ..digests import is_digest
from ..distribution import blobs as distribution
from ..exchange import Exchange
from ..ranges import Unsatisfiable, download_range
from ..reply import Part, Reply, error, reply
from ..state import State


async def read_blob(state: State, exchange: Exchange) -> Reply:
    """HEAD and GET: the blob or a range of it, if this repository holds it."""
    digest, head_status = exchange.reference, state.settings.quirks.head_status
    if exchange.request.method == "HEAD" and head_status:
        return error("UNSUPPORTED", "HEAD is not supported", head_status)
    if not is_digest(digest):
        return error("DIGEST_INVALID", f"{digest!r} is no digest")
    content = state.store.content(exchange.repository, digest)
    if content is None:
        return error("BLOB_UNKNOWN", f"{exchange.repository} has no blob {digest}")
    away = state.cdn_location(exchange, digest)
    if away:
        return reply(307, Location=away)
    lie = state.store.is_lie(exchange.repository, digest)
    version = state.settings.quirks.distribution
    if version:
        whole = Part(content, 0, content.size // 2, content.size) if lie else Part(content, 0, content.size)
        return distribution.serve(version, content, exchange, whole)
    return serve(content, exchange, lie)


def serve(content: Content, exchange: Exchange, lie: bool = False) -> Reply:
    """The bytes that a GET or HEAD asks for; of a lie only half are there, and no byte of a range."""
    digest = exchange.reference
    etag = f'"{digest}"'
    if exchange.header("If-Match") and not names_tag(exchange.header("If-Match"), digest, weak=False):
        return error("DENIED", "the blob does not match If-Match", 412)
    if names_tag(exchange.header("If-None-Match"), digest, weak=True):
        return reply(304, ETag=etag, Docker_Content_Digest=digest)
    ranged = exchange.request.method == "GET" and is_met(exchange.header("If-Range"), digest)
    try:
        wanted = download_range(exchange.header("Range"), content.size) if ranged else None
    except Unsatisfiable:
        return error("RANGE_INVALID", "the range begins behind the end", 416, Content_Range=f"bytes */{content.size}")
    offset, size = wanted or (0, content.size)
    part = Part(content, offset, size)
    if lie:
        part = replace(part, size=0 if wanted else size // 2, promised=size)
    answer = (
        reply(200, part)
        if wanted is None
        else reply(206, part, Content_Range=f"bytes {offset}-{offset + size - 1}/{content.size}")
    )
    return answer.adding(
        Content_Type="application/octet-stream", Docker_Content_Digest=digest, Accept_Ranges="bytes", ETag=etag
    )


async def delete_blob(state: State, exchange: Exchange) -> Reply:
    """DELETE: take the blob out of this repository."""
    if not state.settings.delete:
        return error("UNSUPPORTED", "deletion is switched off")
    digest = exchange.reference
    if not is_digest(digest):
        return error("DIGEST_INVALID", f"{digest!r} is no digest")
    if state.store.content(exchange.repository, digest) is None:
        return error("BLOB_UNKNOWN", f"{exchange.repository} has no blob {digest}")
    state.store.delete_blob(exchange.repository, digest)
    return reply(202) if state.settings.quirks.distribution else reply(202, Docker_Content_Digest=digest)
