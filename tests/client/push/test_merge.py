# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""`index: merge`: single-platform images of one name become one multi-platform image."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest
from registry_api_v2_client import PushOptions, RegistryClient, RegistryError, Source
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.copying.merge import merged_entries
from registry_api_v2_client.images.model import Entry, Image, Index

from pytest_oci_registry.tars import ImageSpec

PLATFORMS = ("linux/amd64", "linux/arm/v7", "linux/arm64")


def specs(*names_and_platforms):
    return [ImageSpec(names, layers=1, platforms=(platform,), seed=platform) for names, platform in names_and_platforms]


def entries_of(tar):
    with open_archive(tar.path) as archive:
        return archive.entries


def shape(entries):
    return [(entry.names, len(entry.node.children) if isinstance(entry.node, Index) else 1) for entry in entries]


@pytest.mark.parametrize(("given", "merged"), [
    ([(("a:1",), p) for p in PLATFORMS], [(("a:1",), 3)]),
    ([((), p) for p in PLATFORMS], [((), 3)]),
    ([(("a:1", "a:2"), p) for p in PLATFORMS], [(("a:1", "a:2"), 3)]),
    ([(("a:1",), PLATFORMS[0]), (("a:1", "b:1"), PLATFORMS[1])], [(("a:1",), 2), (("b:1",), 1)]),
    ([(("a:1",), PLATFORMS[0]), (("b:1",), PLATFORMS[1])], [(("a:1",), 1), (("b:1",), 1)]),
    ([(("a:1",), PLATFORMS[0]), ((), PLATFORMS[1])], [(("a:1",), 1), ((), 1)]),
    ([(("a:1",), PLATFORMS[0])], [(("a:1",), 1)]),
], ids=["one name", "no names", "two names", "names that overlap", "other names", "some without", "one image"])
def test_what_is_merged(docker_save_tar, given, merged):
    assert shape(merged_entries(entries_of(docker_save_tar(*specs(*given), layout="oci")))) == merged


def test_the_bytes_do_not_depend_on_the_order(docker_save_tar):
    entries = entries_of(docker_save_tar(*specs(*[(("a:1",), p) for p in PLATFORMS]), layout="oci"))
    found = {merged_entries(order)[0].node.manifest.data for order in itertools.permutations(entries)}
    (data,) = found
    assert [child["platform"] for child in json.loads(data)["manifests"]] == [
        {"architecture": "amd64", "os": "linux"}, {"architecture": "arm", "os": "linux", "variant": "v7"},
        {"architecture": "arm64", "os": "linux"},
    ]


def test_two_images_of_one_platform_stay_apart(docker_save_tar):
    entries = entries_of(docker_save_tar(ImageSpec(("a:1",), layers=1), ImageSpec(("a:1",), layers=2), layout="oci"))
    assert all(isinstance(entry, Entry) and isinstance(entry.node, Image) for entry in merged_entries(entries))


async def pushed(registry, source, **rules):
    async with RegistryClient(registry.url) as client:
        return await client.push([source], PushOptions(**rules))


def test_a_merged_image_is_pushed_and_the_second_run_changes_nothing(registry, docker_save_tar):
    tar = docker_save_tar(*specs(*[((), p) for p in PLATFORMS]), layout="oci")
    source = Source(str(tar.path), name="app", tags=("1",))
    with pytest.raises(RegistryError) as caught:
        asyncio.run(pushed(registry, source))
    assert caught.value.code == "tag-clash" and "Set index: merge" in caught.value.hint
    result = asyncio.run(pushed(registry, source, index="merge"))
    assert result.error is None and registry.image("app:1").validate()
    assert sorted(result.images()[0]["platforms"]) == sorted(PLATFORMS)
    with registry.unchanged():
        assert not asyncio.run(pushed(registry, source, index="merge")).changed
