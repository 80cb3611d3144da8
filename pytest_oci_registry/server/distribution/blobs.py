# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A blob as Go's `http.ServeContent` serves it: conditions, ranges, and its broken answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..conditions import is_met, names_tag
from ..content import Content
from ..exchange import Exchange
from ..reply import Part, Reply, Stream, reply


class InvalidRange(ValueError):
    """The Range header cannot be read, or, with `overlaps` False, no byte is in it."""

    def __init__(self, text: str, overlaps: bool = True) -> None:
        super().__init__(text)
        self.overlaps = overlaps


def serve(version: int, content: Content, exchange: Exchange, part: Part) -> Reply:
    """The answer to GET or HEAD; `part` is what a GET of the whole sends."""
    digest = exchange.reference
    named = reply(200, Docker_Content_Digest=digest)
    kept = named.adding(Cache_Control="max-age=31536000", ETag=f'"{digest}"')
    if exchange.header("If-Match") and not names_tag(exchange.header("If-Match"), digest, weak=False):
        return _failed(version, 412, content, exchange, kept, "")
    if exchange.header("If-None-Match") and names_tag(exchange.header("If-None-Match"), digest, weak=True):
        return Reply(304, kept.headers)
    try:
        wanted = _range(version, exchange, content.size)
    except InvalidRange as problem:
        return _refused(version, content, exchange, (named, kept), problem)
    typed = kept.adding(Content_Type="application/octet-stream", Accept_Ranges="bytes")
    if wanted is None:
        return Reply(200, typed.headers, part)
    first, size = wanted
    typed = typed.adding(Content_Range=f"bytes {first}-{first + size - 1}/{content.size}")
    promised = size if part.promised is not None else None
    return Reply(206, typed.headers, Part(content, first, 0 if promised is not None else size, promised))


def _range(version: int, exchange: Exchange, size: int) -> tuple[int, int] | None:
    """First byte and length; None for the whole."""
    text = exchange.header("Range")
    if not text or not is_met(exchange.header("If-Range"), exchange.reference):
        return None
    if version >= 3 and "," in text:
        return None
    try:
        ranges = parse_range(text, size)
    except InvalidRange as problem:
        if not problem.overlaps and size == 0 and version >= 3:
            return None
        raise
    return ranges[0] if len(ranges) == 1 and ranges[0][1] <= size else None


def parse_range(text: str, size: int) -> list[tuple[int, int]]:
    """First bytes and lengths of a Range header. InvalidRange for what Go refuses."""
    if not text.startswith("bytes="):
        raise InvalidRange("invalid range")
    found, outside = [], False
    for part in filter(None, (item.strip() for item in text[len("bytes=") :].split(","))):
        start, dash, end = (item.strip() for item in part.partition("-"))
        if not dash:
            raise InvalidRange("invalid range")
        if not start:
            length = min(_number(end), size)
            found.append((size - length, length))
        elif _number(start) >= size:
            outside = True
        else:
            last = min(_number(end), size - 1) if end else size - 1
            if _number(start) > last:
                raise InvalidRange("invalid range")
            found.append((_number(start), last - _number(start) + 1))
    if outside and not found:
        raise InvalidRange("invalid range: failed to overlap", overlaps=False)
    return found


def _number(text: str) -> int:
    digits = text[1:] if text.startswith("+") else text
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidRange("invalid range")
    return int(text)


def _refused(version: int, content: Content, exchange: Exchange, heads: tuple[Reply, Reply],
             problem: InvalidRange) -> Reply:
    head = heads[0] if version >= 3 else heads[1]
    if not problem.overlaps:
        head = head.adding(Content_Range=f"bytes */{content.size}")
    return _failed(version, 416, content, exchange, head, str(problem))


def _failed(version: int, status: int, content: Content, exchange: Exchange, head: Reply, text: str) -> Reply:
    """An error; GET promises the length of the blob and breaks the promise, in version 3 only without a text."""
    body = f"{text}\n".encode() if text else b""
    kind = "text/plain; charset=utf-8" if text else "application/octet-stream"
    head = head.adding(Content_Type=kind)
    is_broken = exchange.request.method == "GET" and content.size > len(body) and (version < 3 or not text)
    if version < 3 and exchange.request.method == "GET":
        body = body[: content.size]
    return Reply(status, head.headers, Stream(_once(body), content.size) if is_broken else body)


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
