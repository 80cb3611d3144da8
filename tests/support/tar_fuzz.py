# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tars of every kind of damage as strategies, and the promise that the reader keeps for all of them."""

from __future__ import annotations

import functools
import gzip
import io
import json
import random
import tarfile
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import TarReadError, ValidationError
from registry_api_v2_client.images.model import images_of

from pytest_oci_registry.tars import ImageSpec, Layout, save_tar

TIGHT = Limits(free_output=1 << 24)
LAYOUTS = (Layout.DOCKER, Layout.PODMAN, Layout.DOCKER25, Layout.CONTAINERD, Layout.OCI, Layout.KANIKO)
WORDS = (b"sha256", b'"manifests"', b'"layers"', b'"config"', b'"rootfs"', b'"diff_ids"', b"layer.tar",
         b"manifest.json", b"index.json", b'"size":', b"ustar", b"[", b"{", b'"Config"', b'"mediaType"', b"blobs/")
HOW = ("cut", "swap", "drop", "twice")


@functools.cache
def valid(layout):
    with tempfile.TemporaryDirectory() as folder:
        specs = [ImageSpec((f"app:{n}",), layers=2, size=600, seed=str(n)) for n in range(2)]
        return save_tar(Path(folder) / "a.tar", *specs, layout=layout).path.read_bytes()


def changed_bytes(layout, seed, changes):
    data, choose = bytearray(valid(layout)), random.Random(seed)
    for dummy in range(changes):
        place = choose.choice((choose.randrange(len(data)), choose.randrange(len(data) // 512) * 512 + 100))
        data[place] = choose.randrange(256)
    return bytes(data)


def words_replaced_in_place(layout, word, other, which):
    data = valid(layout)
    places = [place for place in range(len(data)) if data.startswith(word, place)] or [0]
    place = places[which % len(places)]
    return data[:place] + other[:len(word)].ljust(len(word)) + data[place + len(word):]


def blocks_moved_about(layout, first, second, how):
    data = valid(layout)
    blocks = [data[place:place + 512] for place in range(0, len(data), 512)]
    first, second = first % len(blocks), second % len(blocks)
    if how == "swap":
        blocks[first], blocks[second] = blocks[second], blocks[first]
    elif how == "drop":
        del blocks[first]
    elif how == "twice":
        blocks.insert(first, blocks[second])
    return b"".join(blocks)[:None if how != "cut" else first * 512 + second]


def changed_bytes_of_a_compressed_tar(seed, cut):
    data, choose = bytearray(gzip.compress(valid(Layout.DOCKER), mtime=0)), random.Random(seed)
    data[choose.randrange(10, len(data))] ^= 1 << choose.randrange(8)
    return bytes(data[:len(data) - cut] if cut else data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
    | st.sampled_from(["c.json", "l0/layer.tar", "../x", f"sha256:{'0' * 64}", "app:1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["Config", "Layers", "RepoTags", "manifests", "layers", "config", "digest", "size", "mediaType",
                         "rootfs", "diff_ids", "os", "schemaVersion", "annotations", "urls", "subject", "platform"]),
        inner, max_size=6),
    max_leaves=12,
)


def any_json_in_the_documents(document, config, name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, value in {name: document, "c.json": config, "l0/layer.tar": "x"}.items():
            data = json.dumps(value).encode()
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


layouts, seeds, places = st.sampled_from(LAYOUTS), st.integers(0, 1 << 40), st.integers(0, 60)
documents = st.sampled_from(["manifest.json", "index.json"])
DAMAGES = {
    "changed bytes": st.builds(changed_bytes, layouts, seeds, st.integers(1, 6)),
    "words replaced in place": st.builds(
        words_replaced_in_place, layouts, st.sampled_from(WORDS), st.binary(max_size=12), st.integers(0, 5)),
    "blocks moved about": st.builds(blocks_moved_about, layouts, places, places, st.sampled_from(HOW)),
    "changed bytes of a compressed tar": st.builds(
        changed_bytes_of_a_compressed_tar, seeds, st.sampled_from([0, 300, 2000])),
    "any bytes": st.binary(max_size=2000),
    "any JSON in the documents": st.builds(any_json_in_the_documents, JSON, JSON, documents),
}


def check(data):
    """Open the tar and hold what comes of it against the promise."""
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        file.write(data)
        file.flush()
        archive = opened(file.name)
        if isinstance(archive, str):
            assert archive.isprintable() and file.name in archive and len(archive) < 4000
            return
        packed = data.startswith(b"\x1f\x8b")
        with archive:
            assert archive.entries
            for entry in archive.entries:
                for image in images_of(entry.node):
                    check_image(archive, image, None if packed else len(data))


def opened(path):
    """Return the archive, or the sentence that says why there is none; any other exception fails the test."""
    try:
        return open_archive(path, limits=TIGHT)
    except (TarReadError, ValidationError) as error:
        return error.message


def check_image(archive, image, size):
    """Hold an image against its archive; `size` is the tar's, None where members are not at their place in the file."""
    assert image.artifact or all(layer.diff_id for layer in image.layers)
    for layer in image.layers:
        if layer.member is None:
            continue
        end = layer.member.offset + layer.member.size
        assert 0 <= layer.member.offset <= end and (size is None or end <= size)
        proof = archive.verify_layer(layer)
        assert proof.size == layer.member.size and proof.digest.startswith("sha256:")
