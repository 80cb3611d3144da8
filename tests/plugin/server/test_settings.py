# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Each switch of the embedded registry, seen from outside."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plain_http import Wire, digest_of

from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings
from pytest_oci_registry.server.settings import Quirks
from pytest_oci_registry.server.thread import LoopThread, StartError

Start = Callable[..., EmbeddedRegistry]
DATA = random.Random(1).randbytes(20_000)
DIGEST = digest_of(DATA)
IMAGE = "application/vnd.oci.image.manifest.v1+json"


def manifest_of(registry: EmbeddedRegistry, repository: str, **more: Any) -> bytes:
    """The bytes of a manifest whose blobs the repository holds."""
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 2,
        "digest": registry.store.put_blob(repository, b"{}"),
    }
    return json.dumps({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [], **more}).encode()


def put_tag(registry: EmbeddedRegistry, tag: str, **more: Any) -> Any:
    body = manifest_of(registry, "app", **more)
    return Wire(registry.url).send("PUT", f"/v2/app/manifests/{tag}", body, Content_Type=IMAGE)


def test_read_only(registry_with: Start) -> None:
    registry = registry_with(read_only=True)
    registry.store.put_blob("app", DATA)
    wire = Wire(registry.url)
    assert wire.send("GET", f"/v2/app/blobs/{DIGEST}").body == DATA
    answer = wire.send("POST", "/v2/app/blobs/uploads/")
    assert (answer.status, answer.code) == (405, "UNSUPPORTED")
    assert put_tag(registry, "v1").status == 405


def test_deletion_switched_off(registry_with: Start) -> None:
    registry = registry_with(delete=False)
    registry.store.put_blob("app", DATA)
    put_tag(registry, "v1")
    for path in (f"blobs/{DIGEST}", "manifests/v1", f"manifests/{registry.store.tag_digest('app', 'v1')}"):
        assert Wire(registry.url).send("DELETE", f"/v2/app/{path}").status == 405
    assert registry.store.tags("app") == ["v1"]


def test_tag_deletion_switched_off(registry_with: Start) -> None:
    registry = registry_with(tag_delete=False)
    put_tag(registry, "v1")
    answer = Wire(registry.url).send("DELETE", "/v2/app/manifests/v1")
    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    digest = registry.store.tag_digest("app", "v1")
    assert Wire(registry.url).send("DELETE", f"/v2/app/manifests/{digest}").status == 202
    assert registry.store.tags("app") == []


def test_immutable_tags(registry_with: Start) -> None:
    registry = registry_with(immutable_tags=True)
    assert put_tag(registry, "v1").status == 201
    assert put_tag(registry, "v1").status == 201
    answer = put_tag(registry, "v1", annotations={"a": "b"})
    assert (answer.status, answer.code) == (400, "TAG_INVALID")


def test_minimum_chunk(registry_with: Start) -> None:
    wire = Wire(registry_with(min_chunk=1000).url)
    started = wire.send("POST", "/v2/app/blobs/uploads/")
    assert started.headers["oci-chunk-min-length"] == "1000"
    small = wire.send("PATCH", started.headers["location"], DATA[:999], Content_Range="0-998")
    assert small.status == 202
    assert (
        wire.send("PATCH", small.headers["location"], DATA[999:], Content_Range=f"999-{len(DATA) - 1}").code
        == "SIZE_INVALID"
    )


