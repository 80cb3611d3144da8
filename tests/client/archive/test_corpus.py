# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tars that real tools wrote, and broken ones: what an independent parser read, against what we read.

The folder is REGISTRY_API_FIXTURES, else shared/fixtures beside the checkout; its README says what the verdicts mean.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import tarfile
import time
import tracemalloc
from pathlib import Path

import pytest
from registry_api_v2_client.archive.bytes.codecs import MissingCodecError
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import TarReadError, ValidationError
from registry_api_v2_client.images.model import Index, images_of

CHECKOUT = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("REGISTRY_API_FIXTURES") or CHECKOUT.parent / "shared" / "fixtures")
SLOWEST = 10.0  # seconds for one file, on a slow machine: none may hang

READ_BY_HAND = (
    "abs-paths", "backslash-paths", "bomb-gz-layer-1GiB-zeros", "bzip2-layer-in-docker-archive",
    "duplicate-layer-entry-first-good", "duplicate-manifest-different", "duplicate-manifest-same",
    "gz-layer-bad-crc", "gz-layer-trailing-garbage", "gz-layer-trailing-zeros", "hardlink-layer",
    "history-shorter", "layer-zero-size", "manifest-dot-slash-refs", "manifest-duplicate-keys",
    "manifest-lowercase-keys", "manifest-nul-in-tag", "manifest-repotags-empty", "manifest-repotags-missing",
    "manifest-repotags-null", "manifest-trailing-data", "manifest-unknown-fields", "oci-and-docker-disagree",
    "oci-artifact", "oci-bad-layout-version", "oci-bad-ref-names", "oci-blob-symlink", "oci-index-2000-entries",
    "oci-index-with-subject-and-unknown-type", "oci-manifest-without-mediatype", "oci-no-oci-layout",
    "oci-nondistributable-absent", "oci-prefixed-dir", "oci-sha512-manifest", "oci-subject-referrer",
    "oci-two-refs-same-manifest", "oci-wrong-manifest-size", "oci-zero-layers", "symlink-before-target",
    "symlink-chain3", "symlink-dir", "symlink-manifest", "trailing-garbage", "traversal-entry-name",
    "wrong-config-name", "wrong-diffid", "wrong-digest-layer-filename", "xz-layer-in-docker-archive",
    "zstd-multiframe-skippable-layer",
)
# Odd files that are read all the same, since docker or skopeo take them and their documents agree with each other.
# What is wrong inside of a layer is known when it is read or sent.
READ = {
    "aboutcode-org_container-inspector/imagesv11_with_tar_at_root.tar",
    "layout-dirs-tarred/buildpacks_imgutil/my-previous-image.tar",
    "snyk_snyk-docker-plugin/centos-6.tar",
    "snyk_snyk-docker-plugin/docker-save__java.tar",
    "made-malformed/whole-gz-misnamed.tar",
    "made-malformed/whole-zstd-multiframe.tar.zst",
    *(f"made-malformed/{name}.tar" for name in READ_BY_HAND),
}
REF_NAME = "org.opencontainers.image.ref.name"


def records():
    try:
        return json.loads((FOLDER / "index.json").read_bytes())
    except FileNotFoundError:
        return []


RECORDS = records()
IN_CI = os.environ.get("CI") == "true"
if not (RECORDS or IN_CI):
    pytest.skip("no folder of real tars; set REGISTRY_API_FIXTURES", allow_module_level=True)


def of_verdict(verdict):
    return [pytest.param(record, id=record["file"]) for record in RECORDS if record["verdict"] == verdict]


def has_zstd():
    return importlib.util.find_spec("zstandard") is not None or sys.version_info >= (3, 14)


def opened(record):
    started = time.monotonic()
    try:
        return open_archive(FOLDER / record["file"])
    finally:
        assert time.monotonic() - started < SLOWEST


def images_in(archive):
    return [(entry, image) for entry in archive.entries for image in images_of(entry.node)]


def digests_in(archive):
    """Return the digests of all manifests and indexes, referrers included."""
    found = {referrer.manifest.digest for referrer in archive.referrers}
    nodes = [entry.node for entry in archive.entries] + [one.node for one in archive.referrers if one.node is not None]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Index):
            nodes += [child.node for child in node.children if child.node is not None]
        if node.descriptor is not None:
            found.add(node.descriptor.digest)
    return found


def true_blobs(path):
    """Return the digests of all blobs whose names are true, as tarfile reads them."""
    with tarfile.open(path) as tar:
        return {
            digest for member in tar if member.isfile() and "blobs/sha256/" in member.name
            for digest in [f"sha256:{hashlib.sha256(tar.extractfile(member).read()).hexdigest()}"]
            if member.name.endswith(digest[7:])
        }


