# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Answers that come too early, and servers that are slow or say nothing at all."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest
from judged_servers import DATA, DIGEST, RESET, Server, blob
from plain_http import Wire

from pytest_oci_registry.server import EmbeddedRegistry


def send_much(sock: socket.socket) -> None:
    """Send up to 100 MB."""
    for _number in range(1000):
        sock.sendall(b"x" * 100_000)


def endless_put(server: Server, location: str, size: int) -> socket.socket:
    """Send the head of a PUT that announces `size` bytes."""
    sock = socket.create_connection((server.host, server.port), timeout=10)
    path = location[len(server.url) :] if location.startswith("http") else location
    mark = "&" if "?" in path else "?"
    head = f"PUT {path}{mark}digest={DIGEST} HTTP/1.1\r\nHost: {server.netloc}\r\nContent-Length: {size}\r\n\r\n"
    sock.sendall(head.encode())
    return sock


def status_line(sock: socket.socket) -> bytes:
    received = b""
    while b"\r\n" not in received:
        received += sock.recv(1000)
    return received.partition(b"\r\n")[0]


def test_an_early_answer_whose_body_is_read_on(wire: Wire, server: Server, repository: str) -> None:
    server.fail("upload_put", status=503, early=True, after_bytes=1000, then="drain")
    sock = endless_put(server, wire.start(repository), 3_000_000)
    sock.sendall(b"x" * 1000)
    assert b" 503 " in status_line(sock)
    sock.sendall(b"x" * 2_999_000)
    sock.sendall(f"GET /v2/ HTTP/1.1\r\nHost: {server.netloc}\r\n\r\n".encode())
    sock.settimeout(10)
    received = b""
    while b"200 OK" not in received:
        received += sock.recv(1000)
    assert server.requests.filter(operation="upload_put")[0].body_size == 3_000_000
    sock.close()


def test_an_early_answer_that_closes(wire: Wire, server: Server, repository: str) -> None:
    server.fail("upload_put", status=413, early=True, after_bytes=1000, then="close")
    sock = endless_put(server, wire.start(repository), 100_000_000)
    sock.sendall(b"x" * 1000)
    assert b" 413 " in status_line(sock)
    with pytest.raises(RESET):
        send_much(sock)
    sock.close()


def test_an_early_answer_that_stops_reading(wire: Wire, server: Server, repository: str) -> None:
    server.fail("upload_put", status=401, early=True, after_bytes=0, then="stall")
    sock = endless_put(server, wire.start(repository), 100_000_000)
    assert b" 401 " in status_line(sock)
    sock.settimeout(0.5)
    with pytest.raises(socket.timeout):
        send_much(sock)
    sock.close()


def test_a_stall_that_reads_nothing(wire: Wire, server: Server, repository: str) -> None:
    server.stall("upload_put")
    sock = endless_put(server, wire.start(repository), 100_000_000)
    sock.settimeout(0.5)
    with pytest.raises(socket.timeout):
        send_much(sock)
    sock.close()


def test_a_stall_that_reads_and_says_nothing(wire: Wire, server: Server, repository: str) -> None:
    rule = server.stall("upload_put", reading=True)
    sock = endless_put(server, wire.start(repository), 3_000_000)
    sock.sendall(b"x" * 3_000_000)
    sock.settimeout(0.3)
    with pytest.raises(socket.timeout):
        sock.recv(1)
    assert (rule.hits, rule.requests[0].body_size, rule.requests[0].status) == (1, 3_000_000, None)
    sock.close()


def test_a_stall_in_the_answer(wire: Wire, server: Server, stored: str) -> None:
    server.stall("blob_get", after_bytes=1000)
    connection = wire.connection()
    connection.timeout = 0.5
    connection.request("GET", blob(stored))
    answer = connection.getresponse()
    assert len(answer.read(1000)) == 1000
    with pytest.raises(socket.timeout):
        answer.read(1)
    connection.close()


def test_a_stall_without_bodies(wire: Wire, server: Server) -> None:
    server.stall("ping")
    connection = wire.connection()
    connection.timeout = 0.3
    connection.request("GET", "/v2/")
    with pytest.raises(socket.timeout):
        connection.getresponse()
    connection.close()


def seconds_of(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def test_stopping_does_not_wait_for_stalled_requests(wire: Wire, server: Server) -> None:
    server.stall("*", times=None)
    connections = [wire.connection() for _number in range(3)]
    for connection in connections:
        connection.request("POST", "/v2/app/blobs/uploads/", b"body")
    deadline = time.monotonic() + 10
    while len(server.requests) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (seconds_of(server.stop) < 2, len(server.requests)) == (True, 3)
    for connection in connections:
        connection.close()


def test_slow_by_seconds(wire: Wire, server: Server) -> None:
    rule = server.slow("ping", seconds=0.3)
    assert seconds_of(lambda: wire.send("GET", "/v2/")) >= 0.3
    assert (seconds_of(lambda: wire.send("GET", "/v2/")) >= 0.3, rule.hits) == (True, 2)


def test_slow_upload_and_download(wire: Wire, server: Server, repository: str) -> None:
    server.slow(("upload_put", "blob_get"), bytes_per_second=600_000)
    location = wire.start(repository)
    assert 0.4 <= seconds_of(lambda: wire.put(location, DIGEST, DATA)) < 3
    assert 0.4 <= seconds_of(lambda: wire.send("GET", blob(repository))) < 3
    assert wire.send("HEAD", blob(repository)).status == 200


def test_slow_and_failing_at_once(wire: Wire, server: Server) -> None:
    server.slow("ping", seconds=0.2)
    server.fail("ping", status=500)
    started = time.monotonic()
    assert wire.send("GET", "/v2/").status == 500
    assert time.monotonic() - started >= 0.2


def test_slow_answers_come_while_the_clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedRegistry() as registry, registry.slow("ping", seconds=0.05) as rule:
        monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
        assert Wire(registry.url).send("GET", "/v2/").status == 200
    assert rule.hits == 1
