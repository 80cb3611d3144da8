# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where a lax test registry would hide a client's bug: conditions, ranges of chunks, sessions, types in manifests."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from plain_http import Wire, digest_of
from request_scripts import CONFIG, DATA, OCI, descriptor, encoded, image

from pytest_oci_registry.server import EmbeddedRegistry

Start = Callable[..., EmbeddedRegistry]
DIGEST = digest_of(DATA)
TAG = f'"{DIGEST}"'


@pytest.fixture
def wire(registry_with: Start) -> Wire:
    registry = registry_with()
    for data in (CONFIG, DATA):
        registry.store.put_blob("app", data)
    return Wire(registry.url)


@pytest.mark.parametrize(("condition", "status"), [
    (TAG, 304), (f'"x", {TAG}', 304), (f"W/{TAG}", 304), (f'"x",W/{TAG}', 304), ("*", 304),
    ('"x"', 200), ('"x", "y"', 200), (DIGEST, 200), ("", 200)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_if_none_match_of_a_blob(wire: Wire, method: str, condition: str, status: int) -> None:
    assert wire.send(method, f"/v2/app/blobs/{DIGEST}", If_None_Match=condition).status == status


@pytest.mark.parametrize(("form", "status"), [('"{}"', 304), ('"x", W/"{}"', 304), ("*", 304), ('"x"', 200)])
def test_if_none_match_of_a_manifest(wire: Wire, form: str, status: int) -> None:
    body = encoded(image())
    wire.send("PUT", "/v2/app/manifests/1", body, Content_Type=OCI)
    assert wire.send("GET", "/v2/app/manifests/1", If_None_Match=form.format(digest_of(body))).status == status


@pytest.mark.parametrize(("condition", "status"), [
    (TAG, 206), (f"W/{TAG}", 200), ('"x"', 200), ("Sat, 28 Nov 2026 10:00:00 GMT", 200), (DIGEST, 200)])
def test_if_range(wire: Wire, condition: str, status: int) -> None:
    answer = wire.send("GET", f"/v2/app/blobs/{DIGEST}", Range="bytes=0-9", If_Range=condition)
    assert (answer.status, len(answer.body)) == (status, 10 if status == 206 else len(DATA))


def test_if_match(wire: Wire) -> None:
    statuses = [wire.send("GET", f"/v2/app/blobs/{DIGEST}", If_Match=tag).status for tag in (TAG, "*", '"x"')]
    assert statuses == [200, 200, 412]


@pytest.mark.parametrize(("given", "status"), [("0-99", 202), ("0-98", 400), ("0-100", 400), ("1-100", 416)])
def test_the_range_of_a_chunk_is_that_of_its_body(wire: Wire, given: str, status: int) -> None:
    assert wire.send("PATCH", wire.start("app"), DATA[:100], Content_Range=given).status == status


def test_a_put_without_digest_keeps_the_session(wire: Wire) -> None:
    location = wire.start("new")
    assert wire.send("PUT", location, DATA).code == "DIGEST_INVALID"
    assert wire.put(location, DIGEST, DATA).status == 201


def read_halfway(url: str, location: str, digest: str) -> socket.socket:
    """A PUT of DATA that has sent half of its body, and waits."""
    host, port = url.rpartition("/")[2].split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    path = location[len(url):]
    head = f"PUT {path}?digest={digest} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(DATA)}\r\n\r\n"
    connection.sendall(head.encode() + DATA[:1000])
    return connection


def test_two_puts_of_one_session_do_not_spoil_each_other(wire: Wire, registry_with: Start) -> None:
    registry = registry_with()
    wire = Wire(registry.url)
    location = wire.start("app")
    with read_halfway(registry.url, location, DIGEST) as slow:
        wait_for_range(wire, location, "0-999")
        assert wire.put(location, DIGEST, DATA).status == 201
        slow.sendall(DATA[1000:])
        assert slow.recv(100).startswith(b"HTTP/1.1 201")
    assert registry.store.blob("app", DIGEST) == DATA


def wait_for_range(wire: Wire, location: str, arrived: str) -> None:
    end = time.monotonic() + 20
    while wire.send("GET", location).headers["range"] != arrived:
        assert time.monotonic() < end, "the first half never arrived"


@pytest.mark.parametrize(("setting", "statuses"), [(False, [200, 200]), (True, [200, 404]), ("required", [404, 404])])
def test_a_strict_accept(registry_with: Start, setting: Any, statuses: list[int]) -> None:
    registry = registry_with(strict_accept=setting)
    registry.store.put_manifest("app", encoded(image()), OCI, "1")
    wire = Wire(registry.url)
    path = "/v2/app/manifests/1"
    assert [wire.send("GET", path).status, wire.send("GET", path, Accept="text/html").status] == statuses
    assert wire.send("GET", path, Accept=f"text/html, {OCI}").status == 200


def test_referrers_come_in_pages(registry_with: Start) -> None:
    registry = registry_with(page_size=2)
    subject = registry.store.put_manifest("app", encoded(image()), OCI, "1")
    for number in range(5):
        kind = "application/x" if number else "application/y"
        described = {**descriptor(b"", OCI), "digest": subject}
        body = image(subject=described, artifactType=kind, annotations={"n": f"{number}"})
        registry.store.put_manifest("app", encoded(body), OCI)
    wire, target, found = Wire(registry.url), f"/v2/app/referrers/{subject}?artifactType=application%2Fx", []
    for _page in range(2):
        answer = wire.send("GET", target)
        found += [item["annotations"]["n"] for item in answer.json()["manifests"]]
        target = answer.headers.get("link", "<>").partition("<")[2].partition(">")[0]
    assert (sorted(found), target) == (["1", "2", "3", "4"], "")


def test_a_request_in_absolute_form(wire: Wire) -> None:
    connection = wire.connection()
    connection.request("GET", f"{wire.url}/v2/app/blobs/{DIGEST}?x=1")
    assert connection.getresponse().read() == DATA
    connection.close()


WRONG = {
    "size as text": {"config": {**image()["config"], "size": "2"}},
    "size as bool": {"config": {**image()["config"], "size": True}},
    "size with a fraction": {"config": {**image()["config"], "size": 2.5}},
    "annotations as list": {"annotations": []},
    "annotation as number": {"annotations": {"a": 1}},
    "schemaVersion as bool": {"schemaVersion": True},
    "schemaVersion as text": {"schemaVersion": "2"},
    "layers as object": {"layers": {}},
    "artifactType as number": {"artifactType": 1},
    "subject as text": {"subject": "x"},
}


@pytest.mark.parametrize("name", list(WRONG))
def test_fields_of_a_wrong_type_are_refused(wire: Wire, name: str) -> None:
    answer = wire.send("PUT", "/v2/app/manifests/1", encoded(image(**WRONG[name])), Content_Type=OCI)
    assert (answer.status, answer.code) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize("body", [
    b"\xef\xbb\xbf" + encoded(image()), json.dumps(image()).encode("utf-16"), encoded(image()) + b"x",
    encoded(image()).replace(b'"size": 2048', b'"size": NaN')])
def test_what_is_not_plain_json_is_refused(wire: Wire, body: bytes) -> None:
    assert wire.send("PUT", "/v2/app/manifests/1", body, Content_Type=OCI).code == "MANIFEST_INVALID"
