# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A client for day two, short words for its calls, and repositories to use them on."""

from __future__ import annotations

import asyncio
import json
import subprocess

import pytest
from needed import needs
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.deletion.request import DeleteRequest
from registry_api_v2_client.inspection.image import ImageQuery
from registry_api_v2_client.inspection.tags import TagsQuery
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.tagging.plan import TagsRequest

from pytest_oci_registry.tars import ImageSpec

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class DayTwo:
    """The calls of one client on one registry, each in a session of its own."""

    def __init__(self, url: str) -> None:
        self.settings = Settings(url, Login(anonymous=True), retries=0)

    def do(self, call):
        async def main():
            async with RegistryClient(self.settings) as client:
                return await call(client)

        return asyncio.run(main())

    def delete(self, names, check=False, **words):
        names = (names,) if isinstance(names, str) else tuple(names)
        return self.do(lambda client: client.delete(DeleteRequest(names, **words), check=check))

    def set_tags(self, name, tags=(), check=False, **words):
        tags = (tags,) if isinstance(tags, str) else tuple(tags)
        return self.do(lambda client: client.set_tags(TagsRequest(name, tags, **words), check=check))

    def tags(self, name, **words):
        return self.do(lambda client: client.list_images(TagsQuery(name, **words)))

    def image(self, name, reference, **words):
        return self.do(lambda client: client.inspect_image(ImageQuery(name, reference, **words)))

    def registry(self, **words):
        return self.do(lambda client: client.inspect_registry(**words))


@pytest.fixture
def day_two():
    """Call it with a registry: the calls of day two on that."""
    return lambda registry: DayTwo(registry.url)


@pytest.fixture
def four_versions():
    """Call it with a registry: app:1.0 to app:1.3, a day between them; returns their digests."""

    def seed(registry, name="app"):
        for number in range(4):
            made = f"2024-01-0{number + 1}T00:00:00Z"
            registry.seed(ImageSpec((f"{name}:1.{number}",), layers=1, seed=f"v{number}", created=made))
        return [registry.image(f"{name}:1.{number}").digest for number in range(4)]

    return seed


def artifact(registry, name, reference, subject=None, words="signature"):
    """Put a small artifact in, as cosign and oras do; returns its digest."""
    blob = registry.store.put_blob(name, words.encode())
    entry = {"mediaType": "application/octet-stream", "digest": blob, "size": len(words)}
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": entry, "layers": [entry]}
    if subject is not None:
        document["subject"] = {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1}
    return registry.store.put_manifest(name, json.dumps(document).encode(), OCI_MANIFEST, reference)


@pytest.fixture
def put_artifact():
    """The function artifact."""
    return artifact


@pytest.fixture
def pull():
    """Call it with a registry, an image's name and a folder: skopeo copies the image there."""

    def run(registry, name, folder):
        words = [needs("skopeo"), "copy", "--src-tls-verify=false"]
        places = [f"docker://{registry.netloc}/{name}", f"dir:{folder}"]
        subprocess.run([*words, *places], check=True, timeout=60, capture_output=True)

    return run
