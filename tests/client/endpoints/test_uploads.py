# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Mounts and uploads, request by request (distribution specification 1.1, "Pushing blobs")."""

from __future__ import annotations

import asyncio
import os

import pytest
from registry_api_v2_client.endpoints.uploads import (
    Furthest,
    Mount,
    UploadOutcome,
    mount_blob,
    upload_blob,
    upload_stream,
)
from registry_api_v2_client.errors import NotFoundError, RefusedError, TarReadError
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.transport.body.file_slice import FileSlice, stamp_of
from registry_api_v2_client.transport.request import FileBody, StreamBody
from scripted import play

DATA = b"a layer of fourteen letters, or more"
DIGEST = digest_of(DATA)
LAYER = Descriptor("application/vnd.oci.image.layer.v1.tar", DIGEST, len(DATA))
START = ("POST", "/v2/app/blobs/uploads/")
HEAD = ("HEAD", f"/v2/app/blobs/{DIGEST}")


def upload(body=DATA, **more):
    return lambda send: upload_blob(send, "app", LAYER, body, **more)


def put(session="/u/7?s=a%2Fb%40", joint="&"):
    return "PUT", f"{session}{joint}digest={DIGEST}"


def begin(script, location="/u/7?s=a%2Fb%40"):
    script.expect(*START, body=b"", sends={"Content-Length": "0"}).answer(202, location=location)


@pytest.fixture
def layer_file(tmp_path):
    path = tmp_path / "app.tar"
    path.write_bytes(b"before" + DATA + b"after")
    return FileBody(FileSlice(str(path), 6, len(DATA), stamp_of(os.stat(path)), None))


def test_a_blob_goes_by_one_post_and_one_put_of_known_length(script, layer_file):
    begin(script)
    script.expect(*put(), body=DATA, sends={"Content-Length": str(len(DATA))}).answer(201, docker_content_digest=DIGEST)
    assert play(script, upload(layer_file)) is UploadOutcome.UPLOADED


@pytest.mark.parametrize("location", ["/u/7", "../7", "http://127.0.0.1/u/7"], ids=["path", "relative", "port lost"])
def test_a_location_without_query_is_taken_as_it_is_written(script, location):
    begin(script, location)
    target = "/v2/app/blobs/7" if location == "../7" else "/u/7"
    script.expect(*put(target, "?"), body=DATA).answer(201)
    play(script, upload())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_status_that_means_created_is_taken(script, status):
    script.expect(*START).answer(status if status != 200 else 201, location="/u/1")
    script.expect(*put("/u/1", "?")).answer(status)
    assert play(script, upload()) is UploadOutcome.UPLOADED


def test_a_mount_that_works_sends_nothing(script):
    script.expect("POST", f"{START[1]}?mount={DIGEST}&from=base").answer(201)
    assert play(script, upload(mount_from="base")) is UploadOutcome.MOUNTED


def test_a_declined_mount_continues_in_the_session_it_offers(script):
    """202 to a mount is an open upload session; a second POST would leave it behind."""
    script.expect("POST", f"{START[1]}?mount={DIGEST}&from=base").answer(202, location="/u/9")
    script.expect(*put("/u/9", "?"), body=DATA).answer(201)
    assert play(script, upload(mount_from="base")) is UploadOutcome.UPLOADED


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 500])
def test_whatever_else_a_mount_says_the_blob_is_sent(script, status):
    script.expect("POST", f"{START[1]}?mount={DIGEST}&from=base").answer(status)
    begin(script)
    script.expect(*put(), body=DATA).answer(201)
    assert play(script, upload(mount_from="base"), retries=0) is UploadOutcome.UPLOADED


def test_a_mount_alone_says_what_became_of_it(script):
    script.expect("POST", f"{START[1]}?mount={DIGEST}&from=base").answer(404)
    assert play(script, lambda send: mount_blob(send, "app", DIGEST, "base")) == Mount(False)


def test_a_lost_answer_is_found_by_head(script):
    begin(script)
    script.expect(*put(), body=DATA).cut()
    script.expect(*HEAD).answer(200)
    assert play(script, upload()) is UploadOutcome.UPLOADED


