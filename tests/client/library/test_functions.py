# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The functions beyond what the contract's examples show: names left out, deadlines, indexes, siblings, pages."""

from __future__ import annotations

import asyncio
import inspect
import platform
import time

import pytest
import registry_api_v2_client as library
from registry_api_v2_client import (
    ConnectionFailedError,
    ManifestInfo,
    NotFoundError,
    RefusedError,
    RegistryClient,
    TarReadError,
    ValidationError,
)
from registry_api_v2_client.images.platforms import this_machine

from pytest_oci_registry.tars import ImageSpec

ASYNC = [name for name in library.__all__ if inspect.iscoroutinefunction(getattr(library, name))]


def run(work):
    return asyncio.run(work)


def test_a_push_without_names_takes_both_from_the_tar(registry, docker_save_tar):
    tar = docker_save_tar("registry.example.com/team/app:2", "team/app:3")
    digest = run(library.push_docker_tar(tar, registry.url))
    assert registry.snapshot() == {"team/app:2": digest}


def test_a_push_without_tag_takes_it_from_the_tar(registry, docker_save_tar):
    run(library.push_docker_tar(docker_save_tar("team/app:2"), registry.url, "other"))
    assert registry.snapshot().keys() == {"other:2"}


def test_a_push_without_repository_takes_it_from_the_tar(registry, docker_save_tar):
    run(library.push_docker_tar(docker_save_tar("team/app:2"), registry.url, tag="9"))
    assert registry.snapshot().keys() == {"team/app:9"}


@pytest.mark.parametrize("push", [library.push_docker_tar, library.push_docker_tar_with_original_tags,
                                  library.push_docker_tar_with_all_original_tags])
def test_a_tar_without_names_needs_one(registry, docker_save_tar, push):
    with registry.unchanged(), pytest.raises(TarReadError, match="without a name"):
        run(push(docker_save_tar(ImageSpec(())), registry.url))


def test_one_of_several_images(registry, docker_save_tar):
    tar = docker_save_tar(ImageSpec(("a:1",)), ImageSpec(("b:1",), seed="b"))
    first = run(library.push_docker_tar(tar, registry.url, "app", "1", image="1"))
    second = run(library.push_docker_tar(tar, registry.url, "app", "2", image="b:1"))
    assert registry.snapshot() == {"app:1": first, "app:2": second}
    assert first != second


def test_several_images_under_one_name_are_refused(registry, docker_save_tar):
    tar = docker_save_tar(ImageSpec(("a:1",)), ImageSpec(("b:1",), seed="b"))
    with registry.unchanged(), pytest.raises(ValidationError, match="would point to two images"):
        run(library.push_docker_tar(tar, registry.url, "app", "1"))


def test_all_images_are_pushed_under_all_their_names(registry, docker_save_tar):
    tar = docker_save_tar(ImageSpec(("a:1", "a:2")), ImageSpec(("b:1",), seed="b"))
    digests = run(library.push_docker_tar_with_all_original_tags(tar, registry.url))
    assert digests == [registry.snapshot()[name] for name in ("a:1", "a:2", "b:1")]


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("push", [library.push_docker_tar, library.push_docker_tar_with_original_tags,
                                  library.push_docker_tar_with_all_original_tags])
def test_each_push_function_returns_the_digest_that_the_tag_has(registry, docker_save_tar, push, compression):
    tar = docker_save_tar("app:1")
    first, second = (run(push(tar, registry.url, compression=compression)) for _run in range(2))
    assert first == second
    assert ([first] if isinstance(first, str) else first) == [registry.image("app:1").digest]


def test_a_second_push_writes_nothing(registry, docker_save_tar):
    tar = docker_save_tar("app:1")
    digest = run(library.push_docker_tar(tar, registry.url))
    with registry.unchanged():
        assert run(library.push_docker_tar(tar, registry.url)) == digest


def test_progress_of_a_push(registry, docker_save_tar):
    seen: dict[str, list[tuple[int, int]]] = {}
    tar = docker_save_tar(ImageSpec(("app:1",), layers=2, size="5MB"))
    run(library.push_docker_tar(
        tar, registry.url, progress=lambda digest, done, total: seen.setdefault(digest, []).append((done, total))
    ))
    assert seen.keys() == {layer.digest for layer in tar.image.layers}
    for steps in seen.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 0


