# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""An open archive: bytes by position, digests, proofs, and a file that changes under us."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import sys
import threading
import tracemalloc

import pytest
from registry_api_v2_client.archive.bytes.codecs import MissingCodecError
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import TarReadError, ValidationError
from registry_api_v2_client.images.model import Layer
from registry_api_v2_client.inspection.names import extract_original_tags
from registry_api_v2_client.transport.body.file_slice import open_slice


def layer_of(archive, n=0):
    return archive.entries[0].node.layers[n]


def test_a_slice_is_a_range_of_the_file_itself(tars):
    path = tars.write(tars.docker())
    with open_archive(path) as archive:
        piece = archive.slice(layer_of(archive).member)
        fd = open_slice(piece)
        assert piece.path == archive.path == path and os.pread(fd, piece.size, piece.offset) == tars.LAYER
        os.close(fd)


def test_small_members_are_read_whole_and_large_ones_are_not(tars):
    with tars.open(tars.docker()) as archive:
        assert archive.read(layer_of(archive).member, limit=1024) == tars.LAYER
        other = Layer(layer_of(archive).member, "none", None, None).member
        assert archive.read(other) == tars.LAYER
    with tars.open(tars.docker()) as archive, pytest.raises(ValidationError, match=r"1\.0 kB"):
        archive.read(layer_of(archive).member, limit=1023)


def test_a_digest_is_computed_once(tars):
    path = tars.write(tars.docker())
    with open_archive(path) as archive:
        member = layer_of(archive).member
        assert archive.digest(member) == tars.sha256(tars.LAYER)
        os.truncate(path, 10)
        assert archive.digest(member) == tars.sha256(tars.LAYER)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_proof_names_both_digests(tars, pack):
    content = os.urandom(1 << 20) + bytes(2 << 20)
    data = pack(content)
    with tars.open(tars.docker(layers=(data,), config=tars.config_of(content))) as archive:
        proof = archive.verify_layer(layer_of(archive))
        assert (proof.digest, proof.size) == (tars.sha256(data), len(data))
        assert (proof.content_digest, proof.content_size, proof.fault) == (tars.sha256(content), len(content), "")
        assert proof.content_digest == layer_of(archive).diff_id


@pytest.mark.parametrize("spoil", [
    lambda data: data[:-1], lambda data: data[:30] + b"xx" + data[32:], lambda data: data + b"garbage",
    lambda data: data[:-8] + bytes(8),
])
def test_a_layer_that_cannot_be_unpacked_is_a_fault_in_the_proof(tars, spoil):
    data = spoil(gzip.compress(os.urandom(3 << 20), mtime=0))
    with tars.open(tars.docker(layers=(data,))) as archive:
        proof = archive.verify_layer(layer_of(archive))
        assert proof.digest == tars.sha256(data) and proof.size == len(data)
        assert proof.content_digest is None and "gzip data" in proof.fault


def test_a_proof_uses_the_algorithms_that_are_asked_for(tars):
    config = tars.config_of(rootfs={"diff_ids": [f"sha512:{hashlib.sha512(tars.LAYER).hexdigest()}"]})
    with tars.open(tars.docker(config=config)) as archive:
        assert archive.verify_layer(layer_of(archive)).content_digest == layer_of(archive).diff_id


def rewritten(path):
    """Write other bytes into the file and set its modification time back, as `rsync --times` or an attacker does."""
    before = os.stat(path)
    while os.stat(path).st_ctime_ns == before.st_ctime_ns:  # old kernels count in ticks of some milliseconds
        with open(path, "r+b") as file:
            file.seek(before.st_size // 2)
            file.write(b"other")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("change", [
    rewritten,
    lambda path: os.utime(path, ns=(0, 1)),
    lambda path: os.truncate(path, 100),
    os.unlink,
    lambda path: os.replace(path + ".new", path),
])
def test_a_file_that_changes_under_us_is_noticed(tars, change):
    path = tars.write(tars.docker())
    tars.write(tars.docker(), "image.tar.new")
    with open_archive(path) as archive:
        archive.check_unchanged()
        piece = archive.slice(layer_of(archive).member)
        change(path)
        with pytest.raises(TarReadError) as checked:
            archive.check_unchanged()
        with pytest.raises(TarReadError) as opened:
            open_slice(piece)
    assert checked.value.code == opened.value.code == "changed"


def test_a_layer_that_needs_zstandard_says_so(tars, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression", None)
    with tars.open(tars.docker(layers=(b"\x28\xb5\x2f\xfd",))) as archive, pytest.raises(MissingCodecError):
        archive.verify_layer(layer_of(archive))


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tars):
    path = tars.write(tars.docker())
    with open_archive(path) as archive:
        piece = archive.slice(layer_of(archive).member)
        os.unlink(path)
        os.mkfifo(path)
        with pytest.raises(TarReadError, match="changed while"):
            open_slice(piece)


def test_an_archive_may_be_closed_twice(tars):
    archive = tars.open(tars.docker())
    archive.close()
    archive.close()


def test_a_file_that_shrinks_while_it_is_hashed_is_noticed(tars):
    path = tars.write(tars.docker())
    with open_archive(path) as archive:
        os.truncate(path, 600)
        with pytest.raises(TarReadError) as caught:
            archive.digest(layer_of(archive).member)
    assert caught.value.code == "changed" and caught.value.member == "l0/layer.tar"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_content_comes_in_exact_blocks(tars, pack):
    content = os.urandom(1 << 10) * 2500
    with tars.open(tars.docker(layers=(pack(content),))) as archive:
        blocks = list(archive.content(layer_of(archive)))
        assert b"".join(blocks) == content and {len(block) for block in blocks[:-1]} == {1 << 20}


def test_threads_read_side_by_side(tars):
    layers = tuple(os.urandom(1 << 18) for dummy in range(8))
    with tars.open(tars.docker(layers=layers)) as archive:
        wrong = []

        def check(layer):
            for dummy in range(5):
                if archive.verify_layer(layer).content_digest != layer.diff_id:
                    wrong.append(layer)

        threads = [threading.Thread(target=check, args=(layer,)) for layer in archive.entries[0].node.layers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_a_tar_of_gigabytes_costs_no_memory_and_no_time(tars):
    path = tars.write(tars.docker())
    big = tars.tar_bytes([tars.member("big", b"")])
    size = 3 << 30
    header = bytearray(big[:512])
    header[124:136] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    with open(path, "r+b") as file:
        whole = file.read()
        file.seek(0)
        file.write(header)
        file.seek(512 + size)
        file.write(whole)
    tracemalloc.start()
    with open_archive(path) as archive:
        assert layer_of(archive).member.offset == 1024 + size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_names_are_listed_in_order(tars):
    one = {"Config": "c.json", "RepoTags": ["b:2", "localhost:5000/a:1"], "Layers": ["l0/layer.tar"]}
    assert extract_original_tags(tars.write(tars.docker(manifest=[one]))) == ["b:2", "localhost:5000/a:1"]
    assert extract_original_tags(tars.write(tars.docker(names=()))) == []
    with pytest.raises(TarReadError):
        extract_original_tags("/no/such.tar")


def test_a_small_archive_may_have_a_large_layer(tars):
    layer = bytes(170 << 20)
    data = tars.docker(layers=(gzip.compress(layer, 1),), config={
        "os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [tars.sha256(layer)]}})
    with tars.open(data) as archive:
        found = archive.entries[0].node.layers[0]
        assert os.path.getsize(archive.path) < 1_000_000
        assert archive.verify_layer(found).content_digest == found.diff_id
