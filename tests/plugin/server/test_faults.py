# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Each fault as a client sees it, judged by plain HTTP: on the embedded registry, and through the proxy before
docker-registry.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

import pytest
from judged_servers import DATA, DIGEST, RESET, Server, blob
from plain_http import Wire, digest_of

from pytest_oci_registry.faults import fault_of, size_of
from pytest_oci_registry.server import EmbeddedRegistry


def push_manifest(wire: Wire, repository: str, tag: str = "v1") -> int:
    config = wire.upload(repository, b"{}")
    kind = "application/vnd.oci.image.manifest.v1+json"
    descriptor = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": config}
    document = {"schemaVersion": 2, "mediaType": kind, "config": descriptor, "layers": []}
    return wire.send(
        "PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(document).encode(), Content_Type=kind
    ).status


def test_a_status_once_with_its_words(wire: Wire, server: Server) -> None:
    rule = server.fail("ping", status=429, retry_after=7, code="TOOMANYREQUESTS", message="slow down")
    answer = wire.send("GET", "/v2/")
    assert (answer.status, answer.headers["retry-after"], answer.code) == (429, "7", "TOOMANYREQUESTS")
    assert "slow down" in answer.body.decode()
    assert wire.send("GET", "/v2/").status == 200
    assert (rule.hits, rule.requests[0].status, server.requests[0].fault) == (1, 429, str(rule.fault))


