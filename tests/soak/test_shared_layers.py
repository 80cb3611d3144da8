# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many simultaneous pushes of images that share layers and tags: each succeeds, each tag points to a whole image."""

from __future__ import annotations

import asyncio

from real_registries import distribution
from registry_api_v2_client import RegistryClient, Source
from soak_scale import SCALE

from pytest_oci_registry.look.http_source import HttpSource
from pytest_oci_registry.look.validator import validate_image
from pytest_oci_registry.tars import ImageSpec, LayerSpec, save_tar

TAGS = 10
LAYERS = [LayerSpec(size=20_000, seed=seed) for seed in "abcd"]


def test_simultaneous_pushes_of_shared_layers(tmp_path):
    images = [
        str(save_tar(tmp_path / f"{n}.tar", ImageSpec(("app:1",), layers=LAYERS, labels={"build": str(n)})))
        for n in range(2 * TAGS)
    ]

    async def pushed(url, number):
        async with RegistryClient(url) as client:
            source = Source(images[number % len(images)], "team/app", (str(number % TAGS),))
            return await client.push([source])

    async def all_pushed(url):
        return await asyncio.gather(*(pushed(url, number) for number in range(SCALE.together)))

    with distribution(tmp_path) as url:
        results = asyncio.run(all_pushed(url))
        assert [result.error.one_line() for result in results if result.error is not None] == []
        source = HttpSource(url)
        assert [validate_image(source, "team/app", str(tag)).problems for tag in range(TAGS)] == TAGS * [[]]
