# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Any tar is images within its bounds, or one clear sentence. ARCHIVE_FUZZ_EXAMPLES sets how many are tried."""

from __future__ import annotations

import functools
import gzip
import io
import json
import os
import random
import tarfile
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.archive.model import images_of
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import TarReadError, ValidationError

from pytest_oci_registry.tars import ImageSpec, Layout, save_tar

EXAMPLES = int(os.environ.get("ARCHIVE_FUZZ_EXAMPLES", "120"))
TIGHT = Limits(free_output=1 << 24)
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

LAYOUTS = (Layout.DOCKER, Layout.PODMAN, Layout.DOCKER25, Layout.CONTAINERD, Layout.OCI, Layout.KANIKO)
WORDS = (b"sha256", b'"manifests"', b'"layers"', b'"config"', b'"rootfs"', b'"diff_ids"', b"layer.tar",
         b"manifest.json", b"index.json", b'"size":', b"ustar", b"[", b"{", b'"Config"', b'"mediaType"', b"blobs/")


@functools.cache
def valid(layout):
    with tempfile.TemporaryDirectory() as folder:
        specs = [ImageSpec((f"app:{n}",), layers=2, size=600, seed=str(n)) for n in range(2)]
        return save_tar(Path(folder) / "a.tar", *specs, layout=layout).path.read_bytes()


def check(data):
    """Open the tar and hold what comes of it against the promise."""
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(data)
        file.flush()
        archive = opened(file.name)
        if isinstance(archive, str):
            assert archive.isprintable() and file.name in archive and len(archive) < 4000
            return
        with archive:
            assert archive.entries
            for entry in archive.entries:
                for image in images_of(entry.node):
                    check_image(archive, image, len(data))


def opened(path):
    """Return the archive, or the sentence that says why there is none; any other exception fails the test."""
    try:
        return open_archive(path, limits=TIGHT)
    except (TarReadError, ValidationError) as error:
        return error.message


def check_image(archive, image, size):
    assert image.artifact or all(layer.diff_id for layer in image.layers)
    for layer in image.layers:
        if layer.member is None:
            continue
        assert 0 <= layer.member.offset <= layer.member.offset + layer.member.size <= size
        proof = archive.verify_layer(layer)
        assert proof.size == layer.member.size and proof.digest.startswith("sha256:")


@fuzz
@given(st.sampled_from(LAYOUTS), st.integers(0, 1 << 40), st.integers(1, 6))
def test_changed_bytes(layout, seed, changes):
    data, choose = bytearray(valid(layout)), random.Random(seed)
    for dummy in range(changes):
        place = choose.choice((choose.randrange(len(data)), choose.randrange(len(data) // 512) * 512 + 100))
        data[place] = choose.randrange(256)
    check(bytes(data))


@fuzz
@given(st.sampled_from(LAYOUTS), st.sampled_from(WORDS), st.binary(max_size=12), st.integers(0, 5))
def test_words_replaced_in_place(layout, word, other, which):
    data = valid(layout)
    places = [place for place in range(len(data)) if data.startswith(word, place)] or [0]
    place = places[which % len(places)]
    check(data[:place] + other[:len(word)].ljust(len(word)) + data[place + len(word):])


HOW = ["cut", "swap", "drop", "twice"]


@fuzz
@given(st.sampled_from(LAYOUTS), st.integers(0, 60), st.integers(0, 60), st.sampled_from(HOW))
def test_blocks_moved_about(layout, first, second, how):
    data = valid(layout)
    blocks = [data[place:place + 512] for place in range(0, len(data), 512)]
    first, second = first % len(blocks), second % len(blocks)
    if how == "swap":
        blocks[first], blocks[second] = blocks[second], blocks[first]
    elif how == "drop":
        del blocks[first]
    elif how == "twice":
        blocks.insert(first, blocks[second])
    check(b"".join(blocks)[:None if how != "cut" else first * 512 + second])


@fuzz
@given(st.integers(0, 1 << 40), st.sampled_from([0, 300, 2000]))
def test_changed_bytes_of_a_compressed_tar(seed, cut):
    data, choose = bytearray(gzip.compress(valid(Layout.DOCKER), mtime=0)), random.Random(seed)
    data[choose.randrange(10, len(data))] ^= 1 << choose.randrange(8)
    check_packed(bytes(data[:len(data) - cut] if cut else data))


def check_packed(data):
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(data)
        file.flush()
        archive = opened(file.name)
        if isinstance(archive, str):
            assert archive.isprintable()
        else:
            archive.close()


@fuzz
@given(st.binary(max_size=2000))
def test_any_bytes(data):
    check(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["c.json", "l0/layer.tar", "../x", f"sha256:{'0' * 64}", "app:1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["Config", "Layers", "RepoTags", "manifests", "layers", "config", "digest", "size", "mediaType",
                         "rootfs", "diff_ids", "os", "schemaVersion", "annotations", "urls", "subject", "platform"]),
        inner, max_size=6),
    max_leaves=12,
)


@fuzz
@given(JSON, JSON, st.sampled_from(["manifest.json", "index.json"]))
def test_any_json_in_the_documents(tars_document, config, name):
    check(archive_of({name: tars_document, "c.json": config, "l0/layer.tar": "x"}))


def archive_of(documents):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, value in documents.items():
            data = json.dumps(value).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()
