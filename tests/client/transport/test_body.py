# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bodies: one attempt each, exactly their bytes, and what is said when the file or the peer is at fault."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from registry_api_v2_client.endpoints.uploads import upload_blob
from registry_api_v2_client.errors import TarReadError
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.transport.body import zero_copy
from registry_api_v2_client.transport.body.payloads import BytesPayload, payload_of
from registry_api_v2_client.transport.body.stall_detector import StallDetector
from registry_api_v2_client.transport.request import StreamBody
from scripted import play
from sending import file_body, layer

DATA = b"the bytes of a layer"
DIGEST = digest_of(DATA)


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self):
        return self.now


def watch(queued=0, **state):
    clock = Clock()
    made = StallDetector(30, 300, clock)
    made.start(lambda: queued)
    made.check()
    for name, value in state.items():
        setattr(made, name, value)
    made.check()
    return made, clock


@pytest.mark.parametrize(
    ("state", "seconds", "words"),
    [
        ({}, 29, ""), ({}, 30, "took no byte for 30 s"),
        ({"queued": 5, "finished": True}, 30, "took no byte for 30 s"),
        ({"finished": True}, 299, ""), ({"finished": True}, 300, "sent no answer for 300 s"),
    ],
)
def test_a_transfer_is_judged_by_what_does_not_move(state, seconds, words):
    judged, clock = watch(**state)
    clock.now = seconds
    assert judged.check() == words


def test_bytes_that_move_start_the_clock_anew():
    judged, clock = watch()
    clock.now, judged.sent = 29, 1
    assert judged.check() == ""
    clock.now = 58
    assert judged.check() == ""
    clock.now = 59
    assert judged.check() == "took no byte for 30 s"


def test_our_own_slowness_does_not_count():
    judged, clock = watch()
    with judged.paused():
        clock.now = 1000
        assert judged.check() == ""
    clock.now = 1029
    assert judged.check() == ""


def test_a_payload_serves_one_attempt():
    async def twice():
        payload = BytesPayload(b"x", StallDetector(1, 1))
        payload._used = True
        with pytest.raises(RuntimeError, match="one payload serves one attempt"):
            await payload.write(None)

    asyncio.run(twice())


def test_nothing_needs_no_payload():
    assert payload_of(b"", StallDetector(1, 1), "x") is None


def test_a_body_is_no_text():
    async def decode():
        payload_of(StreamBody(None), StallDetector(1, 1), "x").decode()

    with pytest.raises(TypeError):
        asyncio.run(decode())


@pytest.mark.parametrize(("offset", "size"), [(0, 20), (4, 5), (19, 1), (0, 0), (20, 0)])
def test_exactly_the_slice_is_sent(script, tmp_path, offset, size):
    path = tmp_path / "app.tar"
    path.write_bytes(DATA)
    part = DATA[offset:offset + size]
    script.expect("POST", "/v2/app/blobs/uploads/").answer(202, location="/u")
    script.expect("PUT", f"/u?digest={digest_of(part)}", body=part, sends={"Content-Length": str(size)}).answer(201)
    body = file_body(path, offset, size)
    play(script, lambda send: upload_blob(send, "app", layer(digest_of(part), size), body))


def test_a_file_that_is_too_short_is_named(script, tmp_path):
    path = tmp_path / "app.tar"
    path.write_bytes(DATA)
    body = file_body(path, 10, 1000)
    script.expect("POST", "/v2/app/blobs/uploads/").answer(202, location="/u")
    script.expect("GET", "/u").answer(404)
    with pytest.raises(TarReadError, match="ends 990 bytes before the end of layer 1") as caught:
        play(script, lambda send: upload_blob(send, "app", layer(DIGEST, 1000), body, what="layer 1"))
    assert caught.value.code == "truncated"


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def sent(pair, call):
    """Return what the other end got of `call(descriptor)`."""
    ours, theirs = pair

    async def main():
        loop = asyncio.get_running_loop()
        theirs.setblocking(False)
        reading = asyncio.ensure_future(read_all(loop, theirs))
        await call(ours.fileno())
        ours.shutdown(socket.SHUT_WR)
        return await reading

    return asyncio.run(main())


async def read_all(loop, end):
    received = b""
    while data := await loop.sock_recv(end, 1 << 20):
        received += data
    return received


def test_more_than_the_sockets_buffer_is_sent_in_turns(pair, tmp_path):
    data = os.urandom(3_000_000)
    path = tmp_path / "large"
    path.write_bytes(data)
    moved = []
    with open(path, "rb") as file:
        got = sent(pair, lambda out: zero_copy.send(out, file.fileno(), 1000, len(data) - 2000, moved.append))
    assert got == data[1000:-1000] and sum(moved) == len(got)


def test_bytes_are_sent_in_turns_too(pair):
    data = os.urandom(3_000_000)
    assert sent(pair, lambda out: zero_copy.send_bytes(out, memoryview(data))) == data


def test_what_the_kernel_cannot_send_is_said(pair):
    reading, writing = os.pipe()
    try:
        with pytest.raises(zero_copy.CannotError) as caught:
            asyncio.run(zero_copy.send(pair[0].fileno(), reading, 0, 5, print))
    finally:
        os.close(reading)
        os.close(writing)
    assert caught.value.sent == 0
