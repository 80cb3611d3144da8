# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The same calls on registries with the habits of the real ones."""

from __future__ import annotations

import hashlib
import json

import pytest
from registry_api_v2_client.endpoints.blobs import blob_exists, blob_readable, read_blob, stream_blob
from registry_api_v2_client.endpoints.manifests import get_manifest, head_manifest, put_manifest
from registry_api_v2_client.endpoints.results import UploadOutcome
from registry_api_v2_client.endpoints.tags import list_tags
from registry_api_v2_client.endpoints.uploads import upload_blob, upload_stream
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.settings import Login
from registry_api_v2_client.transport.request import StreamBody
from scripted import no_wait
from sending import file_body, talk

from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings, TokenAuth
from pytest_oci_registry.server.personalities import PERSONALITIES

LAYER = hashlib.shake_256(b"layer").digest(12_000_000)
CONFIG = b'{"os":"linux"}'
REPOSITORY = "team/app"
ACCOUNT = TokenAuth("user", "secret")


def descriptor(data, media_type=media_types.OCI_LAYER):
    return Descriptor(media_type, digest_of(data), len(data))


IMAGE = json.dumps({
    "schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST,
    "config": descriptor(CONFIG, media_types.OCI_CONFIG).as_json(), "layers": [descriptor(LAYER).as_json()],
}).encode()


@pytest.fixture(params=sorted(PERSONALITIES))
def registry(request):
    with EmbeddedRegistry(ServerSettings(auth=ACCOUNT, personality=request.param)) as registry:
        for name in (REPOSITORY, "team/other"):
            registry.store.create(name)  # ECR makes none by itself
        yield registry


def logged_in(registry, call, **settings):
    return talk(registry.url, call, sleep=no_wait, login=Login(username="user", password="secret"), **settings)


@pytest.fixture
def pushed(registry, tmp_path):
    path = tmp_path / "layer"
    path.write_bytes(LAYER)

    async def push(send):
        await upload_blob(send, REPOSITORY, descriptor(LAYER), file_body(path))
        await upload_blob(send, REPOSITORY, descriptor(CONFIG, media_types.OCI_CONFIG), CONFIG)
        return await put_manifest(send, REPOSITORY, "1", IMAGE, media_types.OCI_MANIFEST)

    assert logged_in(registry, push).digest == digest_of(IMAGE)
    return registry


def test_what_was_pushed_is_found_and_read(pushed):
    async def read(send):
        found = await head_manifest(send, REPOSITORY, "1")
        manifest = await get_manifest(send, REPOSITORY, "1")
        assert (found.digest, manifest.data) == (digest_of(IMAGE), IMAGE)
        assert await read_blob(send, REPOSITORY, digest_of(CONFIG)) == CONFIG
        assert await blob_readable(send, REPOSITORY, digest_of(LAYER), len(LAYER))
        async with stream_blob(send, REPOSITORY, digest_of(LAYER)) as chunks:
            assert sum([len(chunk) async for chunk in chunks]) == len(LAYER)
        return await list_tags(send, REPOSITORY)

    assert logged_in(pushed, read) == ["1"]


def test_existence_is_known_without_reading(pushed):
    async def look(send):
        return [await blob_exists(send, REPOSITORY, digest) for digest in (digest_of(LAYER), digest_of(b""))]

    there, absent = logged_in(pushed, look)
    assert absent is False
    assert there is (pushed.settings.personality != "no-head")


def test_nothing_is_found_where_nothing_is(registry):
    assert logged_in(registry, lambda send: head_manifest(send, REPOSITORY, "missing")) is None


def test_the_same_manifest_again_is_no_error(pushed):
    """ECR refuses an immutable tag even for the same digest."""
    stored = logged_in(pushed, lambda send: put_manifest(send, REPOSITORY, "1", IMAGE, media_types.OCI_MANIFEST))
    assert stored.digest == digest_of(IMAGE)


def test_a_blob_comes_from_another_repository_or_is_sent(pushed, tmp_path):
    body = file_body(tmp_path / "layer")
    outcome = logged_in(pushed, lambda send: upload_blob(send, "team/other", descriptor(LAYER), body,
                                                         mount_from=REPOSITORY))
    assert outcome in (UploadOutcome.MOUNTED, UploadOutcome.UPLOADED)
    assert logged_in(pushed, lambda send: blob_readable(send, "team/other", digest_of(LAYER), len(LAYER)))


async def pieces():
    for start in range(0, len(LAYER), 1_000_000):
        yield LAYER[start:start + 1_000_000]


def test_a_stream_is_taken(registry):
    digest = digest_of(LAYER)
    logged_in(registry, lambda send: upload_stream(send, REPOSITORY, StreamBody(pieces), lambda: digest))
    assert logged_in(registry, lambda send: blob_readable(send, REPOSITORY, digest, len(LAYER)))


@pytest.mark.parametrize("after", range(6))
def test_a_token_that_ends_in_the_middle_is_renewed(tmp_path, after):
    path = tmp_path / "layer"
    path.write_bytes(LAYER)
    body = file_body(path)
    with EmbeddedRegistry(ServerSettings(auth=ACCOUNT)) as registry:
        with registry.expire_tokens(after=after):
            outcome = logged_in(registry, lambda send: upload_blob(send, REPOSITORY, descriptor(LAYER), body),
                                chunk_size=4_000_000)
    assert outcome is UploadOutcome.UPLOADED