def test_rules_of_a_push_are_keywords(registry, docker_save_tar):
    run(library.push_docker_tar(docker_save_tar("app:1"), registry.url, prefix="mirror"))
    assert registry.repositories == ["mirror/app"]
    with pytest.raises(RefusedError, match="forbids to move it"):
        run(library.push_docker_tar(docker_save_tar("app:1", seed="x"), registry.url, prefix="mirror", overwrite=False))


def test_a_name_that_breaks_the_grammar_is_refused_before_any_request(registry, docker_save_tar):
    tar = docker_save_tar("app:1")
    for repository, tag in (("Team/App", "1"), ("localhost:5000/app", "1"), ("app", "no tag")):
        with pytest.raises(ValidationError):
            run(library.push_docker_tar(tar, registry.url, repository, tag))
    for call in (library.list_tags(registry.url, "App"), library.get_manifest(registry.url, "app", "a b"),
                 library.delete_image(registry.url, "app", "sha256:0"), library.get_image_info(registry.url, "", "1")):
        with pytest.raises(ValidationError):
            run(call)
    assert len(registry.requests) == 0


@pytest.mark.parametrize("name", [name for name in ASYNC if not name.startswith("push")])
def test_the_timeout_is_the_deadline_of_the_whole_call(registry, name):
    registry.seed("app:1")
    registry.stall(("ping", "catalog", "tags", "manifest_get", "manifest_head"), times=None)
    words = {"repository": "app", "reference": "1", "tag": "1", "digest": "sha256:" + "0" * 64}
    function = getattr(library, name)
    given = {key: value for key, value in words.items() if key in inspect.signature(function).parameters}
    started = time.monotonic()
    with pytest.raises(ConnectionFailedError):
        run(function(registry.url, timeout=1, **given))
    assert time.monotonic() - started < 5


def test_the_deadline_of_a_push_takes_its_uploads_back(registry, docker_save_tar):
    registry.stall("upload_put", after_bytes=65536, times=None)
    tar = docker_save_tar(ImageSpec(("app:1",), layers=1, size="9MB"))
    with pytest.raises(ConnectionFailedError, match="The push was not done within 1 s"):
        run(library.push_docker_tar(tar, registry.url, timeout=1))
    assert registry.requests.filter(operation="upload_cancel")
    assert registry.tags("app") == []


INDEX = ImageSpec(("app:1",), platforms=("linux/s390x", "linux/arm64"), attestations=True)


def info(registry, **words):
    return run(library.get_image_info(registry.url, "app", "1", **words))


def test_info_of_an_index_is_of_the_platform_that_is_asked_for(registry):
    registry.seed(INDEX)
    found = info(registry, platform="linux/arm64")
    assert (found["os"], found["architecture"], found["layer_count"]) == ("linux", "arm64", 2)
    assert [entry["architecture"] for entry in found["platforms"]] == ["s390x", "arm64"]
    assert found["digest"] == registry.image("app:1").digest
    assert found["manifest"]["digest"] == found["platforms"][1]["digest"]


def test_info_of_an_index_is_of_this_machine_else_of_the_first(registry, monkeypatch):
    registry.seed(INDEX)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert info(registry)["architecture"] == "arm64"
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert info(registry)["architecture"] == "s390x"


def test_a_platform_that_is_not_there(registry):
    registry.seed(INDEX)
    with pytest.raises(NotFoundError, match="no image for windows/amd64 in app:1"):
        info(registry, platform="windows/amd64")


def test_info_has_the_keys_of_both_contracts(registry):
    registry.seed(ImageSpec(("app:1",), layers=3, labels={"tier": "web"}))
    found = info(registry)
    assert found.keys() >= {"architecture", "os", "size", "created", "layers"}
    assert found.keys() >= {"repository", "tag", "digest", "manifest", "config", "total_size", "layer_count"}
    assert (found["repository"], found["tag"], found["layer_count"], found["platforms"]) == ("app", "1", 3, [])
    assert found["config"]["config"]["Labels"] == {"tier": "web"}
    assert found["size"] == found["total_size"] > sum(layer["size"] for layer in found["layers"])


def test_info_by_digest(registry):
    registry.seed("app:1")
    digest = registry.image("app:1").digest
    found = run(library.get_image_info(registry.url, "app", digest))
    assert (found["tag"], found["digest"]) == (None, digest)


