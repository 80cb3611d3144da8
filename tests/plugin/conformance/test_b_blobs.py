# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""B: blobs, for both digest algorithms; every success can be pulled from its Location and deleted again."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from plain_http import Answer, Wire, digest_of

DATA = os.urandom(2048)
CHUNK = 1000


@pytest.fixture(params=["sha256", pytest.param("sha512", marks=pytest.mark.feature("sha512"))])
def algorithm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sha256", "sha512"])
def read_algorithm(request: pytest.FixtureRequest) -> str:
    """For cases that only read: these work even where an upload's answer names the wrong digest."""
    return str(request.param)


def check_stored(wire: Wire, repository: str, answer: Answer, data: bytes, algorithm: str) -> None:
    digest, path = digest_of(data, algorithm), f"/v2/{repository}/blobs/{digest_of(data, algorithm)}"
    assert answer.status == 201
    assert answer.headers.get("docker-content-digest", digest) == digest
    assert wire.send("GET", answer.headers["location"]).body == data
    head = wire.send("HEAD", path)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(data)))
    pulled = wire.send("GET", path)
    assert (pulled.status, pulled.body, pulled.headers.get("docker-content-digest", digest)) == (200, data, digest)
    assert wire.send("DELETE", path).status == 202
    assert wire.send("HEAD", path).status == 404


def bad(algorithm: str) -> str:
    return digest_of(b"something else", algorithm)


def chunks(data: bytes) -> Iterator[bytes]:
    yield from (data[at : at + CHUNK] for at in range(0, len(data), CHUNK))


def patch(wire: Wire, location: str, data: bytes, first: int) -> Answer:
    return wire.send(
        "PATCH",
        location,
        data,
        Content_Range=f"{first}-{first + len(data) - 1}",
        Content_Type="application/octet-stream",
    )


def send_chunks(wire: Wire, location: str, data: bytes) -> str:
    first = 0
    for piece in chunks(data):
        answer = patch(wire, location, piece, first)
        first += len(piece)
        assert (answer.status, answer.headers["range"]) == (202, f"0-{first - 1}")
        location = answer.headers["location"]
    return location


def test_a_missing_blob_is_404(wire: Wire, repository: str, read_algorithm: str) -> None:
    assert wire.send("GET", f"/v2/{repository}/blobs/{digest_of(b'nothing', read_algorithm)}").status == 404


@pytest.mark.feature("single-post")
def test_one_post(wire: Wire, repository: str, algorithm: str) -> None:
    answer = wire.send("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(DATA, algorithm)}", DATA)
    check_stored(wire, repository, answer, DATA, algorithm)


def test_post_and_put(wire: Wire, repository: str, algorithm: str) -> None:
    answer = wire.put(wire.start(repository), digest_of(DATA, algorithm), DATA)
    check_stored(wire, repository, answer, DATA, algorithm)


def test_one_chunk(wire: Wire, repository: str, algorithm: str) -> None:
    location = patch(wire, wire.start(repository), DATA, 0).headers["location"]
    check_stored(wire, repository, wire.put(location, digest_of(DATA, algorithm)), DATA, algorithm)


def test_stream(wire: Wire, repository: str, algorithm: str) -> None:
    answer = wire.send("PATCH", wire.start(repository), chunks(DATA))
    assert (answer.status, answer.headers["range"]) == (202, f"0-{len(DATA) - 1}")
    closed = wire.put(answer.headers["location"], digest_of(DATA, algorithm))
    check_stored(wire, repository, closed, DATA, algorithm)


def test_mount(wire: Wire, repository: str, algorithm: str) -> None:
    digest = wire.upload(f"{repository}/source", DATA, algorithm)
    answer = wire.send("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}&from={repository}/source")
    check_stored(wire, repository, answer, DATA, algorithm)


@pytest.mark.feature("anonymous-mount")
def test_mount_from_anywhere(wire: Wire, repository: str, algorithm: str) -> None:
    digest = wire.upload(f"{repository}/source", DATA, algorithm)
    answer = wire.send("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}")
    check_stored(wire, repository, answer, DATA, algorithm)


def test_mount_of_a_missing_blob_opens_a_session(wire: Wire, repository: str, algorithm: str) -> None:
    data = os.urandom(100)
    digest = digest_of(data, algorithm)
    answer = wire.send("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}&from={repository}/source")
    assert answer.status == 202
    check_stored(wire, repository, wire.put(answer.headers["location"], digest, data), data, algorithm)


