# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An answer that comes in the middle of a large body is the answer: no broken pipe in its place, and no hang."""

from __future__ import annotations

import time

import pytest
from effort import times
from registry_api_v2_client.endpoints.manifests import put_manifest
from registry_api_v2_client.endpoints.uploads import upload_blob, upload_stream
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.formats.media_types import OCI_MANIFEST
from registry_api_v2_client.settings import Tls
from registry_api_v2_client.transport.request import Request, StreamBody
from sending import certificate_files, embedded, file_body, layer, sparse_file, talk

SIZE = 32 * 1024 * 1024  # several times what fits into the kernel's buffers
TRIES = times(4, 12)
HANG = 60  # seconds after which a transfer that stands still fails; nothing here may wait for that
DIGEST = "sha256:" + "a" * 64


@pytest.fixture(scope="module", params=["plain", "tls"])
def registry(request, tmp_path_factory):
    files = certificate_files(tmp_path_factory.mktemp("tls")) if request.param == "tls" else None
    with embedded(files) as registry:
        yield registry


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return sparse_file(tmp_path_factory.mktemp("large") / "app.tar", SIZE)


@pytest.fixture(params=["drain", "close", "stall"])
def then(request, registry):
    yield request.param
    registry.reset()


async def zeros():
    for _chunk in range(SIZE // 65536):
        yield bytes(65536)


def statuses(registry, call):
    """Return the statuses that so many refused requests were reported with, and the longest time of one in seconds."""
    found, longest = [], 0.0
    for _try in range(TRIES):
        begin = time.monotonic()
        with pytest.raises(RefusedError) as caught:
            talk(registry.url, call, retries=0, timeout=HANG, tls=Tls(validate_certs=False))
        found.append(caught.value.status)
        longest = max(longest, time.monotonic() - begin)
    return found, longest


@pytest.mark.parametrize("status", [401, 404, 413, 500])
def test_a_file_body_ends_with_the_registrys_status(registry, large, then, status):
    registry.fail("upload_put", status=status, early=True, after_bytes="1MiB", then=then, times=None)
    found, longest = statuses(registry, lambda send: upload_blob(send, "app", layer(DIGEST, SIZE), file_body(large)))
    assert found == [status] * TRIES
    assert longest < HANG / 2


@pytest.mark.parametrize("status", [401, 413])
def test_a_stream_ends_with_the_registrys_status(registry, then, status):
    registry.fail("upload_patch", status=status, early=True, after_bytes="256KiB", then=then, times=None)
    found, longest = statuses(registry, lambda send: upload_stream(send, "app", StreamBody(zeros), lambda: DIGEST))
    assert found == [status] * TRIES
    assert longest < HANG / 2


def test_a_large_manifest_ends_with_the_registrys_status(registry, then):
    registry.fail("manifest_put", status=413, early=True, after_bytes="64KiB", then=then, times=None)
    data = b" " * 4_000_000
    found, _longest = statuses(registry, lambda send: put_manifest(send, "app", "1", data, OCI_MANIFEST))
    assert found == [413] * TRIES


def test_the_next_request_after_an_early_answer_gets_its_own(registry, large):
    """aiohttp before 3.10 puts the half-sent connection back into its pool, where the next request hangs."""
    registry.fail("upload_put", status=413, early=True, after_bytes="1MiB", then="drain", times=3)

    async def three_refused_then_one_taken(send):
        for _blob in range(3):
            with pytest.raises(RefusedError):
                await upload_blob(send, "app", layer(DIGEST, SIZE), file_body(large))
        return await send.send(ping)

    ping = Request("ping", "GET", "/v2/", "its API")
    assert talk(registry.url, three_refused_then_one_taken, tls=Tls(validate_certs=False)).status == 200
    registry.reset()
