# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Each fault that happens once is survived: the blob is there afterwards, and its bytes are right.

On the embedded registry, and by way of a proxy on Debian's docker-registry.
"""

from __future__ import annotations

import hashlib

import pytest
from debian_registry import debian_registry
from registry_api_v2_client.endpoints.blobs import blob_exists, read_blob
from registry_api_v2_client.endpoints.manifests import put_manifest
from registry_api_v2_client.endpoints.uploads import upload_blob, upload_stream
from registry_api_v2_client.errors import ConnectionFailedError, RefusedError
from registry_api_v2_client.formats.media_types import OCI_INDEX, OCI_MANIFEST
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.transport.request import StreamBody
from scripted import no_wait
from sending import embedded, file_body, layer, talk

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry

DATA = hashlib.shake_256(b"a layer").digest(3_000_000)
DIGEST = digest_of(DATA)
ONCE = [
    {"status": 429, "retry_after": 0}, {"status": 500}, {"status": 502}, {"status": 503}, {"status": 408},
    {"reset_after": 0}, {"reset_after": "64KiB"}, {"lose_answer": True},
]


@pytest.fixture(scope="module", params=["embedded", "docker-registry"])
def registry(request, tmp_path_factory):
    if request.param == "embedded":
        with embedded() as registry:
            yield registry
        return
    with debian_registry(tmp_path_factory.mktemp("registry")) as url, FaultProxy(url) as proxy:
        yield proxy


@pytest.fixture
def repository(request):
    """A name of its own for each test, since docker-registry keeps what it was given."""
    return "app/" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12]


@pytest.fixture(autouse=True)
def clean(registry):
    registry.requests.clear()
    yield
    assert not registry.unused_rules()
    registry.rules.clear()


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "app.tar"
    path.write_bytes(b"before" + DATA + b"behind")
    return file_body(path, 6, len(DATA))


async def pieces():
    for start in range(0, len(DATA), 100_000):
        yield DATA[start:start + 100_000]


def upload(repository, body):
    return lambda send: upload_blob(send, repository, layer(DIGEST, len(DATA)), body)


def is_right(registry, repository):
    return talk(registry.url, lambda send: read_blob(send, repository, DIGEST)) == DATA


@pytest.mark.parametrize("fault", ONCE, ids=str)
@pytest.mark.parametrize("operation", ["blob_head", "upload_start", "upload_put"])
def test_one_fault_in_an_upload_is_survived(registry, body, operation, fault, repository):
    with registry.fail(operation, **fault) as rule:
        talk(registry.url, lambda send: there_or_sent(send, repository, body), sleep=no_wait)
    assert rule.hits == 1 and is_right(registry, repository)


async def there_or_sent(send, repository, body):
    return await blob_exists(send, repository, DIGEST) or await upload(repository, body)(send)


@pytest.mark.parametrize("fault", ONCE, ids=str)
@pytest.mark.parametrize("operation", ["upload_patch", "upload_put"])
def test_one_fault_in_a_stream_is_survived(registry, operation, fault, repository):
    if operation == "upload_put" and fault == {"reset_after": "64KiB"}:
        fault = {"reset_after": 0}  # its body is empty
    with registry.fail(operation, **fault) as rule:
        talk(
            registry.url, lambda send: upload_stream(send, repository, StreamBody(pieces), lambda: DIGEST),
            sleep=no_wait,
        )
    assert rule.hits == 1 and is_right(registry, repository)


@pytest.mark.parametrize("fault", ONCE, ids=str)
def test_one_fault_in_a_chunk_is_survived(registry, body, fault, repository):
    with registry.fail("upload_patch", after=1, **fault) as rule:
        talk(registry.url, upload(repository, body), sleep=no_wait, chunk_size=1_000_000)
    assert rule.hits == 1 and is_right(registry, repository)


def test_a_cut_upload_continues_and_no_byte_is_reported_twice(registry, body, repository):
    told = []
    counted = file_body(body.slice.path, 6, len(DATA), told.append)
    with registry.fail("upload_put", reset_after="1MiB"):
        talk(registry.url, upload(repository, counted), sleep=no_wait)
    puts = [request for request in registry.requests if request.operation == "upload_put"]
    resumes = "Content-Range" in dict(puts[1].headers)  # distribution 2.8 cannot (distribution#3755)
    assert resumes == isinstance(registry, EmbeddedRegistry)
    assert len(puts) == 2 and puts[1].body_size == len(DATA) - (1024 * 1024 if resumes else 0)
    assert sum(told) == len(DATA) and min(told) > 0 and is_right(registry, repository)


def test_a_session_that_the_registry_forgets_starts_again(registry, body, repository):
    with registry.fail("upload_put", status=404, code="BLOB_UPLOAD_UNKNOWN"):
        talk(registry.url, upload(repository, body), sleep=no_wait)
    assert is_right(registry, repository)


@pytest.mark.parametrize("fault", [*ONCE[:6], {"lose_answer": True}, {"wrong_digest": True}], ids=str)
def test_one_fault_in_a_manifest_is_survived(registry, fault, repository):
    data = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    with registry.fail("manifest_put", **fault) as rule:
        stored = talk(registry.url, lambda send: put_manifest(send, repository, "1", data, OCI_INDEX), sleep=no_wait)
    assert rule.hits == 1 and stored.digest == digest_of(data)


def test_a_registry_that_stops_reading_is_given_up_after_timeout(registry, tmp_path, repository):
    large = tmp_path / "large.tar"
    with open(large, "wb") as file:
        file.truncate(64 * 1024 * 1024)
    registry.stall("upload_put", reading=False, after_bytes="64KiB")
    with pytest.raises(ConnectionFailedError, match="took no byte for 1 s while layer 1 was sent") as caught:
        talk(registry.url, lambda send: upload_blob(send, repository, layer(DIGEST, 64 * 1024 * 1024), file_body(large),
                                                    what="layer 1"), timeout=1, retries=0)
    assert caught.value.code == "silent"


def test_a_registry_that_never_answers_is_given_up(registry, repository):
    registry.stall("manifest_put", reading=True)
    with pytest.raises(ConnectionFailedError, match=r"sent no answer for 0\.5 s while manifest app/.* was"):
        talk(
            registry.url, lambda send: put_manifest(send, repository, "1", b"{}", OCI_MANIFEST), timeout=0.5,
            retries=0,
        )


def test_a_slow_registry_that_moves_is_waited_for(registry, body, repository):
    """3 MB at 2 MB/s take longer than the timeout, which counts silence only."""
    registry.slow("upload_put", bytes_per_second=2_000_000, times=1)
    talk(registry.url, upload(repository, body), timeout=0.7)
    assert is_right(registry, repository)


def test_a_registry_that_fails_for_ever_is_given_up_with_the_number_of_tries(registry, body, repository):
    registry.fail("upload_put", status=503, times=3)
    with pytest.raises(RefusedError, match="answered 503 to 3 tries") as caught:
        talk(registry.url, upload(repository, body), sleep=no_wait, retries=2)
    assert caught.value.retryable and caught.value.status == 503
    assert registry.requests[-1].operation == "upload_cancel"