def test_cancel(wire: Wire, repository: str) -> None:
    location = wire.start(repository)
    assert wire.send("DELETE", location).status == 204
    assert wire.send("GET", location).status == 404


def test_several_chunks(wire: Wire, repository: str, algorithm: str) -> None:
    location = send_chunks(wire, wire.start(repository), DATA)
    check_stored(wire, repository, wire.put(location, digest_of(DATA, algorithm)), DATA, algorithm)


def test_several_chunks_and_the_last_in_put(wire: Wire, repository: str, algorithm: str) -> None:
    location = send_chunks(wire, wire.start(repository), DATA[:2000])
    answer = wire.put(location, digest_of(DATA, algorithm), DATA[2000:], Content_Range=f"2000-{len(DATA) - 1}")
    check_stored(wire, repository, answer, DATA, algorithm)


@pytest.mark.feature("chunk-order")
@pytest.mark.parametrize("last_in_put", [False, pytest.param(True, marks=pytest.mark.feature("put-chunk-order"))])
def test_a_chunk_out_of_order_is_416_and_the_upload_recovers(
    wire: Wire, repository: str, algorithm: str, last_in_put: bool
) -> None:
    location, digest = wire.start(repository), digest_of(DATA, algorithm)
    assert patch(wire, location, DATA[1000:], 1000).status == 416
    location = patch(wire, location, DATA[:1000], 0).headers["location"]
    assert patch(wire, location, DATA[:1000], 0).status == 416
    status = wire.send("GET", location)
    assert (status.status, status.headers["range"]) == (204, "0-999")
    location = status.headers["location"]
    rest, content_range = DATA[1000:], f"1000-{len(DATA) - 1}"
    if last_in_put:
        assert wire.put(location, digest, rest, Content_Range="1500-2547").status == 416
        answer = wire.put(location, digest, rest, Content_Range=content_range)
    else:
        answer = wire.put(patch(wire, location, rest, 1000).headers["location"], digest)
    check_stored(wire, repository, answer, DATA, algorithm)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("500-1499", 500, 1500),
        ("500-", 500, 2048),
        ("-500", 1548, 2048),
        ("2000-5000", 2000, 2048),
    ],
)
def test_range(wire: Wire, repository: str, read_algorithm: str, asked: str, start: int, end: int) -> None:
    digest = wire.upload(repository, DATA, read_algorithm)
    answer = wire.send("GET", f"/v2/{repository}/blobs/{digest}", Range=f"bytes={asked}")
    assert (answer.status, answer.body) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/2048"


@pytest.mark.feature("ranges")
@pytest.mark.parametrize("asked", ["500-0", "5000-10000"])
def test_range_that_cannot_be(wire: Wire, repository: str, read_algorithm: str, asked: str) -> None:
    digest = wire.upload(repository, DATA, read_algorithm)
    assert wire.send("GET", f"/v2/{repository}/blobs/{digest}", Range=f"bytes={asked}").status == 416


@pytest.mark.parametrize("data", [b"", b"{}"], ids=["empty", "emptyJSON"])
def test_smallest_blobs(wire: Wire, repository: str, algorithm: str, data: bytes) -> None:
    answer = wire.put(wire.start(repository), digest_of(data, algorithm), data)
    check_stored(wire, repository, answer, data, algorithm)


@pytest.mark.feature("single-post")
def test_wrong_digest_in_one_post(wire: Wire, repository: str, algorithm: str) -> None:
    assert wire.send("POST", f"/v2/{repository}/blobs/uploads/?digest={bad(algorithm)}", DATA).status == 400


@pytest.mark.parametrize("way", ["put", "chunked", "chunk-in-put", "stream"])
def test_wrong_digest(wire: Wire, repository: str, way: str) -> None:
    location, data = wire.start(repository), b""
    if way == "put":
        data = DATA
    elif way == "stream":
        location = wire.send("PATCH", location, chunks(DATA)).headers["location"]
    else:
        location = send_chunks(wire, location, DATA[:1000] if way == "chunk-in-put" else DATA)
        data = DATA[1000:] if way == "chunk-in-put" else b""
    headers = {"Content_Range": f"1000-{len(DATA) - 1}"} if way == "chunk-in-put" else {}
    assert wire.put(location, bad("sha256"), data, **headers).status == 400
