# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`registry.image(...)`: every property, and what is said when there is no such image."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable

import pytest

from pytest_oci_registry.registry import Registry
from pytest_oci_registry.tars import ImageSpec, SavedTar
from pytest_oci_registry.view import ImageAbsent

MakeTar = Callable[..., SavedTar]
ARM = ImageSpec(("team/app:1", "team/app:latest"), platforms=("linux/amd64", "linux/arm/v7"), labels={"a": "b"},
                annotations={"note": "x"})


def test_properties_of_an_image(registry: Registry, docker_save_tar: MakeTar) -> None:
    tar = docker_save_tar("team/app:1", "team/app:latest", layers=2, labels={"a": "b"}, layout="oci")
    registry.seed(tar, "team/app:other")
    image = registry.image("team/app:1")
    assert image.exists and image.digest == tar.digest and image.tags == ["1", "latest"]
    assert image.platforms == ["linux/amd64"] and image.labels == {"a": "b"}
    assert image.diff_ids == list(tar.diff_ids)
    assert [(layer.digest, layer.size) for layer in image.layers] == [
        (layer.digest, layer.size) for layer in tar.image.layers]
    assert image.config["architecture"] == "amd64" and image.media_type.endswith("manifest.v1+json")


def test_properties_of_an_index(registry: Registry) -> None:
    registry.seed(ARM)
    image = registry.image("team/app:1")
    assert image.platforms == ["linux/amd64", "linux/arm/v7"] and image.media_type.endswith("index.v1+json")
    arm = registry.image("team/app:1", platform="linux/arm/v7")
    assert arm.config["variant"] == "v7" and arm.layers != image.layers
    assert image.size > sum(layer.size for layer in image.layers + arm.layers)


def test_annotations_are_the_manifests_own(registry: Registry) -> None:
    registry.seed(ImageSpec(("app:1",), annotations={"note": "x"}))
    assert registry.image("app:1").annotations == {"note": "x"}


def test_image_by_digest_and_without_tag(registry: Registry) -> None:
    registry.seed("app:latest")
    digest = registry.image("app").digest
    assert registry.image(f"app@{digest}").exists and registry.image("app").tags == ["latest"]


@pytest.mark.registry_requires("referrers")
def test_referrers_are_descriptors(registry: Registry) -> None:
    registry.seed("app:1")
    image = registry.image("app:1")
    manifest = {**image.manifest, "subject": {"mediaType": image.media_type, "digest": image.digest, "size": 1}}
    import json

    registry.source.put_manifest("app", "signature", image.media_type, json.dumps(manifest).encode())
    assert [item["mediaType"] for item in image.referrers] == [image.media_type]


@pytest.mark.parametrize("name", ["media_type", "tags", "platforms", "labels", "layers", "diff_ids", "size",
                                  "referrers"])
def test_absent_image_is_an_assertion_that_says_what_is_there(registry: Registry, name: str) -> None:
    registry.seed("app:2", "app:3")
    with pytest.raises(ImageAbsent, match=r"app:1 is not in 127.0.0.1:\d+: app has the tags 2, 3"):
        getattr(registry.image("app:1"), name)
    with pytest.raises(AssertionError, match="there is no nothing"):
        getattr(registry.image("nothing:1"), name)


def test_absent_image_has_no_digest_and_matches_nothing(registry: Registry, docker_save_tar: MakeTar) -> None:
    image = registry.image("app:1")
    assert not image.exists and image.digest is None
    assert not image.matches(docker_save_tar("app:1"))


def test_wait_returns_when_somebody_pushes(registry: Registry) -> None:
    pushing = threading.Timer(0.05, registry.seed, ["app:1"])
    pushing.start()
    assert registry.image("app:1").wait(timeout=5).exists
    pushing.join()


def test_wait_ends_with_a_sentence(registry: Registry) -> None:
    with pytest.raises(ImageAbsent, match=r"after 0\.01 s app:1 is not in .*: there is no app"):
        registry.image("app:1").wait(timeout=0.01)


def test_matches_any_compression_of_the_same_layers(registry: Registry, docker_save_tar: MakeTar) -> None:
    registry.seed(ImageSpec(("app:1",), seed="s", compression="gzip"))
    assert registry.image("app:1").matches(docker_save_tar("app:1", seed="s", compression="none"))


@pytest.mark.parametrize(("words", "difference"), [({"labels": {"other": "1"}}, "is in the tar, not in the registry"),
                                                   ({"layers": 3}, "is in the registry, not in the tar")])
def test_matches_names_the_difference(registry: Registry, docker_save_tar: MakeTar, words: dict[str, object],
                                      difference: str) -> None:
    registry.seed("app:1")
    match = registry.image("app:1").matches(docker_save_tar("app:1", **words))
    assert not match and difference in str(match) and repr(match).startswith("<app:1 differs from app-1-1.tar: ")


def test_matches_picks_the_image_by_name(registry: Registry, docker_save_tar: MakeTar) -> None:
    tar = docker_save_tar(ImageSpec(("registry.example:5000/a:1",)), ImageSpec(("b:1",)))
    registry.seed(tar)
    assert registry.image("a:1").matches(tar) and registry.image("b:1").matches(tar.images[1])
    assert not registry.image("b:1").matches(tar.images[0])
    with pytest.raises(ValueError, match="holds several images and none is c:1"):
        registry.image("c:1").matches(tar)


def test_partial_index_matches_when_what_is_there_is_there(registry: Registry, docker_save_tar: MakeTar) -> None:
    tar = docker_save_tar("app:1", absent_platforms=("linux/s390x",), layout="containerd")
    registry.seed(docker_save_tar("app:1", layout="containerd"))
    assert registry.image("app:1").matches(tar)


def test_snapshot_and_unchanged_by_snapshot(registry: Registry) -> None:
    registry.seed("app:1")
    before = registry.snapshot()
    assert list(before) == ["app:1"] and before["app:1"] == registry.image("app:1").digest
    with registry.unchanged():
        assert registry.snapshot() == before


def test_unchanged_is_not_fooled_by_a_cleared_log(registry: Registry) -> None:
    def write() -> None:
        urllib.request.urlopen(f"{registry.url}/v2/app/blobs/uploads/", data=b"", timeout=10).close()

    def clear_and_write() -> None:
        with registry.unchanged():
            registry.requests.clear()
            write()

    write()
    with pytest.raises(AssertionError, match="the registry saw 1: POST /v2/app/blobs/uploads/"):
        clear_and_write()


@pytest.mark.parametrize("seed", [3, b"app:1", None])
def test_seed_refuses_what_it_cannot_build(registry: Registry, seed: object) -> None:
    with pytest.raises(TypeError, match="seed a name, an ImageSpec or what docker_save_tar returns"):
        registry.seed(seed)  # type: ignore[arg-type]  # that is the point


def test_looking_leaves_no_trace_and_meets_no_fault(registry: Registry) -> None:
    with registry.fail("*", status=500, times=None) as rule:
        registry.seed("app:1")
        assert registry.image("app:1").exists and registry.tags("app") == ["1"]
        assert len(registry.requests) == 0 and rule.hits == 0
    registry.rules.clear()
