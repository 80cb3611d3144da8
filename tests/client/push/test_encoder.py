# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One pass over a layer: exact blocks, the same bytes however the file is read, digests of both sides."""

from __future__ import annotations

import asyncio
import os
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from compressing import layer_data, sha256
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.copying.compression.encoder import LayerEncoder
from registry_api_v2_client.copying.compression.recipe import BLOCK, recipe
from registry_api_v2_client.errors import RegistryError

MIB = 1024 * 1024


def encode(tar, kind="gzip", number=0, counter=None):
    """Return (all bytes, what the encoder says of them) of one layer."""

    async def main(archive, pool):
        layer = archive.entries[0].node.layers[number]
        encoder = LayerEncoder(lambda: archive.content(layer), recipe(kind, None), pool, counter)
        return b"".join([chunk async for chunk in encoder.chunks()]), encoder

    with open_archive(tar) as archive, ThreadPoolExecutor(2) as pool:
        return asyncio.run(main(archive, pool))


@pytest.fixture
def tar(docker_save_tar):
    return docker_save_tar("app:1", layers=1, size="3500kB")


@pytest.fixture
def short_reads(monkeypatch):
    """Call it with the number of bytes that the system gives at most in one read."""
    pread = os.pread
    return lambda most: monkeypatch.setattr(os, "pread", lambda fd, size, at: pread(fd, min(size, most), at))


def test_both_digests_and_the_size_are_told(tar):
    data, encoder = encode(tar)
    content = layer_data(tar)[0]
    assert zlib.decompress(data, 31) == content
    assert (encoder.encoded.digest, encoder.encoded.size) == (sha256(data), len(data))
    assert encoder.encoded.content_digest == sha256(content) == tar.diff_ids[0]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
@pytest.mark.parametrize("most", [7_777, 65_536, MIB - 1])
def test_bytes_do_not_depend_on_how_much_a_read_gives(tar, short_reads, kind, most):
    whole, _encoder = encode(tar, kind)
    short_reads(most)
    assert encode(tar, kind)[0] == whole


@pytest.mark.parametrize("outer", [None, "gzip", "xz"])
def test_blocks_are_exactly_one_mebibyte_from_the_layers_begin(docker_save_tar, short_reads, outer):
    tar = docker_save_tar("app:1", layers=2, size="5MB", outer=outer)
    short_reads(100_000)
    with open_archive(tar) as archive:
        sizes = [len(block) for block in archive.content(archive.entries[0].node.layers[1])]
    assert BLOCK == MIB
    assert set(sizes[:-1]) == {MIB}
    assert 0 < sizes[-1] <= MIB


def test_an_archive_that_is_compressed_as_a_whole_gives_the_same_layer(docker_save_tar):
    plain = docker_save_tar("app:1", layers=1, size="2500kB", seed="same")
    outer = docker_save_tar("app:1", layers=1, size="2500kB", seed="same", outer="gzip")
    assert encode(plain)[0] == encode(outer)[0]


def test_bytes_read_are_counted_up_to_all_of_them(tar):
    seen = []
    encode(tar, counter=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == len(layer_data(tar)[0])


def test_a_pass_that_is_given_up_leaves_no_thread_at_work(tar):
    async def main(archive, pool):
        layer = archive.entries[0].node.layers[0]
        chunks = LayerEncoder(lambda: archive.content(layer), recipe("gzip", None), pool).chunks()
        await chunks.__anext__()
        await chunks.aclose()

    with open_archive(tar) as archive, ThreadPoolExecutor(1) as pool:
        asyncio.run(main(archive, pool))
        assert pool.submit(str, 1).result(5) == "1"


def test_a_cancellation_waits_for_the_thread_and_closes_what_it_read():
    reading, allowed, closed = threading.Event(), threading.Event(), []

    def content():
        try:
            reading.set()
            allowed.wait(10)
            yield b"x" * MIB
            yield b"never read"
        finally:
            closed.append(True)

    async def main(pool):
        chunks = LayerEncoder(content, recipe("gzip", None), pool).chunks()
        task = asyncio.ensure_future(chunks.__anext__())
        await asyncio.to_thread(reading.wait, 10)
        task.cancel()
        asyncio.get_running_loop().call_later(0.01, allowed.set)
        await asyncio.wait({task})
        return task.cancelled(), list(closed)

    with ThreadPoolExecutor(2) as pool:
        assert asyncio.run(main(pool)) == (True, [True])


def test_a_file_that_changes_under_the_pass_is_an_error(tar):
    with open_archive(tar) as archive:
        archive.release_fd()
        with open(tar, "ab") as file:
            file.write(b"more")
        with pytest.raises(RegistryError) as caught:
            next(archive.content(archive.entries[0].node.layers[0]))
    assert caught.value.code == "changed"
