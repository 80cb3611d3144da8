# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/NAME/blobs/uploads/`. Specification end-4 to end-6, end-11, end-13, and the cancel of a session."""

from __future__ import annotations

from ..content import Spool
from ..digests import algorithm_of, is_digest
from ..exchange import Exchange
from ..ranges import chunk_range
from ..reply import Reply, error, reply
from ..state import State
from ..upload_sessions import Upload


async def start(state: State, exchange: Exchange) -> Reply:
    """POST: open a session, or take a whole blob when `digest` is given."""
    refused = refused_repository(state, exchange)
    if refused is not None:
        await exchange.body.drain()
        return refused
    digest = exchange.parameter("digest")
    if digest and state.settings.quirks.single_post:
        spool = state.store.spool()
        await _receive(exchange, spool)
        return _commit(state, exchange, spool, digest)
    await exchange.body.drain()
    return opened(state, exchange)


async def mount(state: State, exchange: Exchange) -> Reply:
    """POST with `mount`: link a blob that another repository holds, else open a session."""
    await exchange.body.drain()
    refused = refused_repository(state, exchange)
    if refused is not None:
        return refused
    digest, source = exchange.parameter("mount"), exchange.parameter("from")
    quirks = state.settings.quirks
    if quirks.foreign_mount_status and source.partition("/")[0] != exchange.repository.partition("/")[0]:
        return error("UNAUTHORIZED", "authentication required", quirks.foreign_mount_status)
    known = state.store.holders(digest)
    possible = (
        source in known if source else bool(known) and state.settings.anonymous_mount and not quirks.mount_needs_from
    )
    if not state.settings.mount or not possible:
        return opened(state, exchange)
    state.store.link(exchange.repository, digest)
    if source and state.store.is_lie(source, digest):
        state.store.lie(exchange.repository, digest)
    return created(state, exchange, digest)


async def patch(state: State, exchange: Exchange) -> Reply:
    """PATCH: append a chunk; what arrived before a cut stays, when uploads are resumable."""
    upload = state.uploads.find(exchange.operation.session, exchange.repository, exchange.entry.query)
    if upload is None:
        return await _unknown(exchange)
    refused = _refused_chunk(state, exchange, upload, last=False)
    if refused is not None:
        await exchange.body.drain()
        return refused
    before = upload.size
    await append(state, exchange, upload)
    upload.patches, upload.last_patch = upload.patches + 1, upload.size - before
    return progress(state, exchange, upload, state.settings.quirks.patch_status)


async def put(state: State, exchange: Exchange) -> Reply:
    """PUT: append what the body holds and make the session a blob."""
    upload = state.uploads.find(exchange.operation.session, exchange.repository, exchange.entry.query)
    if upload is None:
        return await _unknown(exchange)
    refused = _refused_chunk(state, exchange, upload, last=True) if exchange.body.exists else None
    if refused is not None:
        await exchange.body.drain()
        return refused
    digest = exchange.parameter("digest")
    if not digest:
        await exchange.body.drain()
        return error("DIGEST_INVALID", "the parameter digest is missing")
    spool = await append(state, exchange, upload)
    state.uploads.remove(upload)
    return _commit(state, exchange, spool, digest)


async def status(state: State, exchange: Exchange) -> Reply:
    """GET: how far the session is."""
    upload = state.uploads.find(exchange.operation.session, exchange.repository, "")
    if upload is None or not state.settings.quirks.upload_status:
        return error("BLOB_UPLOAD_UNKNOWN", "there is no such upload")
    return progress(state, exchange, upload, 204)


async def cancel(state: State, exchange: Exchange) -> Reply:
    """DELETE: give the session up."""
    upload = state.uploads.find(exchange.operation.session, exchange.repository, "")
    if upload is None:
        return error("BLOB_UPLOAD_UNKNOWN", "there is no such upload")
    state.uploads.remove(upload)
    upload.spool.discard()
    return reply(204, Docker_Upload_UUID=upload.session)


async def _receive(exchange: Exchange, spool: Spool) -> None:
    async for piece in exchange.body.chunks():
        spool.write(piece)


