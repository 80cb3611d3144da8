# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The validator over plain HTTP: silent about good images, one sentence for each thing that is wrong."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_oci_registry.look.layer_bytes import Unreadable, decompressed
from pytest_oci_registry.look.source import Document
from pytest_oci_registry.look.store_source import StoreSource
from pytest_oci_registry.registry import Registry
from pytest_oci_registry.tars import ImageSpec, LayerSpec, Layout, SavedTar
from pytest_oci_registry.validate import Report, validate, validate_image

MakeTar = Callable[..., SavedTar]
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def report(registry: Registry, repository: str = "app", reference: str = "1") -> Report:
    return validate(registry.url, repository, reference, username=registry.username or None, password=registry.password,
                    ca_file=registry.ca_file or None)


@pytest.mark.parametrize("layout", list(Layout))
def test_seeded_images_of_every_layout_are_whole(registry: Registry, docker_save_tar: MakeTar, layout: Layout) -> None:
    tar = docker_save_tar("app:1", layers=3, layout=layout)
    registry.seed(tar)
    found = report(registry)
    assert found.problems == []
    assert found.config_digests == [tar.config_digest] and found.diff_ids == [tar.diff_ids]
    assert registry.image("app:1").matches(tar)


def test_zstd_layers_are_looked_into(registry: Registry) -> None:
    pytest.importorskip("zstandard")
    registry.seed(ImageSpec(("app:1",), compression="zstd"))
    found = report(registry)
    assert found.problems == [] and None not in found.diff_ids[0]


def test_index_with_attestations_is_walked_whole(registry: Registry) -> None:
    registry.seed(ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm64"), attestations=True))
    found = report(registry)
    assert found.problems == [] and found.platforms == ["linux/amd64", "linux/arm64"] and len(found.manifests) == 5


@pytest.mark.parametrize("words", [{"auth": ("u", "p")}, {"auth": ("u", "p"), "token": True},
                                   {"auth": ("u", "p"), "tls": True}, {"cdn": True}, {"locations": "relative"}])
def test_it_logs_in_trusts_and_follows(registry_factory: Callable[..., Registry], words: dict[str, Any]) -> None:
    registry = registry_factory(**words)
    registry.seed("app:1")
    assert report(registry).problems == []


def test_absent_image_is_one_problem(registry: Registry) -> None:
    assert report(registry).problems == ["app:1 is not there"]


def broken(registry: Registry, change: Callable[[dict[str, Any]], None], spec: ImageSpec) -> list[str]:
    """Problems of an image whose manifest was changed."""
    registry.seed(spec)
    manifest = registry.image("app:1").manifest
    change(manifest)
    registry.source.put_manifest("app", "1", OCI_MANIFEST, json.dumps(manifest).encode())
    return report(registry).problems


def bigger(manifest: dict[str, Any]) -> None:
    manifest["layers"][0]["size"] += 1


def mislabelled(manifest: dict[str, Any]) -> None:
    manifest["layers"][0]["mediaType"] += "+gzip"


def shorter(manifest: dict[str, Any]) -> None:
    del manifest["layers"][0]


def swapped(manifest: dict[str, Any]) -> None:
    manifest["layers"].reverse()


def elsewhere(manifest: dict[str, Any]) -> None:
    manifest["layers"][0]["digest"] = "sha256:" + "0" * 64


@pytest.mark.parametrize(("change", "sentence"), [
    (bigger, "bytes, the manifest says"), (mislabelled, "is tar, its media type says"),
    (shorter, "names 2 diff_ids, the manifest has 1 layers"), (swapped, "layer 0 holds sha256:"),
    (elsewhere, "is not there")])
def test_each_lie_of_a_manifest_is_a_sentence(registry: Registry, change: Callable[[dict[str, Any]], None],
                                              sentence: str) -> None:
    problems = broken(registry, change, ImageSpec(("app:1",), compression="none"))
    assert any(sentence in problem for problem in problems), problems


@pytest.mark.parametrize(("layers", "sentence"), [
    ([1, 2], "layers of the manifest is no list of objects"), ("text", "layers of the manifest is no list of objects"),
    ({}, "layers of the manifest is no list of objects"), ([{}], "layer None is not there")])
def test_nonsense_in_a_manifest_is_a_sentence(registry: Registry, layers: Any, sentence: str) -> None:
    registry.seed("app:1")
    body = json.dumps({**registry.image("app:1").manifest, "layers": layers}).encode()
    source = Tampered(registry, body)
    assert sentence in validate_image(source, "app", "1").problems


@pytest.mark.parametrize("body", [b"null", b"[1]", b"no json", b"[" * 100_000])
def test_manifest_that_is_no_object_is_a_sentence(registry: Registry, body: bytes) -> None:
    assert "is no JSON object" in str(validate_image(Tampered(registry, body), "app", "1"))


class Tampered(StoreSource):
    """A registry that answers with other bytes for every manifest."""

    def __init__(self, registry: Registry, body: bytes) -> None:
        super().__init__(registry.store)
        self._body = body

    def manifest(self, repository: str, reference: str) -> Document:
        return Document(OCI_MANIFEST, None, self._body)


def test_lost_blob_is_seen(registry: Registry) -> None:
    registry.seed("app:1")
    registry.forget_blob("app", registry.image("app:1").layers[1].digest)
    assert any("is not there" in problem for problem in report(registry).problems)
    assert not registry.image("app:1").validate()


def test_corrupt_answer_is_seen(registry: Registry) -> None:
    registry.seed("app:1")
    registry.fail("blob_get", corrupt=True, ref=registry.image("app:1").layers[0].digest)
    assert any("has other bytes" in problem or "cannot be read" in problem for problem in report(registry).problems)


@pytest.mark.parametrize("garbage", [b"\x1f\x8b broken", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut"])
def test_broken_gzip_is_a_sentence(registry: Registry, garbage: bytes) -> None:
    digest = "sha256:" + hashlib.sha256(garbage).hexdigest()

    def replaced(manifest: dict[str, Any]) -> None:
        manifest["layers"][0].update(digest=digest, size=len(garbage))

    registry.source.put_blob("app", digest, len(garbage), [garbage])
    problems = broken(registry, replaced, ImageSpec(("app:1",), compression="gzip"))
    assert any(f"layer {digest} cannot be read: gzip" in problem for problem in problems), problems


def test_gzip_bomb_is_measured_in_bounded_memory(registry: Registry) -> None:
    registry.seed(ImageSpec(("app:1",), layers=[LayerSpec(size="300MB", fill="zeros", compression="gzip")]))
    import tracemalloc

    tracemalloc.start()
    assert registry.image("app:1").validate().problems == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize(("data", "content"), [
    (gzip.compress(b"a" * 3000), b"a" * 3000), (gzip.compress(b"a") + gzip.compress(b"b"), b"ab"),
    (gzip.compress(b"a") + bytes(700), b"a"), (gzip.compress(b""), b"")],
    ids=["one", "two", "padded", "empty"])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_gzip_members_and_padding_in_pieces_of_any_size(data: bytes, content: bytes, step: int) -> None:
    pieces = iter([data[start:start + step] for start in range(0, len(data), step)])
    assert b"".join(decompressed("gzip", next(pieces), pieces)) == content


@pytest.mark.parametrize("data", [gzip.compress(b"abc")[:-1], gzip.compress(b"abc") + b"rest", b"\x1f\x8b"],
                         ids=["cut", "garbage", "magic"])
def test_gzip_that_is_cut_or_followed_by_garbage_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="gzip: "):
        b"".join(decompressed("gzip", data, iter(())))