def test_retry_after_as_a_date(wire: Wire, server: Server) -> None:
    server.fail("ping", status=503, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    assert wire.send("GET", "/v2/").headers["retry-after"] == "Wed, 21 Oct 2026 07:28:00 GMT"


def test_times_and_after(wire: Wire, server: Server) -> None:
    server.fail("ping", status=500, after=1, times=2)
    assert [wire.send("GET", "/v2/").status for _number in range(5)] == [200, 500, 500, 200, 200]


def test_always(wire: Wire, server: Server) -> None:
    server.fail("ping", status=500, times=None)
    assert [wire.send("GET", "/v2/").status for _number in range(4)] == [500] * 4


def test_rules_happen_one_after_the_other(wire: Wire, server: Server) -> None:
    server.fail("ping", status=500)
    server.fail("ping", status=502)
    assert [wire.send("GET", "/v2/").status for _number in range(3)] == [500, 502, 200]


def test_a_rule_ends_with_its_block(wire: Wire, server: Server) -> None:
    with server.fail("ping", status=500, times=None) as rule:
        assert wire.send("GET", "/v2/").status == 500
    assert (wire.send("GET", "/v2/").status, rule.hits) == (200, 1)


def test_rules_for_one_repository_or_reference(wire: Wire, server: Server, stored: str) -> None:
    server.fail("blob_head", status=500, times=None, repo="other")
    server.fail("blob_head", status=501, times=None, ref=digest_of(b"other"))
    assert wire.send("HEAD", blob(stored)).status == 200
    server.fail("blob_head", status=502, times=None, repo=stored, ref=DIGEST)
    assert wire.send("HEAD", blob(stored)).status == 502


def test_a_status_on_an_upload_reads_the_body_first(wire: Wire, server: Server, repository: str) -> None:
    location = wire.start(repository)
    server.fail("upload_put", status=503)
    assert wire.put(location, DIGEST, DATA).status == 503
    assert server.requests[-1].body_size == len(DATA)
    assert wire.send("HEAD", blob(repository)).status == 404


def test_reset_before_anything(wire: Wire, server: Server) -> None:
    server.fail("ping", reset_after=0)
    with pytest.raises(RESET):
        wire.send("GET", "/v2/")
    assert (server.requests[-1].status, wire.send("GET", "/v2/").status) == (None, 200)


@pytest.mark.parametrize("operation", ["upload_patch", "upload_put"])
def test_reset_in_the_body(wire: Wire, server: Server, repository: str, operation: str) -> None:
    location = wire.start(repository)
    server.fail(operation, reset_after="64KiB")
    method, query = ("PATCH", "") if operation == "upload_patch" else ("PUT", f"digest={DIGEST}")
    with pytest.raises(RESET):
        wire.send(method, f"{location}{'&' if '?' in location else '?'}{query}", DATA)
    assert server.requests[-1].body_size >= 65536
    assert wire.send("HEAD", blob(repository)).status == 404


def test_reset_in_the_answer(wire: Wire, server: Server, stored: str) -> None:
    server.fail("blob_get", reset_after=1000)
    connection = wire.connection()
    connection.request("GET", blob(stored))
    answer = connection.getresponse()
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        answer.read()
    connection.close()


def test_a_lost_answer_to_a_blob(wire: Wire, server: Server, repository: str) -> None:
    location = wire.start(repository)
    server.fail("upload_put", lose_answer=True)
    with pytest.raises(RESET):
        wire.put(location, DIGEST, DATA)
    assert wire.send("HEAD", blob(repository)).status == 200


def test_a_lost_answer_to_a_manifest(wire: Wire, server: Server, repository: str) -> None:
    server.fail("manifest_put", lose_answer=True)
    with pytest.raises(RESET):
        push_manifest(wire, repository)
    accept = "application/vnd.oci.image.manifest.v1+json"
    assert wire.send("HEAD", f"/v2/{repository}/manifests/v1", Accept=accept).status == 200


@pytest.mark.parametrize(("truncate", "expected"), [(0.5, 150_000), (1000, 1000), (0, 0)])
def test_a_truncated_blob(wire: Wire, server: Server, stored: str, truncate: float, expected: int) -> None:
    server.fail("blob_get", truncate=truncate)
    with pytest.raises(http.client.IncompleteRead) as caught:
        wire.send("GET", blob(stored))
    assert len(caught.value.partial) == expected
    assert wire.send("GET", blob(stored)).body == DATA


def test_a_corrupt_blob(wire: Wire, server: Server, stored: str) -> None:
    server.fail("blob_get", corrupt=True)
    spoiled = wire.send("GET", blob(stored)).body
    assert (len(spoiled), spoiled == DATA, spoiled[1:] == DATA[1:]) == (len(DATA), False, True)


def test_a_wrong_digest_header(wire: Wire, server: Server, repository: str) -> None:
    push_manifest(wire, repository)
    server.fail("manifest_head", wrong_digest=True)
    path, accept = f"/v2/{repository}/manifests/v1", "application/vnd.oci.image.manifest.v1+json"
    wrong = wire.send("HEAD", path, Accept=accept).headers["docker-content-digest"]
    right = wire.send("HEAD", path, Accept=accept).headers["docker-content-digest"]
    assert wrong != right == digest_of(wire.send("GET", path, Accept=accept).body)


def test_redirect_to_another_registry(wire: Wire, server: Server, stored: str) -> None:
    with EmbeddedRegistry() as other:
        server.redirect("blob_get", to=other, status=302)
        answer = wire.send("GET", blob(stored) + "?a=b")
        assert (answer.status, answer.headers["location"]) == (302, f"{other.url}{blob(stored)}?a=b")


def test_forget_uploads(wire: Wire, server: Server, repository: str) -> None:
    location = wire.start(repository)
    assert server.forget_uploads() == 1
    answer = wire.put(location, DIGEST, DATA)
    assert (answer.status, answer.code) == (404, "BLOB_UPLOAD_UNKNOWN")
    assert wire.put(wire.start(repository), DIGEST, DATA).status == 201


def test_forget_a_blob(wire: Wire, server: Server, stored: str) -> None:
    server.forget_blob(stored, DIGEST)
    assert [wire.send(method, blob(stored)).status for method in ("HEAD", "GET")] == [404, 404]


def test_lie_about_a_blob(wire: Wire, server: Server, stored: str) -> None:
    server.lie_about(stored, DIGEST)
    assert wire.send("HEAD", blob(stored)).status == 200
    with pytest.raises(http.client.IncompleteRead):
        wire.send("GET", blob(stored))
    with pytest.raises(http.client.IncompleteRead) as caught:
        wire.send("GET", blob(stored), Range="bytes=0-0")
    assert caught.value.partial == b""


def test_a_lie_ends_with_a_new_upload() -> None:
    with EmbeddedRegistry() as registry:
        wire = Wire(registry.url)
        wire.upload("app", DATA)
        registry.lie_about("app", DIGEST)
        mounted = wire.send("POST", f"/v2/copy/blobs/uploads/?mount={DIGEST}&from=app")
        assert (mounted.status, registry.store.is_lie("copy", DIGEST)) == (201, True)
        wire.upload("app", DATA)
        assert wire.send("GET", blob("app")).body == DATA


def status_of(connection: http.client.HTTPConnection) -> int:
    connection.request("GET", "/v2/")
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_down_and_up_again_on_the_same_port(wire: Wire, server: Server) -> None:
    port, open_connection = server.port, wire.connection()
    assert status_of(open_connection) == 200
    server.down()
    with pytest.raises(ConnectionRefusedError):
        wire.send("GET", "/v2/")
    with pytest.raises((http.client.RemoteDisconnected, *RESET)):
        status_of(open_connection)
    with socket.socket() as thief, pytest.raises(OSError):
        thief.bind((server.host, port))
    server.up()
    assert (wire.send("GET", "/v2/").status, server.port) == (200, port)


def outcomes(wire: Wire, count: int) -> Iterator[str]:
    for _number in range(count):
        try:
            yield str(wire.send("GET", "/v2/").status)
        except ConnectionError:
            yield "reset"
        except http.client.IncompleteRead:
            yield "cut"


def test_chaos_is_the_same_for_the_same_seed(wire: Wire, server: Server) -> None:
    first = server.chaos(p=0.3, seed=7)
    seen = list(outcomes(wire, 60))
    server.rules.clear()
    second = server.chaos(p=0.3, seed=7)
    assert list(outcomes(wire, 60)) == seen
    assert (first.injected, second.injected) == (second.injected, first.injected)
    assert 8 <= first.injected <= 30
    assert {"200", "reset"} < set(seen)


def test_unused_rules(wire: Wire, server: Server) -> None:
    used, half, unused = (server.fail("ping", status=500, times=times) for times in (1, 3, 1))
    for _number in range(2):
        wire.send("GET", "/v2/")
    assert server.unused_rules() == [half, unused]
    assert used.hits == 1


def test_rules_and_log_over_http(wire: Wire, server: Server) -> None:
    rule = {"operation": "ping", "status": 418, "times": 2}
    assert wire.send("POST", "/_oci/rules", json.dumps(rule).encode()).status == 201
    assert wire.send("GET", "/v2/").status == 418
    assert [item["hits"] for item in wire.send("GET", "/_oci/rules").json()] == [1]
    assert wire.send("DELETE", "/_oci/rules").status == 204
    assert wire.send("GET", "/v2/", Authorization="Basic c2VjcmV0").status == 200
    entries = wire.send("GET", "/_oci/requests").json()
    assert [entry["status"] for entry in entries] == [418, 200]
    assert ["Authorization", "Basic ***"] in entries[1]["headers"]
    assert wire.send("GET", "/_oci/requests?writes=1").json() == []
    wire.send("DELETE", "/_oci/requests")
    assert len(server.requests) == 0


@pytest.mark.parametrize(
    "rule", [b"{", b'{"operation": "pong", "status": 500}', b'{"status": 500, "x": 1}', b"[]", b"{}"]
)
def test_what_is_no_rule(wire: Wire, rule: bytes) -> None:
    assert wire.send("POST", "/_oci/rules", rule).status == 400


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"operation": "upload_pach", "status": 500}, "did you mean 'upload_patch'"),
        ({"operation": "ping"}, "does nothing"),
        ({"operation": "ping", "statsu": 500}, "did you mean 'status'"),
        ({"operation": "ping", "reset_after": "64 parsec"}, "no size"),
        ({"operation": "ping", "early": True}, "give its status"),
    ],
)
def test_nonsense_is_refused_with_a_hint(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        EmbeddedRegistry().fail(**arguments)  # type: ignore[arg-type]


def test_sizes_and_defaults() -> None:
    assert [size_of(value) for value in (7, "7", "64KiB", "1 MB", "1.5kb")] == [7, 7, 65536, 10**6, 1500]
    assert fault_of({"retry_after": 1}).status == 429