def answered(registry: EmbeddedRegistry, request: str, header: str, body: bytes = b"") -> bytes:
    """The beginning of the answer to a request whose body has not ended."""
    with socket.create_connection((registry.host, registry.port), timeout=10) as sock:
        sock.sendall(f"{request} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode() + body)
        return sock.recv(1000)


def test_a_body_that_is_too_big_is_413_at_once(registry_with: Start) -> None:
    registry = registry_with(max_body=10_000)
    location = Wire(registry.url).start("app")
    path = location[len(registry.url) :]
    assert b" 413 " in answered(registry, f"PUT {path}?digest={DIGEST}", "Content-Length: 20000")
    assert Wire(registry.url).put(location, digest_of(b"x"), b"x").status == 201


def test_a_stream_that_is_too_big_is_413(registry_with: Start) -> None:
    registry = registry_with(max_body=10_000)
    path = Wire(registry.url).start("app")[len(registry.url) :]
    chunk = b"2ee0\r\n" + b"x" * 12000 + b"\r\n"
    assert b" 413 " in answered(registry, f"PATCH {path}", "Transfer-Encoding: chunked", chunk)


def test_a_manifest_that_is_too_big_is_413(registry_with: Start) -> None:
    registry = registry_with(max_manifest=1000)
    assert put_tag(registry, "v1", annotations={"a": "x" * 2000}).status == 413


@pytest.mark.parametrize(
    ("locations", "expected"),
    [
        ("absolute", "http://127.0.0.1:{port}/v2/app/"),
        ("relative", "/v2/app/"),
        ("mangled", "http://127.0.0.1/v2/app/"),
    ],
)
def test_locations(registry_with: Start, locations: str, expected: str) -> None:
    registry = registry_with(locations=locations)
    assert Wire(registry.url).start("app").startswith(expected.format(port=registry.port))


def test_a_mangled_location_says_http_where_https_is_meant(registry_with: Start) -> None:
    registry = registry_with(locations="mangled", tls=True)
    assert Wire(registry.url, ca_file=registry.ca_file).start("app").startswith("http://127.0.0.1/v2/")


def test_a_folder_outlives_the_registry(tmp_path: Path) -> None:
    settings = ServerSettings(folder=tmp_path, spool_size=1000)
    with EmbeddedRegistry(settings) as registry:
        Wire(registry.url).upload("team/app", DATA)
        registry.store.put_manifest("team/app", manifest_of(registry, "team/app"), IMAGE, "v1")
        digest = registry.store.tag_digest("team/app", "v1")
    with EmbeddedRegistry(settings) as registry:
        wire = Wire(registry.url)
        assert wire.send("GET", f"/v2/team/app/blobs/{DIGEST}").body == DATA
        assert wire.send("HEAD", "/v2/team/app/manifests/v1").headers["docker-content-digest"] == digest
        assert wire.send("DELETE", "/v2/team/app/manifests/v1").status == 202
    with EmbeddedRegistry(settings) as registry:
        assert registry.store.tags("team/app") == []


def test_page_size_of_the_registry(registry_with: Start) -> None:
    registry = registry_with(page_size=2, page_limit=3)
    for name in "abcd":
        registry.store.create(name)
    wire = Wire(registry.url)
    assert wire.send("GET", "/v2/_catalog").json() == {"repositories": ["a", "b"]}
    answer = wire.send("GET", "/v2/_catalog?n=4")
    assert (answer.status, answer.code) == (400, "PAGINATION_NUMBER_INVALID")


def test_opaque_cursors(registry_with: Start) -> None:
    registry = registry_with(opaque_cursors=True)
    for name in "abc":
        registry.store.create(name)
    wire = Wire(registry.url)
    answer = wire.send("GET", "/v2/_catalog?n=2")
    link = answer.headers["link"]
    assert ("last=" in link, "next_page=" in link) == (False, True)
    assert wire.send("GET", link[1 : link.index(">")]).json() == {"repositories": ["c"]}
    assert wire.send("GET", "/v2/_catalog?n=2&next_page=%F0%9F").status == 400


def test_switches_that_take_an_endpoint_away(registry_with: Start) -> None:
    wire = Wire(registry_with(catalog=False, referrers=False, sha512=False).url)
    assert wire.send("GET", "/v2/_catalog").status == 404
    assert wire.send("GET", f"/v2/app/referrers/{DIGEST}").status == 404
    assert wire.put(wire.start("app"), digest_of(DATA, "sha512"), DATA).code == "DIGEST_INVALID"


def test_repositories_that_must_exist(registry_with: Start) -> None:
    registry = registry_with(autocreate=False)
    assert Wire(registry.url).send("POST", "/v2/app/blobs/uploads/").code == "NAME_UNKNOWN"
    registry.store.create("app")
    assert Wire(registry.url).start("app")


@pytest.mark.parametrize(
    ("settings", "source", "status"),
    [
        ({}, "&from=base", 201),
        ({}, "", 201),
        ({"mount": False}, "&from=base", 202),
        ({"anonymous_mount": False}, "", 202),
    ],
)
def test_mounts(registry_with: Start, settings: dict[str, bool], source: str, status: int) -> None:
    registry = registry_with(**settings)
    registry.store.put_blob("base", DATA)
    assert Wire(registry.url).send("POST", f"/v2/app/blobs/uploads/?mount={DIGEST}{source}").status == status


@pytest.mark.parametrize(("accept", "status"), [(IMAGE, 200), ("*/*", 200), (None, 200), ("application/json", 404)])
def test_strict_accept(registry_with: Start, accept: str | None, status: int) -> None:
    registry = registry_with(strict_accept=True)
    put_tag(registry, "v1")
    headers = {} if accept is None else {"Accept": accept}
    assert Wire(registry.url).send("GET", "/v2/app/manifests/v1", **headers).status == status


def test_warnings(registry_with: Start) -> None:
    wire = Wire(registry_with(warnings=("this registry closes tomorrow",)).url)
    assert wire.send("GET", "/v2/").headers["warning"] == '299 - "this registry closes tomorrow"'


def cut_patch(registry: EmbeddedRegistry, location: str) -> None:
    """A PATCH that dies after 12000 of 20000 bytes, and has been noticed."""
    with registry.fail("upload_patch", reset_after=12_000) as rule, pytest.raises(ConnectionError):
        Wire(registry.url).send("PATCH", location, DATA)
    assert rule.hits == 1


def test_a_cut_upload_goes_on(registry_with: Start) -> None:
    registry = registry_with()
    wire = Wire(registry.url)
    location = wire.start("app")
    cut_patch(registry, location)
    status = wire.send("GET", location)
    assert (status.status, status.headers["range"]) == (204, "0-11999")
    answer = wire.send("PATCH", status.headers["location"], DATA[12_000:], Content_Range="12000-19999")
    assert wire.put(answer.headers["location"], DIGEST).status == 201


def test_a_cut_upload_is_lost_where_uploads_cannot_resume(registry_with: Start) -> None:
    registry = registry_with(resumable=False)
    location = Wire(registry.url).start("app")
    cut_patch(registry, location)
    assert Wire(registry.url).send("GET", location).status == 404


def test_a_head_may_be_redirected_too(registry_with: Start) -> None:
    registry = registry_with(cdn=True, cdn_head=True)
    registry.store.put_blob("app", DATA)
    answer = Wire(registry.url).send("HEAD", f"/v2/app/blobs/{DIGEST}")
    assert (answer.status, answer.headers["location"].startswith(registry.cdn_url)) == (307, True)


@pytest.mark.parametrize(("checked", "status"), [(True, 404), (False, 201)])
def test_manifests_whose_blobs_are_absent(registry_with: Start, checked: bool, status: int) -> None:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": DIGEST, "size": len(DATA)}
    assert put_tag(registry_with(check_references=checked), "v1", layers=[layer]).status == status


def test_a_habit_of_ones_own_beside_a_personality(registry_with: Start) -> None:
    wire = Wire(registry_with(personality="nexus", quirks=Quirks(missing_status=410)).url)
    assert wire.send("GET", "/v2/app/manifests/1").status == 410


def test_blobs_through_a_second_origin(registry_with: Start) -> None:
    registry = registry_with(cdn=True)
    registry.store.put_blob("app", DATA)
    wire, path = Wire(registry.url), f"/v2/app/blobs/{DIGEST}"
    assert wire.send("HEAD", path).status == 200
    answer = wire.send("GET", path)
    assert (answer.status, answer.headers["location"].startswith(registry.cdn_url)) == (307, True)
    away = Wire(registry.cdn_url)
    assert away.send("GET", answer.headers["location"]).body == DATA
    assert away.send("HEAD", answer.headers["location"]).status == 403
    assert away.send("GET", answer.headers["location"], Authorization="Basic x").status == 400
    assert away.send("GET", f"/cdn/v2/app/blobs/{DIGEST}").status == 403
    assert [entry.header("Authorization") for entry in registry.requests.filter(server="cdn")].count("Basic x") == 1


def test_a_start_that_fails_raises_in_the_caller() -> None:
    before = set(threading.enumerate())  # registries of a session may be running
    with EmbeddedRegistry() as registry, pytest.raises(OSError):
        EmbeddedRegistry(ServerSettings(port=registry.port)).start()
    assert set(threading.enumerate()) <= before


def test_a_thread_that_does_not_answer_is_an_error() -> None:
    import asyncio

    thread = LoopThread("oci-registry", timeout=0.05)
    with pytest.raises(StartError, match="did not answer within"):
        thread.run(asyncio.sleep(5))
    thread.stop()


def test_reset_forgets_everything(registry_with: Start) -> None:
    registry = registry_with(auth=("token", "u", "p"))
    registry.store.put_blob("app", DATA)
    registry.fail("ping", status=500)
    registry.reset()
    assert (registry.store.repositories(), list(registry.rules), len(registry.requests)) == ([], [], 0)
    registry.store.put_blob("app", os.urandom(5_000_000))
    assert registry.store.repositories() == ["app"]


@pytest.mark.parametrize(
    "settings", [{"auth": "u:p"}, {"auth": ("digest", "u", "p")}, {"locations": "left"}, {"personality": "ecrr"}]
)
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ServerSettings(**settings)


def test_the_store_hands_out_what_it_was_given(registry_with: Start) -> None:
    store = registry_with().store
    digest = store.put_blob("app", DATA)
    with pytest.raises(ValueError, match="these bytes are"):
        store.put_blob("app", DATA, digest_of(b"other"))
    kept = store.put_manifest("app", b'{"schemaVersion": 2, "config": {"digest": "%s"}}' % digest.encode(), IMAGE, "v1")
    manifest = store.manifest("app", "v1")
    assert manifest is not None
    assert (manifest.digest, manifest.media_type, manifest.blobs) == (kept, IMAGE, (digest,))
    store.tag("app", "v2", kept)
    assert (store.tags("app"), store.blob("app", digest), store.blobs("app")) == (["v1", "v2"], DATA, [digest])


def test_the_log_tells_what_happened(registry_with: Start) -> None:
    registry = registry_with()
    wire = Wire(registry.url)
    wire.upload("app", DATA)
    wire.send("GET", f"/v2/app/blobs/{DIGEST}")
    log = registry.requests
    assert [(entry.operation, entry.status) for entry in log] == [
        ("upload_start", 202),
        ("upload_put", 201),
        ("blob_get", 200),
    ]
    assert (log[1].body_size, log[2].answer_size, log[2].reference, log[2].repository) == (
        20_000,
        20_000,
        DIGEST,
        "app",
    )
    assert (len(log.writes), log.connections, len(log.filter(operation=("upload_put", "blob_get")))) == (2, 3, 2)
    assert log[0].header("host") == registry.netloc
    with pytest.raises(ValueError, match="no field"):
        log.filter(opreation="x")
    log.clear()
    assert (list(log), log.writes, str(log)) == ([], [], "no request")


def test_connections_are_counted(registry_with: Start) -> None:
    registry = registry_with()
    connection = Wire(registry.url).connection()
    for _number in range(3):
        connection.request("GET", "/v2/")
        connection.getresponse().read()
    connection.close()
    Wire(registry.url).send("GET", "/v2/")
    assert (len(registry.requests), registry.requests.connections) == (4, 2)
