# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Ten pushes of different referrers to one image at the same time, without the referrers API: none is lost."""

from __future__ import annotations

import asyncio
import random

import pytest
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.settings import Login, Settings
from signed_layouts import SBOM, LayoutFolder, tag_of


def layouts(folder):
    """Return the image's digest, and ten layouts of it, each with another SBOM."""
    made, entries, root = [], set(), {}
    for number in range(10):
        layout = LayoutFolder(folder / str(number))
        root = layout.list(layout.image("amd64"), "team/app:1")
        entries.add(layout.list(layout.artifact(SBOM, f"sbom {number}", root))["digest"])
        made.append(layout.done())
    return root, entries, made


async def pushed(url, path):
    async with RegistryClient(Settings(url, login=Login(anonymous=True))) as client:
        result = await client.push([Source(path)], PushOptions())
        assert result.error is None


@pytest.mark.parametrize("seed", range(100))
def test_ten_pushes_lose_nothing(registry_factory, tmp_path, seed):
    server = registry_factory(backend="embedded", referrers=False)
    server.slow("manifest_put", seconds=random.Random(seed).random() / 100)
    root, entries, paths = layouts(tmp_path)

    async def work():
        await asyncio.gather(*(pushed(server.url, path) for path in paths))

    asyncio.run(work())
    listed = server.image(f"team/app:{tag_of(root)}").manifest["manifests"]
    assert {entry["digest"] for entry in listed} == entries and len(listed) == 10
