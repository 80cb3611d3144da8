# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an archive is told to hold, before anything is pushed: the digests, platforms and problems of its images."""

from __future__ import annotations

import asyncio
import bz2
import json
import lzma

import pytest
from registry_api_v2_client import PushOptions, RegistryClient, Source, TarReadError
from registry_api_v2_client.inspection.archive import inspect_archives

from pytest_oci_registry.tars import ImageSpec


def told(*tars):
    return asyncio.run(inspect_archives([str(tar) for tar in tars]))


def push(registry, tar):
    async def work():
        async with RegistryClient(registry.url, anonymous=True) as client:
            return await client.push([Source(str(tar))], PushOptions())

    return asyncio.run(work())


@pytest.mark.parametrize("words", [{}, {"gzip": True}, {"layout": "docker25"}, {"layout": "containerd"}], ids=str)
def test_the_digest_is_the_one_that_a_push_writes(registry, docker_save_tar, words):
    tar = docker_save_tar("app:1", layers=2, **words)
    (image,) = told(tar)
    assert push(registry, tar).digest == image.digest == registry.image("app:1").digest


def packed_layer(tars, pack, content=None):
    """Write a tar whose only layer is the packed one, while its config names `content`."""
    config = json.loads(tars.config_of(content or tars.LAYER))
    return tars.write(tars.docker(layers=(pack(tars.LAYER),), config=config))


@pytest.mark.parametrize(("kind", "pack"), [("bzip2", bz2.compress), ("xz", lzma.compress)])
def test_a_layer_that_no_media_type_names_is_told_as_it_lies_and_under_the_digest_of_its_push(
    registry, tars, kind, pack
):
    tar = packed_layer(tars, pack)
    (image,) = told(tar)
    assert (image.error, image.as_result(details=False)["compression"]) == (None, [kind])
    assert push(registry, tar).digest == image.digest


@pytest.mark.parametrize("pack", [lambda data: lzma.compress(data)[:-9], lzma.compress], ids=["cut", "other"])
def test_such_a_layer_of_other_content_is_a_problem_of_its_image(tars, pack):
    (image,) = told(packed_layer(tars, pack, content=b"something else"))
    assert (image.digest, image.error.code) == (None, "corrupt-layer")


def test_images_of_several_archives_come_in_order(docker_save_tar):
    two = docker_save_tar(ImageSpec(("a:1",), seed="a"), ImageSpec(("b:1", "b:2"), seed="b"), filename="two.tar")
    one = docker_save_tar("c:1", filename="one.tar")
    found = [(image.number, image.names) for image in told(two, one)]
    assert found == [(1, ("a:1",)), (2, ("b:1", "b:2")), (1, ("c:1",))]


def test_an_index_tells_the_platforms_that_are_there(docker_save_tar):
    tar = docker_save_tar("app:1", layout="buildx-oci", platforms=("linux/amd64", "linux/arm64"),
                          absent_platforms=("linux/s390x",))
    (image,) = told(tar)
    assert image.as_result(details=False)["platforms"] == ["linux/amd64", "linux/arm64"]
    assert len(image.as_result(details=True)["images"]) == 2


def test_details_name_each_layer_as_the_registry_will(docker_save_tar):
    tar = docker_save_tar("app:1", layers=2, labels={"a": "b"})
    (image,) = told(tar)
    (part,) = image.as_result(details=True)["images"]
    assert [layer["diff_id"] for layer in part["layers"]] == list(tar.diff_ids)
    assert [layer["digest"] for layer in part["layers"]] == list(tar.diff_ids)
    assert (part["labels"], part["platform"]) == ({"a": "b"}, "linux/amd64")


def test_sizes_count_each_blob_once(docker_save_tar):
    (image,) = told(docker_save_tar("app:1", layers=2, duplicate_layers=1))
    values = image.as_result(details=False)
    layers = image.as_result(details=True)["images"][0]["layers"]
    assert values["layers"] == 3 and values["size"] < sum(layer["size"] for layer in layers) + 10_000
    assert values["compression"] == ["none"] and values["problem"] is None


def test_a_file_that_is_no_archive_is_an_error(tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(TarReadError) as caught:
        told(tmp_path / "note.txt")
    assert (caught.value.code, caught.value.path) == ("not-an-image", str(tmp_path / "note.txt"))
