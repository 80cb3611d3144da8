# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Two registries with different logins, images in the first, and a short call that copies them."""

from __future__ import annotations

import asyncio

import pytest
from registry_api_v2_client import CopyImage, CopyOptions, Login, RegistryClient, Settings

from pytest_oci_registry.tars import ImageSpec

INDEX = ImageSpec(
    ("team/app:1.0",), layers=2, platforms=("linux/amd64", "linux/arm64"), attestations=True, seed="index"
)
IMAGE = ImageSpec(("team/app:1.1",), layers=3, seed="image", compression="gzip")
ARTIFACTS = ("team/app:1.0", "team/app:1.1")


class Copying:
    """Two registries, and the copy from one to the other; `sides` are user and password of each."""

    def __init__(self, source, target, logins=(None, None)):
        self.source, self.target, self._logins = source, target, logins

    def settings(self, registry, login, **words):
        known = Login(*login) if login else Login(anonymous=True)
        words = {"retries": 2, "timeout": 10, **words}
        return Settings(registry.url, known, **words)

    def __call__(self, *images, check=False, limits=None, **options):
        asked = [image if isinstance(image, CopyImage) else CopyImage(image) for image in images]
        words = limits or {}

        async def main():
            first = RegistryClient(self.settings(self.source, self._logins[0]))
            second = RegistryClient(self.settings(self.target, self._logins[1], **words))
            async with first, second:
                return await second.copy(asked, CopyOptions(**options), source=first, check=check)

        return asyncio.run(main())


@pytest.fixture
def copying(registry_factory):
    """Call it with settings for both sides: a Copying whose source has team/app:1.0 (an index) and team/app:1.1."""

    def start(source=None, target=None, logins=(None, None), images=(INDEX, IMAGE)):
        registries = [registry_factory(backend="embedded", **(words or {})) for words in (source, target)]
        registries[0].seed(*images)
        return Copying(*registries, logins)

    return start
