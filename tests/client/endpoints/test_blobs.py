# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Blobs, request by request."""

from __future__ import annotations

import asyncio
import gzip
import itertools

import pytest
from raw_server import RawServer, answer
from registry_api_v2_client.endpoints.blobs import EMPTY_DIGEST, blob_exists, blob_readable, read_blob, stream_blob
from registry_api_v2_client.errors import ConnectionFailedError, NotFoundError, RefusedError
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.session import Session
from scripted import play

DATA = b"the bytes of a blob"
DIGEST = digest_of(DATA)
BLOB = f"/v2/app/blobs/{DIGEST}"


async def streamed(send):
    async with stream_blob(send, "app", DIGEST) as chunks:
        return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize(
    ("status", "there"), [(200, True), (404, False), (405, False), (400, False), (501, False)],
)
def test_a_head_says_whether_a_blob_is_there(script, status, there):
    script.expect("HEAD", BLOB).answer(status)
    assert play(script, lambda send: blob_exists(send, "app", DIGEST)) is there


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_not_taken_for_an_absent_blob(script, status):
    script.expect("HEAD", BLOB).answer(status)
    script.expect("HEAD", BLOB).answer(200)
    assert play(script, lambda send: blob_exists(send, "app", DIGEST)) is True


@pytest.mark.parametrize(
    ("status", "reply", "readable"),
    [(206, b"b", True), (200, DATA, True), (404, b"", False), (416, b"", False), (200, DATA[:-1], False),
     (206, b"bb", False), (206, b"", False), (200, DATA + b"!", False)],
    ids=["there", "range ignored", "absent", "truncated", "range ignored, truncated", "longer", "no byte", "too long"],
)
def test_the_last_byte_proves_that_a_blob_can_be_read(script, status, reply, readable):
    script.expect("GET", BLOB, sends={"Range": f"bytes={len(DATA) - 1}-"}).answer(status, reply)
    assert play(script, lambda send: blob_readable(send, "app", DIGEST, len(DATA))) is readable


@pytest.mark.parametrize(("status", "reply", "size"), [(206, b"", 1), (200, DATA[:5], len(DATA))])
def test_a_blob_whose_storage_is_gone_cannot_be_read(script, status, reply, size):
    """distribution 2.8 after an online garbage collection: a status and a length, and fewer bytes."""
    script.expect("GET", BLOB).answer(status).short(reply, size)
    assert play(script, lambda send: blob_readable(send, "app", DIGEST, len(DATA))) is False


@pytest.mark.parametrize(("status", "readable"), [(200, True), (404, False)])
def test_an_empty_blob_has_no_last_byte(script, status, readable):
    script.expect("HEAD", f"/v2/app/blobs/{EMPTY_DIGEST}").answer(status)
    assert play(script, lambda send: blob_readable(send, "app", EMPTY_DIGEST, 0)) is readable


def test_a_blob_is_read_and_verified(script):
    script.expect("GET", BLOB).answer(200, DATA)
    assert play(script, lambda send: read_blob(send, "app", DIGEST)) == DATA


@pytest.mark.parametrize("bad", ["truncated", "corrupt"])
def test_one_bad_answer_is_survived(script, bad):
    first = script.expect("GET", BLOB)
    first.short(DATA[:5], len(DATA)) if bad == "truncated" else first.answer(200, DATA[::-1])
    script.expect("GET", BLOB).answer(200, DATA)
    assert play(script, lambda send: read_blob(send, "app", DIGEST)) == DATA


def test_a_blob_beyond_the_limit_is_refused(script):
    script.expect("GET", BLOB).answer(200, DATA)
    with pytest.raises(RefusedError, match="more than 10 bytes") as caught:
        play(script, lambda send: read_blob(send, "app", DIGEST, limit=10))
    assert caught.value.code == "hostile-answer"


def test_an_answer_that_was_compressed_unasked_is_unpacked(script):
    step = script.expect("GET", BLOB, sends={"Accept-Encoding": "identity"})
    step.answer(200, gzip.compress(DATA), content_encoding="gzip")
    assert play(script, lambda send: read_blob(send, "app", DIGEST)) == DATA


def test_a_decompression_bomb_ends(script):
    script.expect("GET", BLOB).answer(200, gzip.compress(bytes(8 * 1024 * 1024)), content_encoding="gzip")
    with pytest.raises(RefusedError) as caught:
        play(script, lambda send: read_blob(send, "app", DIGEST))
    assert caught.value.code == "hostile-answer"


def test_a_stream_of_more_bytes_than_the_blob_has_ends():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"10000\r\n" + b"y" * 65536 + b"\r\n"

    async def copied(url):
        async with Session(Settings(url, login=Login(anonymous=True), timeout=5), environ={}) as session:
            async with stream_blob(session, "app", DIGEST, size=len(DATA)) as chunks:
                return [chunk async for chunk in chunks]

    def respond(asked):
        return answer() if asked.path == "/v2/" else itertools.chain([head], itertools.repeat(piece))

    with RawServer(respond) as server, pytest.raises(RefusedError, match="more than its 19 bytes"):
        asyncio.run(copied(server.url))


def test_a_stream_goes_on_where_it_was_cut(script):
    script.expect("GET", BLOB).short(DATA[:8], len(DATA))
    rest = f"bytes 8-{len(DATA) - 1}/{len(DATA)}"
    script.expect("GET", BLOB, sends={"Range": "bytes=8-"}).answer(206, DATA[8:], content_range=rest)
    assert play(script, streamed) == DATA


def test_a_stream_of_other_bytes_never_ends_well(script):
    script.expect("GET", BLOB).answer(200, DATA[::-1])
    with pytest.raises(RefusedError) as caught:
        play(script, streamed)
    assert caught.value.code == "wrong-bytes"


def test_another_part_than_was_asked_for_is_refused(script):
    script.expect("GET", BLOB).short(DATA[:8], len(DATA))
    script.expect("GET", BLOB).answer(206, DATA[4:], content_range="bytes 4-18/19")
    with pytest.raises(RefusedError, match="another part of it"):
        play(script, streamed)


def test_an_absent_blob_is_not_found(script):
    script.expect("GET", BLOB).answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
    with pytest.raises(NotFoundError):
        play(script, streamed)


def test_a_stream_that_is_cut_for_ever_gives_up(script):
    for start in (0, 1, 1):
        step = script.expect("GET", BLOB).answer(206 if start else 200)
        step.short(b"" if start else DATA[:1], len(DATA))
        step.headers.append(("Content-Range", f"bytes {start}-18/19"))
    with pytest.raises(ConnectionFailedError) as caught:
        play(script, streamed, retries=2)
    assert caught.value.code == "cut-answer"
    script.check()