@pytest.mark.parametrize("layout", ["docker25", "oci", "buildx-docker"])
@pytest.mark.parametrize("platforms", [("linux/amd64",), ("linux/amd64", "linux/arm64")])
def test_a_manifest_of_any_type_comes_with_its_digest(registry, docker_save_tar, layout, platforms):
    digest = run(library.push_docker_tar(docker_save_tar(ImageSpec(("app:1",), platforms=platforms), layout=layout),
                                         registry.url, "app", "1"))
    for reference in ("1", digest):
        found = run(library.get_manifest(registry.url, "app", reference))
        assert found["digest"] == digest
        assert found["schemaVersion"] == 2
        assert "manifests" in found if len(platforms) > 1 else "layers" in found


def test_a_manifest_with_other_bytes_is_refused(registry):
    registry.seed("app:1")
    registry.fail("manifest_get", corrupt=True, times=None)
    with pytest.raises(RefusedError) as caught:
        run(library.get_manifest(registry.url, "app", "1", retries=0))
    assert caught.value.code == "wrong-bytes"


def test_manifest_info(registry):
    registry.seed(ImageSpec(("app:1",), layers=3))

    async def work() -> ManifestInfo:
        async with RegistryClient(registry.url) as client:
            return await client.get_manifest_info("app", "1")

    found = run(work())
    assert (found.digest, len(found.layers)) == (registry.image("app:1").digest, 3)
    assert found.total_size == run(library.get_image_info(registry.url, "app", "1"))["size"]


def two_tags(registry) -> None:
    registry.seed(ImageSpec(("app:1", "app:2")))


def test_deleting_an_image_takes_its_other_tags_along(registry):
    two_tags(registry)
    assert run(library.delete_image(registry.url, "app", "1")) is True
    assert registry.tags("app") == []


def test_siblings_are_kept_where_the_registry_can_untag(registry):
    two_tags(registry)
    assert run(library.delete_image(registry.url, "app", "1", keep_siblings=True)) is True
    assert registry.tags("app") == ["2"]
    assert run(library.delete_image(registry.url, "app", "1", keep_siblings=True)) is False


def test_siblings_are_named_where_the_registry_cannot(registry_factory):
    registry = registry_factory(tag_delete=False)
    two_tags(registry)
    with pytest.raises(RefusedError, match="would remove app:2 too") as caught:
        run(library.delete_image(registry.url, "app", "1", keep_siblings=True))
    assert caught.value.code == "shared-digest"
    assert registry.tags("app") == ["1", "2"]


def test_a_tag_without_siblings_goes_with_its_manifest(registry_factory):
    registry = registry_factory(tag_delete=False)
    registry.seed("app:1", "app:2")
    assert run(library.delete_image(registry.url, "app", "1", keep_siblings=True)) is True
    assert registry.tags("app") == ["2"]


def test_deleting_what_is_not_there(registry):
    assert run(library.delete_image(registry.url, "app", "1")) is False
    assert run(library.delete_image_by_digest(registry.url, "app", "sha256:" + "0" * 64)) is False


def test_lists_that_come_in_pages(registry):
    registry.seed(*(f"team/app{number:04}:1" for number in range(1050)))
    found = run(library.list_repositories(registry.url))
    assert found == [f"team/app{number:04}" for number in range(1050)]
    assert len(registry.requests.filter(operation="catalog")) == 2


@pytest.mark.parametrize("opaque", [False, True])
def test_every_page_is_read_whatever_its_cursor(registry_factory, opaque):
    registry = registry_factory(page_size=3, page_limit=3, opaque_cursors=opaque)
    registry.seed(ImageSpec(tuple(f"app:{number}" for number in range(10, 20))))
    assert run(library.list_tags(registry.url, "app")) == [str(number) for number in range(10, 20)]


def test_a_repository_whose_tags_are_null_has_none(registry_factory):
    registry = registry_factory(personality="nexus")
    registry.seed("app:1")
    run(library.delete_image(registry.url, "app", "1"))
    assert run(library.list_tags(registry.url, "app")) == []


@pytest.mark.parametrize(("machine", "expected"), [
    ("x86_64", "linux/amd64"), ("aarch64", "linux/arm64"), ("arm64", "linux/arm64"), ("armv7l", "linux/arm/v7"),
    ("AMD64", "linux/amd64"), ("s390x", "linux/s390x"), ("i686", "linux/386"),
])
def test_the_platform_of_this_machine(machine, expected):
    assert str(this_machine(machine)) == expected
