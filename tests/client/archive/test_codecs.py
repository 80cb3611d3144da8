# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Decompression in steps: whatever the sizes of reads, whatever the damage, in bounded memory."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import tracemalloc

import pytest
from registry_api_v2_client.archive.bytes.codecs import (
    CODECS,
    CodecError,
    MissingCodecError,
    compression_of,
    open_stream,
)
from registry_api_v2_client.archive.limits import DEFAULT_LIMITS, Limits

PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
try:
    import zstandard
except ImportError:  # optional, as for the client
    pass
else:
    PACK["zstd"] = zstandard.ZstdCompressor().compress
try:
    import lz4.frame
except ImportError:
    pass
else:
    PACK["lz4"] = lz4.frame.compress

CONTENT = random.Random(1).randbytes(5000) * 60 + bytes(100_000)
SKIPPABLE = b"\x52\x2a\x4d\x18\x04\x00\x00\x00abcd"


def stream(data, kind, limits=DEFAULT_LIMITS):
    return open_stream(io.BytesIO(data), kind, limits)


def unpacked(data, kind, step=1 << 16, limits=DEFAULT_LIMITS):
    opened = stream(data, kind, limits)
    return b"".join(iter(lambda: opened.read(step), b"")), opened.trailing


@pytest.fixture(params=sorted(PACK))
def kind(request):
    return request.param


@pytest.mark.parametrize("step", [1, 511, 4096, 1 << 20, 1 << 24])
def test_content_comes_back_in_steps_of_any_size(kind, step):
    content = CONTENT[:2000] if step == 1 else CONTENT
    assert unpacked(PACK[kind](content), kind, step) == (content, False)


def test_several_streams_are_one_file(kind):
    data = PACK[kind](b"a" * 1000) + PACK[kind](b"") + PACK[kind](b"b" * 1000)
    assert unpacked(data, kind)[0] == b"a" * 1000 + b"b" * 1000


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz", "lz4"])
def test_zeros_behind_the_end_are_padding_and_other_bytes_are_trailing(kind):
    data = PACK[kind](CONTENT)
    assert unpacked(data + bytes(70_000), kind) == (CONTENT, False)
    assert unpacked(data + bytes(5) + b"garbage", kind) == (CONTENT, True)
    assert unpacked(data + b"g", kind) == (CONTENT, True)


@pytest.mark.skipif("zstd" not in PACK, reason="zstandard is not installed")
def test_skippable_frames_of_zstd_are_skipped():
    data = SKIPPABLE + PACK["zstd"](b"a") + SKIPPABLE + PACK["zstd"](b"b")
    assert compression_of(data) == "zstd" and unpacked(data, "zstd")[0] == b"ab"


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_a_cut_is_noticed_wherever_it_is(kind):
    data = PACK[kind](b"some content" * 100)
    for size in range(len(data)):
        with pytest.raises(CodecError, match="too early"):
            unpacked(data[:size], kind)


def test_damage_is_an_error_of_ours(kind):
    data = bytearray(PACK[kind](CONTENT))
    for place in range(4, len(data), len(data) // 40):
        changed = bytes(data[:place]) + bytes([data[place] ^ 0x55]) + bytes(data[place + 1:])
        said = outcome(changed, kind)
        assert isinstance(said, bytes) or (kind in said and len(said) < 200)


def outcome(data, kind):
    """Return the content, or what the error says; any other exception fails the test."""
    try:
        return unpacked(data, kind)[0]
    except CodecError as error:
        return str(error)


def test_what_unpacks_without_end_is_stopped(kind):
    data = PACK[kind](bytes(8 << 20))
    with pytest.raises(CodecError, match="unpack to more than"):
        unpacked(data, kind, limits=Limits(free_output=1 << 20, ratio=10))
    with pytest.raises(CodecError, match="unpack to more than"):
        unpacked(data, kind, limits=Limits(output=1 << 20))


def test_zeros_that_gzip_packs_best_are_no_bomb():
    data = gzip.compress(bytes(4 << 20))
    assert len(unpacked(data, "gzip", limits=Limits(free_output=0))[0]) == 4 << 20


def test_memory_does_not_grow_with_the_content(kind):
    data = PACK[kind](bytes(40 << 20))
    opened = stream(data, kind)
    tracemalloc.start()
    while opened.read(1 << 18):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20  # xz has a dictionary of 8 MiB


def test_a_stream_that_wants_a_huge_window_is_refused():
    data = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 26}])
    with pytest.raises(CodecError):
        unpacked(data, "xz", limits=Limits(window=1 << 24))


@pytest.mark.parametrize(("kind", "package"), [("zstd", "zstandard"), ("lz4", "lz4")])
def test_a_missing_package_is_named(monkeypatch, tars, kind, package):
    for module in ("zstandard", "compression", "lz4", "lz4.frame"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingCodecError):
        stream(b"", kind)
    error = tars.refusal(CODECS[kind].magic[0] + bytes(100))
    assert error.code == "no-codec" and f"python3-{package}" in error.hint and kind in error.message
