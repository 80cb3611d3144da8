# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Puts a reply on the wire, whole, slowly, cut or spoiled."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from multidict import CIMultiDict

from ..faults import NO_FAULT, Fault
from .content import CHUNK
from .reply import Part, Payload, Reply

SENDFILE_FROM = 1024 * 1024
_BODILESS = (204, 304)


class _BlobResponse(web.FileResponse):
    """Sends a file by sendfile, but keeps the headers of the reply: aiohttp would put its own ETag over the digest."""

    def __setattr__(self, name: str, value: object) -> None:
        if name not in ("etag", "last_modified"):
            super().__setattr__(name, value)


def reset(request: web.BaseRequest) -> None:
    """End the connection with a TCP reset instead of an orderly end."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def gone() -> web.StreamResponse:
    """What a handler returns when the connection is no more; nobody will see it."""
    return web.Response(status=500)


async def send(
    answer: Reply, request: web.BaseRequest, fault: Fault = NO_FAULT, close: bool = False
) -> web.StreamResponse:
    """Send the reply and return what aiohttp wants to have back. Headers and payload suffer what the fault says."""
    headers = CIMultiDict(answer.headers)
    if answer.size is not None and answer.status not in _BODILESS:
        headers["Content-Length"] = str(answer.size)
    if close:
        headers["Connection"] = "close"
    if request.method == "HEAD" or answer.status in _BODILESS:
        return await _headers_only(answer.status, headers, request)
    if isinstance(answer.payload, bytes) and not _spoils_payload(fault):
        headers.pop("Content-Length", None)
        plain = web.Response(status=answer.status, headers=headers, body=answer.payload)
        return await _started(plain, request)
    whole = _whole_file(answer.payload)
    if whole is not None and not _spoils_payload(fault):
        return _BlobResponse(whole, status=answer.status, headers=headers)
    return await _streamed(answer, headers, request, fault)


async def _started(response: web.Response, request: web.BaseRequest) -> web.StreamResponse:
    await response.prepare(request)
    await response.write_eof()
    return response


async def _headers_only(status: int, headers: CIMultiDict[str], request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    if status in _BODILESS:
        return await _started(web.Response(status=status, headers=headers), request)
    await response.prepare(request)
    await response.write_eof()
    return response


async def _streamed(
    answer: Reply, headers: CIMultiDict[str], request: web.BaseRequest, fault: Fault
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    limit = _limit(answer.size, fault)
    sent = 0
    async for piece in _paced(_pieces(answer.payload), fault):
        spoiled = _corrupted(piece) if fault.corrupt and sent == 0 else piece
        part = spoiled if limit is None else spoiled[: max(0, limit - sent)]
        sent += len(part)
        await response.write(part)
        if limit is not None and sent >= limit:
            break
    await _ending(response, request, answer, fault, sent)
    return response


async def _ending(
    response: web.StreamResponse, request: web.BaseRequest, answer: Reply, fault: Fault, sent: int
) -> None:
    """A body that fell short must not be followed by another answer on the same connection."""
    if fault.reset_after is not None:
        await asyncio.sleep(0.05)  # lets the peer read what was sent before the reset discards it
        reset(request)
    elif fault.stall:
        await asyncio.Event().wait()
    elif fault.truncate is not None or (answer.size is not None and sent < answer.size):
        response.force_close()
        if request.transport is not None:
            request.transport.close()
    else:
        await response.write_eof()


def _spoils_payload(fault: Fault) -> bool:
    return bool(
        fault.corrupt
        or fault.truncate is not None
        or fault.bytes_per_second
        or fault.reset_after is not None
        or fault.stall
    )


def _whole_file(payload: Payload) -> Path | None:
    """The file that a payload is all of, None where it is not worth a sendfile or no file."""
    if not isinstance(payload, Part) or payload.promised is not None or payload.offset:
        return None
    return payload.content.path if payload.size == payload.content.size >= SENDFILE_FROM else None


def _limit(size: int | None, fault: Fault) -> int | None:
    if fault.reset_after is not None:
        return fault.reset_after if size is None else min(fault.reset_after, max(0, size - 1))
    if fault.stall:
        return fault.after_bytes
    if fault.truncate is None:
        return None
    if isinstance(fault.truncate, float) and fault.truncate < 1:
        return int((size or 0) * fault.truncate)
    return int(fault.truncate)


async def _pieces(payload: Payload) -> AsyncIterator[bytes]:
    if isinstance(payload, bytes):
        yield payload
    elif isinstance(payload, Part):
        for piece in payload.content.chunks(payload.offset, payload.size):
            yield piece
    else:
        async for piece in payload.chunks:
            yield piece


async def _paced(pieces: AsyncIterator[bytes], fault: Fault) -> AsyncIterator[bytes]:
    rate = fault.bytes_per_second
    step = max(1, rate // 20) if rate else CHUNK
    async for piece in pieces:
        for at in range(0, len(piece), step):
            part = piece[at : at + step]
            if rate:
                await asyncio.sleep(len(part) / rate)
            yield part


def _corrupted(piece: bytes) -> bytes:
    return bytes([piece[0] ^ 0xFF]) + piece[1:] if piece else piece