async def append(state: State, exchange: Exchange, upload: Upload) -> Spool:
    """Receive the body into the session and return where it went.

    A PUT that begins while another request still writes gets a copy of what was there before that one.
    """
    if upload.writers and exchange.request.method == "PUT" and not exchange.header("Content-Range"):
        upload.spool = state.store.spool_of(upload.spool.content(), upload.settled)
    upload.settled = upload.size if not upload.writers else upload.settled
    spool, upload.writers = upload.spool, upload.writers + 1
    try:
        await _receive(exchange, spool)
    except BaseException:
        if not state.settings.resumable:
            upload.broken = True
        raise
    finally:
        upload.writers -= 1
    return spool


async def _unknown(exchange: Exchange) -> Reply:
    await exchange.body.drain()
    return error("BLOB_UPLOAD_UNKNOWN", "there is no such upload")


def refused_repository(state: State, exchange: Exchange) -> Reply | None:
    name = exchange.repository
    if state.settings.autocreate or state.store.has_repository(name):
        return None
    return error("NAME_UNKNOWN", f"The repository with name '{name}' does not exist in the registry")


def _refused_chunk(state: State, exchange: Exchange, upload: Upload, last: bool) -> Reply | None:
    """Why a chunk is not taken: out of order (416), or a size or shape that this registry does not take."""
    quirks = state.settings.quirks
    given = exchange.header("Content-Range")
    if given:
        wanted = chunk_range(given)
        if wanted is None or wanted[0] != upload.size or wanted[1] + 1 < wanted[0]:
            return _out_of_order(state, exchange, upload)
        if exchange.body.declared not in (None, wanted[1] - wanted[0] + 1):
            return error("SIZE_INVALID", f"Content-Range is {given}, the body has {exchange.body.declared} bytes")
        if quirks.ranged_patch_limit and not last and wanted[1] - wanted[0] + 1 > quirks.ranged_patch_limit:
            return _out_of_order(state, exchange, upload)
    if not last and not quirks.repeated_patch and upload.patches:
        return error("UNSUPPORTED", "chunked uploads are not supported", 400)
    smallest = max(state.settings.min_chunk, quirks.minimum_part)
    if upload.patches and upload.last_patch < smallest:
        # Whether a chunk was the last one is known only when another follows.
        return error(
            "SIZE_INVALID", f"the chunk before had {upload.last_patch} bytes, all but the last need {smallest}", 400
        )
    return None


def _out_of_order(state: State, exchange: Exchange, upload: Upload) -> Reply:
    now = progress(state, exchange, upload, 416)
    return error(
        "BLOB_UPLOAD_INVALID",
        "this is not the next chunk",
        416,
        Location=now.header("Location") or "",
        Range=now.header("Range") or "",
    )


def opened(state: State, exchange: Exchange) -> Reply:
    upload = state.uploads.open(exchange.repository)
    answer = progress(state, exchange, upload, 202)
    return answer.adding(OCI_Chunk_Min_Length=str(state.settings.min_chunk)) if state.settings.min_chunk else answer


def progress(state: State, exchange: Exchange, upload: Upload, code: int) -> Reply:
    if state.settings.quirks.frozen_range and upload.patches > 1:
        upload.shown = upload.shown or upload.size
    else:
        upload.shown = upload.size
    path = f"/v2/{exchange.repository}/blobs/uploads/{upload.session}{state.uploads.query(upload)}"
    return reply(
        code,
        Location=state.location(exchange, path),
        Range=f"0-{max(0, upload.shown - 1)}",
        Docker_Upload_UUID=upload.session,
    )


def _commit(state: State, exchange: Exchange, spool: Spool, digest: str) -> Reply:
    if not is_digest(digest) or (algorithm_of(digest) == "sha512" and not state.settings.sha512):
        spool.discard()
        return error("DIGEST_INVALID", f"{digest!r} is no digest that this registry knows")
    actual = spool.digest(algorithm_of(digest))
    if actual != digest:
        spool.discard()
        return error(
            "DIGEST_INVALID", "the digest does not match the content", detail={"expected": digest, "actual": actual}
        )
    state.store.keep(exchange.repository, digest, spool)
    return created(state, exchange, digest)


def created(state: State, exchange: Exchange, digest: str) -> Reply:
    path = f"/v2/{exchange.repository}/blobs/{digest}"
    return reply(201, Location=state.location(exchange, path), Docker_Content_Digest=digest)
