# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Every kind of source and destination, with an image in or for it. A new kind adds one line here."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import tarfile
from contextlib import asynccontextmanager, contextmanager

import pytest
from needed import needs, shared_tool
from registry_api_v2_client.archive.bytes.codecs import GZIP
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.config import parse_config
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.manifest import parse_manifest
from registry_api_v2_client.images.model import Entry, Image, Layer, Member
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.stores.memory_source import MemorySource
from registry_api_v2_client.stores.registry_destination import RegistryDestination
from registry_api_v2_client.stores.registry_reader import RegistryReader
from registry_api_v2_client.stores.registry_source import RegistrySource
from registry_api_v2_client.stores.tar_source import TarSource
from registry_api_v2_client.transport.body.file_slice import open_slice
from registry_api_v2_client.transport.request import FileBody, RangeBody, StreamBody
from registry_api_v2_client.transport.session import Session

from pytest_oci_registry.backends.process import process_registry
from pytest_oci_registry.backends.want import Want
from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings
from pytest_oci_registry.settings import Settings as BackendSettings


@asynccontextmanager
async def session_with(url):
    async with Session(Settings(url, Login(anonymous=True), timeout=30, retries=1), environ={}) as session:
        yield session


def described(data, media_type):
    return Descriptor(media_type, digest_of(data), len(data))


def made_image(number="1"):
    """Return an image with one gzip layer that exists in memory only, and its pieces."""
    content = number.encode() * 5000
    layer, piece = gzip.compress(content, mtime=0), Member("layer", 0, 0)
    config = json.dumps({
        "os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [digest_of(content)]},
        "number": number,
    }).encode()
    document = {
        "schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST,
        "config": described(config, media_types.OCI_CONFIG).as_json(),
        "layers": [described(layer, media_types.OCI_LAYER_GZIP).as_json()],
    }
    data = json.dumps(document).encode()
    manifest = parse_manifest(data, described(data, media_types.OCI_MANIFEST), ValueError)
    piece = Member("layer", 0, len(layer))
    image = Image(
        parse_config(config, ValueError), manifest.config, None,
        (Layer(piece, GZIP, digest_of(content), manifest.layers[0]),), manifest,
    )
    return image, {"layer": layer}


@asynccontextmanager
async def memory(_folder, _tars):
    image, pieces = made_image()
    yield MemorySource("memory", (Entry(1, ("app:1",), image, "app:1"),), pieces)


def tar(layout):
    @asynccontextmanager
    async def opened(_folder, make_tar):
        with open_archive(make_tar("app:1", layers=2, layout=layout)) as archive:
            yield TarSource(archive)

    return opened


@asynccontextmanager
async def directory(folder, make_tar):
    with tarfile.open(make_tar("app:1", layers=2, layout="oci")) as layout:
        layout.extractall(folder / "layout", filter="data")
    with open_archive(folder / "layout") as archive:
        yield TarSource(archive)


@asynccontextmanager
async def repository(_folder, _tars):
    image, pieces = made_image("2")
    with EmbeddedRegistry(ServerSettings()) as registry:
        registry.store.put_blob("team/app", image.config.data)
        registry.store.put_blob("team/app", pieces["layer"])
        registry.store.put_manifest("team/app", image.manifest.data, media_types.OCI_MANIFEST, "1")
        async with session_with(registry.url) as session:
            reader = RegistryReader(session)
            node = await reader.tree("team/app", await reader.manifest("team/app", "1"))
            yield RegistrySource(session, "team/app", (Entry(1, ("team/app:1",), node, "team/app:1"),))
            await reader.aclose()


SOURCES = {
    "docker tar": tar("docker"), "gzip tar": tar("podman"), "oci tar": tar("oci"), "layout directory": directory,
    "memory": memory, "repository": repository,
}


@contextmanager
def embedded(_folder):
    with EmbeddedRegistry(ServerSettings()) as registry:
        yield registry.url


def process(find):
    @contextmanager
    def running(folder):
        with process_registry(BackendSettings(executable=find()), Want(), folder) as given:
            yield given.url

    return running


REGISTRIES = {
    "embedded": embedded,
    "docker-registry 2.8": process(lambda: needs("docker-registry")),
    "distribution 3.1": process(lambda: shared_tool("registry")),
}


@asynccontextmanager
async def destination_at(url):
    async with session_with(url) as session:
        found = RegistryDestination(session)
        try:
            yield found
        finally:
            await found.aclose()


async def content_of(body):
    """Return the bytes that a request would send."""
    if isinstance(body, bytes):
        return body
    if isinstance(body, FileBody):
        fd = open_slice(body.slice)
        try:
            return os.pread(fd, body.slice.size, body.slice.offset)
        finally:
            os.close(fd)
    if isinstance(body, RangeBody):
        return b"".join([chunk async for chunk in body.open(0, body.size)])
    assert isinstance(body, StreamBody)
    return b"".join([chunk async for chunk in body.open()])


def run(work):
    return asyncio.run(work)


any_source = pytest.mark.parametrize("kind", SOURCES)
any_registry = pytest.mark.parametrize("url", REGISTRIES, indirect=True)
