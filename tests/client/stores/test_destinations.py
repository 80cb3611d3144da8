# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What stores/protocols.py says of a destination, for every registry."""

from __future__ import annotations

import uuid

import pytest
from registry_api_v2_client.endpoints.results import UploadOutcome
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.transport.answers import MISSING_PARTS
from registry_api_v2_client.transport.request import StreamBody
from sending import file_body
from store_kinds import any_registry, described, destination_at, made_image, run

BLOB = media_types.OCI_LAYER


def name():
    return f"team/{uuid.uuid4().hex}"


def play(url, call):
    async def main():
        async with destination_at(url) as destination:
            return await call(destination)

    return run(main())


def put(destination, repository, descriptor, body, mount_from=None):
    async def opened():
        return body

    return destination.put_blob(repository, descriptor, opened, mount_from=mount_from, what="a blob")


@any_registry
def test_nothing_is_there_at_first(url):
    async def call(destination):
        blob = described(b"absent", BLOB)
        return [
            await destination.tag(name(), "1"), await destination.manifest(name(), "1"),
            await destination.head(name(), blob.digest), await destination.has_blob(name(), blob),
            await destination.is_readable(name(), blob), await destination.is_stored(name(), blob.digest),
        ]

    assert play(url, call) == [None, None, None, False, False, False]


@any_registry
def test_answers_are_remembered_until_they_are_forgotten(url):
    async def call(destination):
        repository, blob = name(), described(b"data", BLOB)
        before = await destination.has_blob(repository, blob)
        outcome = await put(destination, repository, blob, b"data")
        kept, now = await destination.has_blob(repository, blob), await destination.has_blob_now(repository, blob)
        destination.forget()
        return before, outcome, kept, now, await destination.has_blob(repository, blob)

    assert play(url, call) == (False, UploadOutcome.UPLOADED, False, True, True)


@any_registry
@pytest.mark.parametrize("size", [0, 1, 3_000_000])
@pytest.mark.parametrize("kind", ["bytes", "file", "stream"])
def test_a_blob_arrives_whatever_its_body_is(url, kind, size, tmp_path):
    data = uuid.uuid4().bytes * (size // 16 + 1) if size else b""
    data, moved = data[:size], []

    async def chunks():
        for start in range(0, len(data), 1_000_000):
            yield data[start:start + 1_000_000]

    (tmp_path / "blob").write_bytes(data)
    bodies = {"bytes": data, "file": file_body(tmp_path / "blob", progress=moved.append),
              "stream": StreamBody(chunks, moved.append)}

    async def call(destination):
        repository = name()
        outcome = await put(destination, repository, described(data, BLOB), bodies[kind])
        return outcome, await destination.is_readable(repository, described(data, BLOB))

    assert play(url, call) == (UploadOutcome.UPLOADED, True)
    assert kind == "bytes" or sum(moved) == len(data)


@any_registry
def test_bytes_of_another_digest_are_refused(url):
    async def call(destination):
        await put(destination, name(), Descriptor(BLOB, digest_of(b"other"), 4), b"data")

    with pytest.raises(RefusedError) as caught:
        play(url, call)
    assert caught.value.has_code("DIGEST_INVALID")


@any_registry
def test_a_blob_without_a_body_is_not_written(url):
    async def call(destination):
        repository, blob = name(), described(b"data", BLOB)
        return await put(destination, repository, blob, None), await destination.has_blob_now(repository, blob)

    assert play(url, call) == (UploadOutcome.PRESENT, False)


@any_registry
def test_a_blob_is_mounted_or_sent_from_another_repository(url):
    async def call(destination):
        origin, first, second, blob = name(), name(), name(), described(b"shared", BLOB)
        await put(destination, origin, blob, b"shared")
        outcome = await put(destination, first, blob, b"shared", origin)
        mounted = await destination.mount_blob(second, blob, origin, what="a blob")
        absent = await destination.mount_blob(second, described(b"no", BLOB), origin, what="a blob")
        there = [await destination.has_blob_now(repository, blob) for repository in (first, second)]
        return outcome, mounted, absent, there

    assert play(url, call) == (UploadOutcome.MOUNTED, True, False, [True, True])


@any_registry
def test_a_stream_gives_its_digest_at_its_end(url):
    async def chunks():
        yield b"da"
        yield b"ta"

    async def call(destination):
        repository = name()
        digest = await destination.put_stream(repository, StreamBody(chunks), lambda: digest_of(b"data"), what="a blob")
        return digest, await destination.has_blob_now(repository, described(b"data", BLOB))

    assert play(url, call) == (digest_of(b"data"), True)


@any_registry
def test_a_manifest_is_stored_under_tag_and_digest(url):
    image, pieces = made_image()

    async def call(destination):
        repository, manifest = name(), image.manifest
        await put(destination, repository, manifest.config, image.config.data)
        await put(destination, repository, manifest.layers[0], pieces["layer"])
        stored = await destination.put_manifest(repository, "1", manifest.data, manifest.media_type)
        await destination.commit()
        return stored.digest, (
            await destination.tag(repository, "1"), await destination.head(repository, manifest.digest),
            await destination.manifest(repository, "1"), await destination.is_stored(repository, manifest.digest),
        )

    digest, found = play(url, call)
    assert digest == image.manifest.digest
    assert found == (image.manifest.descriptor, image.manifest.descriptor, image.manifest, True)


@any_registry
def test_a_manifest_without_its_blobs_is_refused_and_no_tag_appears(url):
    image, _pieces = made_image("lonely")

    async def call(destination):
        repository = name()
        with pytest.raises(RefusedError) as caught:
            await destination.put_manifest(repository, "1", image.manifest.data, image.manifest.media_type)
        return caught.value.has_code(*MISSING_PARTS), await destination.tag(repository, "1")

    assert play(url, call) == (True, None)


@any_registry
def test_its_label_is_the_registry(url):
    async def call(destination):
        return destination.label, destination.max_concurrent

    assert play(url, call) == (url.partition("://")[2], 4)