def lists_of_referrers(path):
    """Return the digests of what index.json lists under the referrers tag of another digest."""
    with tarfile.open(path) as tar:
        indexes = [json.load(tar.extractfile(member)) for member in tar if member.name.endswith("index.json")]
    return {
        entry["digest"] for index in indexes for entry in index.get("manifests") or ()
        if re.fullmatch("sha256-[0-9a-f]{64}", (entry.get("annotations") or {}).get(REF_NAME, ""))
        and entry["mediaType"].endswith("index.v1+json")
    }


def names_by_annotation(record):
    names = {}
    for top in record.get("oci_top") or ():
        names.setdefault(top["digest"], []).append(top["name"] or top["ref"])
    return {digest: [name for name in listed if name] for digest, listed in names.items()}


def test_the_folder_is_whole():
    assert len(RECORDS) >= 284


@pytest.mark.parametrize("record", of_verdict("accept"))
def test_a_good_image_is_what_the_index_says(record):
    with opened(record) as archive:
        found = {image.config_descriptor.digest: (entry, image) for entry, image in images_in(archive)}
        for expected in record["images"]:
            entry, image = found[expected["config_digest"]]
            assert [layer.diff_id for layer in image.layers] == (expected["diff_ids"] or [])
            assert [layer.compression for layer in image.layers] == expected["layer_compression"]
            names = [name for name in expected["repo_tags"] or () if not name.endswith(":i-was-a-digest")]
            assert sorted(entry.names) == sorted(names)
            said = (image.platform.os, image.platform.architecture) if image.platform else ("", "")
            assert said == (expected["os"] or "", expected["arch"] or "")


@pytest.mark.parametrize("record", [
    pytest.param(record, id=record["file"]) for record in RECORDS
    if record["verdict"] == "accept" and record.get("oci_manifests")
])
def test_a_good_layout_keeps_its_manifests(record):
    true = true_blobs(FOLDER / record["file"])
    expected = {item["digest"] for item in record["oci_manifests"] if item["present"] and item["digest"] in true}
    expected -= lists_of_referrers(FOLDER / record["file"])  # which are merged with those of the registry, not pushed
    with opened(record) as archive:
        assert digests_in(archive) == expected
        if record["kind"] == "oci":
            listed = names_by_annotation(record)
            names = {entry.node.descriptor.digest: list(entry.names) for entry in archive.entries}
            images = {digest: [name for name in listed[digest] if not name.startswith("sha256-")]
                      for digest in listed.keys() & names.keys()}  # fmt: skip
            assert {digest: names[digest] for digest in images} == images  # of long lists it has the begin
            left = listed.keys() - names.keys() - lists_of_referrers(FOLDER / record["file"])
            assert left <= {referrer.manifest.digest for referrer in archive.referrers}


@pytest.mark.parametrize("record", of_verdict("sound"))
def test_an_odd_file_is_refused_in_one_sentence_or_sound(record):
    if record["file"] not in READ or (record["outer"] == "zstd" and not has_zstd()):
        with pytest.raises((TarReadError, ValidationError)) as caught:
            opened(record).close()
        message = caught.value.message
        assert "\n" not in message and message.isprintable() and os.path.basename(record["file"]) in message
        return
    with opened(record) as archive:
        for entry, image in images_in(archive):
            assert image.complete or isinstance(entry.node, Index)
            assert image.artifact or all(layer.diff_id for layer in image.layers)
            check_bounds(archive, image, record)


def check_bounds(archive, image, record):
    """Every member of a plain tar lies inside the file."""
    size = os.path.getsize(archive.path)
    members = [image.config_member, *(layer.member for layer in image.layers if layer.member is not None)]
    assert record["outer"] != "none" or all(member.offset + member.size <= size for member in members)


@pytest.mark.parametrize("name", [
    "huge-config-json.tar.gz", "huge-manifest-json-whitespace.tar.gz", "manifest-deep-nesting.tar",
    "oci-index-2000-entries.tar", "bomb-gz-layer-1GiB-zeros.tar",
])
def test_memory_stays_small_whatever_the_file_claims(name):
    tracemalloc.start()
    try:
        open_archive(FOLDER / "made-malformed" / name).close()
    except ValidationError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 24 << 20


@pytest.mark.parametrize(("name", "fault"), [
    ("gz-layer-bad-crc.tar", "damaged"), ("gz-layer-trailing-garbage.tar", "belong to nothing"),
    ("gz-layer-trailing-zeros.tar", ""), ("bzip2-layer-in-docker-archive.tar", ""),
    ("bomb-gz-layer-1GiB-zeros.tar", ""), ("xz-layer-in-docker-archive.tar", ""),
    ("zstd-multiframe-skippable-layer.tar", ""),
])
def test_layers_prove_what_they_are(name, fault):
    with open_archive(FOLDER / "made-malformed" / name) as archive:
        layer = archive.entries[0].node.layers[0]
        if layer.compression == "zstd" and not has_zstd():
            with pytest.raises(MissingCodecError):
                archive.verify_layer(layer)
            return
        proof = archive.verify_layer(layer)
        assert fault in proof.fault and bool(fault) == bool(proof.fault)
        assert proof.content_digest == (None if fault else layer.diff_id)