def test_a_cut_upload_continues_where_the_registry_says(script, layer_file):
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).cut()
    script.expect(*HEAD).answer(404)
    script.expect("GET", "/u/1").answer(204, location="/u/2", range="0-9")
    rest = f"10-{len(DATA) - 1}"
    script.expect(*put("/u/2", "?"), body=DATA[10:], sends={"Content-Range": rest}).answer(201)
    assert play(script, upload(layer_file)) is UploadOutcome.UPLOADED


@pytest.mark.parametrize("status", [404, 416, 400])
def test_a_session_that_cannot_continue_is_forgotten_and_the_blob_sent_again(script, status):
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).cut()
    script.expect(*HEAD).answer(404)
    script.expect("GET", "/u/1").answer(status)  # distribution 2.8: always 404 after a cut request
    begin(script, "/u/2")
    script.expect(*put("/u/2", "?"), body=DATA).answer(201)
    assert play(script, upload()) is UploadOutcome.UPLOADED


def test_a_forgotten_session_starts_again(script):
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).answer(404, b'{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}')
    script.expect(*HEAD).answer(404)
    script.expect("GET", "/u/1").answer(404)
    begin(script, "/u/2")
    script.expect(*put("/u/2", "?")).answer(201)
    assert play(script, upload()) is UploadOutcome.UPLOADED


def test_an_empty_session_is_released_and_the_blob_sent_again(script):
    """Range 0-0 means nothing or one byte; a new session is sure to be empty."""
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).cut()
    script.expect(*HEAD).answer(404)
    script.expect("GET", "/u/1").answer(204, location="/u/1b", range="0-0")
    script.expect("GET", "/u/1b").answer(204, location="/u/1c", range="0-0")
    script.expect("DELETE", "/u/1c").answer(204)
    begin(script, "/u/2")
    script.expect(*put("/u/2", "?"), body=DATA).answer(201)
    assert play(script, upload()) is UploadOutcome.UPLOADED


def test_a_registry_that_stays_down_is_asked_as_often_as_retries_say(script):
    for _try in range(3):
        script.expect(*START).answer(503)
    with pytest.raises(RefusedError, match="answered 503 to 3 tries") as caught:
        play(script, upload(), retries=2)
    assert caught.value.code == "gave-up"
    script.check()


def test_a_given_up_upload_is_released(script):
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).answer(413)
    script.expect("GET", "/u/1").answer(204, location="/u/1b", range="0-0")
    script.expect("DELETE", "/u/1b").answer(204)
    with pytest.raises(RefusedError) as caught:
        play(script, upload())
    assert caught.value.code == "body-too-large"
    script.check()


def test_a_cancelled_upload_is_released(script):
    """The PATCH hangs before the end of its body, so the server never sees it whole."""
    begin(script, "/u/1")
    script.expect("GET", "/u/1").answer(204, location="/u/1b", range="0-0")
    script.expect("DELETE", "/u/1b").answer(204)
    with pytest.raises(asyncio.TimeoutError):
        play(script, lambda send: asyncio.wait_for(stream(hanging)(send), 0.3))
    script.check()


def stream(source):
    return lambda send: upload_stream(send, "app", StreamBody(source), lambda: DIGEST)


async def hanging():
    yield b"begun"
    await asyncio.sleep(60)


def test_chunks_carry_their_range_and_the_last_one_goes_with_the_put(script, layer_file):
    begin(script, "/u/0")
    first = script.expect("PATCH", "/u/0", body=DATA[:16], sends={"Content-Range": "0-15"})
    first.answer(202, location="/u/1", range="0-15")
    script.expect("PATCH", "/u/1", body=DATA[16:32], sends={"Content-Range": "16-31"}).answer(201, location="/u/2")
    script.expect(*put("/u/2", "?"), body=DATA[32:], sends={"Content-Range": f"32-{len(DATA) - 1}"}).answer(201)
    assert play(script, upload(layer_file), chunk_size=16) is UploadOutcome.UPLOADED


def test_a_registry_may_ask_for_larger_chunks(script):
    script.expect(*START).answer(202, location="/u/0", oci_chunk_min_length=20)
    script.expect("PATCH", "/u/0", body=DATA[:20]).answer(202, location="/u/1")
    script.expect(*put("/u/1", "?"), body=DATA[20:]).answer(201)
    play(script, upload(), chunk_size=5)


