# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Pushes with compression, and what they read of a tar."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import tarfile
import zlib
from contextlib import contextmanager

from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.settings import Login, Settings

from pytest_oci_registry.tars import LayerSpec

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
BIG = "9MiB"  # of random bytes: more than is held in memory, so it is sent while it is compressed


def push(registry, *tars, names=(), tag="1", check=False, settings=None, progress=None, **options):
    """Push tars (under names, one tag) by the client, and return its result."""
    sources = [Source(str(tar), name, (tag,)) for tar, name in zip(tars, names)] or [Source(str(tar)) for tar in tars]

    async def main():
        how = Settings(registry.url, login=Login(anonymous=True), timeout=20, **(settings or {}))
        async with RegistryClient(how) as client:
            rules = PushOptions(**{"compression": "gzip", **options})
            return await client.push(sources, rules, check=check, progress=progress)

    return asyncio.run(main())


def layers(*seeds, size="60kB"):
    """Return layers of random bytes; equal seeds and sizes are equal layers."""
    return [LayerSpec(seed=seed, size=size) for seed in seeds]


def gzip_by_another(data):
    """Return data in a gzip form that none of our recipes makes."""
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def sha256(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer_data(tar):
    """Return the bytes of each layer of the tar's first image, in order."""
    with tarfile.open(tar) as file:
        members = json.load(file.extractfile("manifest.json"))[0]["Layers"]
        return [file.extractfile(name).read() for name in members]


def config_data(tar):
    with tarfile.open(tar) as file:
        return file.extractfile(json.load(file.extractfile("manifest.json"))[0]["Config"]).read()


def put_image(registry, repository, tag, config, blobs):
    """Put an image of ready blobs in, past any client; returns the manifest's digest."""
    for data in (config, *blobs):
        registry.source.put_blob(repository, sha256(data), len(data), [data])
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": sha256(config), "size": len(config)},
        "layers": [{"mediaType": OCI_GZIP, "digest": sha256(data), "size": len(data)} for data in blobs],
    }).encode()
    registry.source.put_manifest(repository, tag, OCI_MANIFEST, manifest)
    return sha256(manifest)


class Reads:
    """What was read of files by position while `counted`."""

    def __init__(self):
        self._spans = []

    @contextmanager
    def counted(self, monkeypatch):
        """Note every pread and sendfile of this process."""
        pread, sendfile = os.pread, getattr(os, "sendfile", None)

        def reading(fd, size, offset):
            self._spans.append((offset, size))
            return pread(fd, size, offset)

        def sending(out, fd, offset, size):
            self._spans.append((offset, size))
            return sendfile(out, fd, offset, size)

        with monkeypatch.context() as patch:
            patch.setattr(os, "pread", reading)
            patch.setattr(os, "sendfile", sending, raising=False)
            yield self

    def total(self):
        """Return how many bytes were asked for."""
        return sum(size for _offset, size in self._spans)

    def of_layers(self, tar):
        """Return for each layer of a tar how many bytes of it were asked for."""
        with tarfile.open(tar) as file:
            members = [file.getmember(name) for name in json.load(file.extractfile("manifest.json"))[0]["Layers"]]
        return [self._within(member.offset_data, member.offset_data + member.size) for member in members]

    def _within(self, begin, end):
        return sum(max(0, min(end, offset + size) - max(begin, offset)) for offset, size in self._spans)
