# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Archives compressed as a whole: read as a stream, unpacked to disk only when bytes have to move."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import lzma
import os
import shutil
import threading

import pytest
from registry_api_v2_client.archive.bytes import spool
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.errors import TarReadError
from registry_api_v2_client.transport.body.file_slice import open_slice

PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
try:
    import zstandard
except ImportError:
    pass
else:
    PACK["zstd"] = zstandard.ZstdCompressor().compress


try:
    import lz4.frame
except ImportError:
    pass
else:
    PACK["lz4"] = lz4.frame.compress


@pytest.fixture(params=sorted(PACK))
def packed(request, tars):
    """A docker archive of two layers, compressed."""
    layers = (tars.LAYER, os.urandom(1 << 18) + bytes(3 << 20))
    return PACK[request.param](tars.tar_bytes(tars.docker(layers=layers)))


@pytest.fixture
def no_disk(monkeypatch):
    """Fail where anything is written to disk."""
    def refuse(*_, **__):
        raise AssertionError("something was unpacked to disk")

    monkeypatch.setattr(spool.tempfile, "mkstemp", refuse)


@pytest.fixture
def spools(monkeypatch):
    """Count the files that are made."""
    made = []
    make = spool.tempfile.mkstemp
    monkeypatch.setattr(spool.tempfile, "mkstemp", lambda **options: made.append(options["dir"]) or make(**options))
    return made


def test_entries_are_read_without_writing_to_disk(tars, packed, no_disk):
    with tars.open(packed) as archive:
        image = archive.entries[0].node
        assert archive.read(image.config_member) == image.config.data
        assert [layer.compression for layer in image.layers] == ["none", "none"]


def test_layers_are_unpacked_once_and_nothing_stays(tars, packed, spools, tmp_path):
    folder = tmp_path / "large"
    folder.mkdir()
    before = len(os.listdir("/dev/fd"))
    with tars.open(packed, temp_dir=str(folder)) as archive:
        for layer in archive.entries[0].node.layers:
            fd = open_slice(archive.slice(layer.member))
            data = os.pread(fd, layer.member.size, layer.member.offset)
            os.close(fd)
            assert archive.digest(layer.member) == layer.diff_id == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert os.listdir(folder) == [] and spools == [str(folder)]
    assert len(os.listdir("/dev/fd")) == before


def test_many_threads_unpack_once(tars, packed, spools):
    with tars.open(packed) as archive:
        layers = archive.entries[0].node.layers
        found = []

        def work():
            found.append(archive.digest(layers[1].member))

        threads = [threading.Thread(target=work) for dummy in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [layers[1].diff_id] * 8 and len(spools) == 1


def test_room_is_looked_for_before_the_first_byte(tars, packed, monkeypatch, no_disk):
    monkeypatch.setattr(spool.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1000))
    with tars.open(packed, temp_dir="/var/tmp") as archive, pytest.raises(TarReadError) as caught:
        archive.slice(archive.entries[0].node.layers[0].member)
    assert caught.value.code == "no-space" and "/var/tmp on" in caught.value.message
    assert "has 1.0 kB free" in caught.value.message and "needs 3.4 MB" in caught.value.message


def test_a_disk_that_fills_up_meanwhile_is_no_traceback(tars, packed, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spool.os, "write", full)
    before = len(os.listdir("/dev/fd"))
    with tars.open(packed) as archive, pytest.raises(TarReadError) as caught:
        archive.slice(archive.entries[0].node.layers[0].member)
    assert caught.value.code == "no-space" and len(os.listdir("/dev/fd")) == before


def test_a_folder_that_is_none_is_named(tars, packed):
    from registry_api_v2_client.errors import ValidationError

    with tars.open(packed, temp_dir="/no/such/folder") as archive, pytest.raises(ValidationError) as caught:
        archive.slice(archive.entries[0].node.layers[0].member)
    assert caught.value.code == "bad-option" and "/no/such/folder" in caught.value.message


@pytest.mark.parametrize(("environment", "folder"), [({"TMPDIR": "/x/y"}, "/x/y"), ({}, "/var/tmp")])
def test_large_files_go_where_the_system_wants_them(monkeypatch, environment, folder):
    monkeypatch.delenv("TMPDIR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert spool.large_temp_dir() == folder


def test_documents_beyond_the_budget_are_fetched_in_further_passes(tars, no_disk):
    data = gzip.compress(tars.tar_bytes(tars.docker()))
    for limits in (Limits(kept_total=0), Limits(kept_member=10)):
        with tars.open(data, limits=limits) as archive:
            assert archive.entries[0].names == ("app:1",)


def test_after_too_many_passes_the_archive_is_unpacked(tars, spools):
    data = gzip.compress(tars.tar_bytes(tars.docker()))
    with tars.open(data, limits=Limits(kept_total=0, extra_passes=1)) as archive:
        assert archive.entries[0].names == ("app:1",) and len(spools) == 1


def test_every_cut_of_a_compressed_archive_is_noticed(tars):
    data = gzip.compress(tars.tar_bytes(tars.docker()))
    for size in range(2, len(data) - 1, 7):
        assert tars.refusal(data[:size]).code in ("damaged", "truncated")


def test_a_checksum_at_the_end_is_looked_at(tars):
    data = bytearray(gzip.compress(tars.tar_bytes(tars.docker())))
    data[-8] ^= 1
    assert tars.refusal(bytes(data)).code == "damaged"


def test_what_is_compressed_twice_is_told(tars):
    data = gzip.compress(gzip.compress(tars.tar_bytes(tars.docker()), mtime=0))
    assert "compressed twice" in tars.refusal(data).message
    assert "is empty" in tars.refusal(gzip.compress(b"")).message


def test_a_bomb_ends(tars):
    data = gzip.compress(bytes(16 << 20))
    header = tars.tar_bytes([tars.member("bomb", bytes(512))])[:512]
    error = tars.refusal(gzip.compress(header) + data * 4, limits=Limits(free_output=1 << 20, ratio=100))
    assert error.code in ("over-limit", "no-manifest")


def test_a_layer_that_is_a_bomb_ends_before_the_disk_is_full(tars, tmp_path):
    archive = tars.tar_bytes(tars.docker(layers=(bytes(8 << 20),)))
    error = tars.refusal(gzip.compress(archive), limits=Limits(free_output=1 << 20, ratio=100))
    assert error.code == "over-limit" and error.member == "l0/layer.tar" and "unpack to more than" in error.message