def test_a_chunk_that_arrived_twice_starts_the_blob_again(script):
    """distribution 2.8.2 appends a repeated chunk and says 202; its Range tells."""
    begin(script, "/u/0")
    script.expect("PATCH", "/u/0").answer(202, location="/u/1", range="0-39")
    script.expect("GET", "/u/1").answer(404)
    script.expect("GET", "/u/1").answer(404)  # the release asks for the newest Location
    script.expect(*HEAD).answer(404)
    begin(script, "/u/2")
    script.expect("PATCH", "/u/2", body=DATA[:20]).answer(202, location="/u/3", range="0-19")
    script.expect(*put("/u/3", "?"), body=DATA[20:]).answer(201)
    play(script, upload(), chunk_size=20)


def test_a_range_that_stays_behind_is_forgiven_where_nothing_else_can_be_learnt(script):
    """ECR's Range stays at the first chunk, and it has no upload status (containers-roadmap#2831)."""
    begin(script, "/u/0")
    script.expect("PATCH", "/u/0").answer(201, location="/u/0", range="0-9")
    script.expect("PATCH", "/u/0", sends={"Content-Range": "10-19"}).answer(201, location="/u/0", range="0-9")
    script.expect("GET", "/u/0").answer(404)
    script.expect("PATCH", "/u/0", sends={"Content-Range": "20-29"}).answer(201, location="/u/0", range="0-9")
    script.expect("GET", "/u/0").answer(404)
    script.expect(*put("/u/0", "?"), body=DATA[30:]).answer(201)
    play(script, upload(), chunk_size=10)


def test_a_stream_goes_by_one_patch_and_its_digest_with_an_empty_put(script):
    begin(script, "/u/0")
    script.expect("PATCH", "/u/0", body=DATA, lacks=("Content-Range",)).answer(202, location="/u/1")
    script.expect(*put("/u/1", "?"), body=b"").answer(201)
    assert play(script, stream(pieces)) == DIGEST


async def pieces():
    for start in range(0, len(DATA), 7):
        yield DATA[start:start + 7]


def test_a_cut_stream_is_made_and_sent_again(script):
    begin(script, "/u/0")
    script.expect("PATCH", "/u/0").cut()
    script.expect("GET", "/u/0").answer(404)
    begin(script, "/u/1")
    script.expect("PATCH", "/u/1", body=DATA).answer(202)
    script.expect(*put("/u/1", "?"), body=b"").answer(201)
    play(script, stream(pieces))


def test_a_stream_is_cut_into_parts_where_a_chunk_size_is_asked_for(script):
    begin(script, "/u/0")
    for start in range(0, len(DATA), 10):
        script.expect("PATCH", "/u/0", body=DATA[start:start + 10]).answer(202, location="/u/0")
    script.expect(*put("/u/0", "?"), body=b"").answer(201)
    play(script, stream(pieces), chunk_size=10)


def test_a_repository_that_has_to_be_created_first_is_named(script):
    script.expect(*START).answer(404, b'{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}')
    with pytest.raises(NotFoundError) as caught:
        play(script, upload())
    assert caught.value.code == "no-repository" and "app" in caught.value.message


def test_bytes_that_the_registry_refuses_are_sent_once_only(script):
    begin(script, "/u/1")
    script.expect(*put("/u/1", "?")).answer(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}')
    script.expect("GET", "/u/1").answer(404)
    with pytest.raises(RefusedError) as caught:
        play(script, upload())
    assert caught.value.registry_code == "DIGEST_INVALID"
    script.check()


def test_a_file_that_changed_is_not_sent(script, layer_file):
    begin(script, "/u/1")
    script.expect("GET", "/u/1").answer(404)
    with open(layer_file.slice.path, "ab") as file:
        file.write(b"more")
    with pytest.raises(TarReadError) as caught:
        play(script, upload(layer_file))
    assert caught.value.code == "changed"


def test_progress_counts_no_byte_twice():
    told = []
    furthest = Furthest(told.append)
    furthest.since(0)(30)
    second = furthest.since(10)
    second(10)
    second(25)
    assert told == [30, 15]
