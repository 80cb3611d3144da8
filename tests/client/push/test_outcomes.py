# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a push leaves in the registry and what it says of that, where tags are taken, shared, refused or half right."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from pathlib import Path

import pytest
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.settings import Login, Settings

from pytest_oci_registry.tars import ImageSpec, LayerSpec, save_tar

APP = ImageSpec(("app:1",), layers=[LayerSpec(size=900, seed="a"), LayerSpec(size=900, seed="b")])
GZIPPED = dataclasses.replace(APP, layers=[dataclasses.replace(one, compression="gzip") for one in APP.layers])


@pytest.fixture
def tar(tmp_path):
    def save(spec=APP, name="app.tar", **options):
        return str(save_tar(tmp_path / name, spec, **options))

    return save


async def pushed(registry, sources, check=False, **options):
    sources = [Source(one) if isinstance(one, str) else one for one in sources]
    async with RegistryClient(Settings(registry.url, login=Login(anonymous=True), retries=0)) as client:
        return await client.push(sources, PushOptions(**options), check=check)


def push(registry, *sources, **options):
    return asyncio.run(pushed(registry, sources, **options))


def statuses(result):
    return [image["status"] for image in result.images()]


def refusal(registry, *sources, **options):
    with pytest.raises(RegistryError) as caught:
        push(registry, *sources, **options)
    return caught.value


@pytest.mark.parametrize(("go_on", "wanted"), [(True, ["failed", "pushed"]), (False, ["failed", "not_tried"])])
def test_images_stand_in_the_order_of_the_task(registry, tar, go_on, wanted):
    result = push(registry, "/no/such.tar", tar(), continue_on_error=go_on)
    assert statuses(result) == wanted
    assert result.error.code == "no-file" and result.actions()[0] == "/no/such.tar failed [no-file]."
    assert result.images()[1]["uploaded"] == (3 if go_on else 0)


def test_one_cause_is_told_of_each_image_it_concerns(registry, tar):
    registry.fail("blob_head", status=500, times=None)
    result = push(registry, Source(tar(), "app", ("1",)), Source(tar(), "app", ("2",)), continue_on_error=True)
    assert [image["error"]["image"] for image in result.images()] == ["app:1", "app:2"]


def test_a_tag_that_is_right_stays_when_another_names_the_image_in_other_words(registry, tar):
    push(registry, tar())
    registry.seed(dataclasses.replace(GZIPPED, names=("app:2",)))
    with registry.unchanged():
        result = push(registry, Source(tar(), "app", ("1", "2")))
    assert statuses(result) == ["unchanged"]


def test_a_tag_that_names_our_manifest_is_repaired_and_the_other_stays(registry, tar):
    push(registry, tar())
    registry.seed(dataclasses.replace(GZIPPED, names=("app:2",)))
    other = registry.image("app:2").digest
    registry.forget_blob("app", registry.image("app:1").layers[0].digest)
    assert statuses(push(registry, Source(tar(), "app", ("1", "2")))) == ["pushed"]
    assert registry.image("app:1").validate() and registry.image("app:2").digest == other


def test_force_sends_the_manifest_too(registry, tar):
    push(registry, tar())
    registry.requests.clear()
    result = push(registry, tar(), force=True)
    digest = registry.image("app:1").digest
    written = [request.path.rpartition("/")[2] for request in registry.requests.filter(operation="manifest_put")]
    assert written == [digest, "1"]  # the tag is written when the manifest was read back
    assert statuses(result) == ["pushed"] and result.images()[0]["moved"] == {} and result.diff()["after"] == ""


def test_overwrite_false_lets_the_same_image_be_repaired(registry, tar):
    registry.seed(GZIPPED)
    registry.forget_blob("app", registry.image("app:1").layers[0].digest)
    assert statuses(push(registry, tar(), overwrite=False)) == ["pushed"]
    assert registry.image("app:1").validate()


def test_a_tag_written_before_the_failure_is_a_change(registry, tar):
    push(registry, Source(tar(), "app", ("0",)))
    registry.fail("manifest_put", ref="2", status=403, times=None)
    result = push(registry, Source(tar(), "app", ("1", "2")))
    assert statuses(result) == ["failed"] and result.changed and registry.image("app:1").exists
    assert result.diff()["after"] == f"app:1\n  {registry.image('app:1').digest}\n"
    assert result.digest is None


def test_blobs_of_a_failed_image_are_told_as_they_are(registry, tar):
    registry.fail("upload_put", after=1, status=403, times=None)
    result = push(registry, tar())
    said = [blob["action"] for blob in result.images()[0]["blobs"]]
    assert sorted(said) == ["missing", "missing", "uploaded"] and result.changed
    assert result.images()[0]["uploaded"] == 1


def test_a_failure_among_tags_does_not_hide_what_was_written(registry, tar):
    registry.fail("manifest_put", repo="bad", status=403, times=None)
    registry.slow("manifest_put", repo="good", seconds=0.2)
    result = push(registry, Source(tar(), "good", ("1",)), Source(tar(), "bad", ("1",)))
    assert statuses(result) == ["pushed", "failed"] and registry.image("good:1").exists


@pytest.mark.registry(immutable_tags=True)
def test_an_immutable_tag_is_named_as_such(registry, tar):
    push(registry, tar())
    before = registry.image("app:1").digest
    other = tar(dataclasses.replace(APP, labels={"build": "2"}), "other.tar")
    error = push(registry, other).error
    assert error.code == "tag-is-taken" and before in error.message and error.status == 400
    assert "immutability rule forbids to move it, and the tag stays as it is." in error.message
    assert push(registry, tar()).error is None


@pytest.mark.parametrize("compare", ["image", "digest"])
def test_one_image_in_two_wordings_under_one_tag(registry, tar, compare):
    sources = [tar(GZIPPED, "a.tar", layout="oci"), tar(APP, "b.tar", layout="docker")]
    if compare == "digest":
        assert refusal(registry, *sources, compare=compare).code == "tag-clash" and len(registry.requests) <= 1
        return
    push(registry, *sources)
    assert len(registry.requests.filter(operation="manifest_put")) == 1
    assert registry.image("app:1").media_type.startswith("application/vnd.oci") and registry.image("app:1").validate()
    with registry.unchanged():
        push(registry, *sources)


def test_the_same_archive_twice_is_sent_once(registry, tar):
    result = push(registry, tar(), tar())
    writes = [request.operation for request in registry.requests.writes]
    assert sorted(writes) == ["manifest_put"] + ["upload_put"] * 3 + ["upload_start"] * 3
    assert result.error is None


def test_one_image_into_several_repositories_is_sent_once_and_mounted(registry, tar):
    result = push(registry, *(Source(tar(), name, ("1",)) for name in ("a", "b", "c")))
    assert len(registry.requests.filter(operation="upload_put")) == 3
    assert [image["mounted"] for image in result.images()] == [0, 3, 3]
    assert all(registry.image(f"{name}:1").validate() for name in ("a", "b", "c"))


def test_a_whole_index_whose_platforms_are_all_asked_for_keeps_its_bytes(registry, tar):
    path = tar(ImageSpec(("app:1",), index=True), layout="oci")
    first = push(registry, path).digest
    assert push(registry, Source(path, "other", ("1",)), platforms=("linux/amd64",)).digest == first


@pytest.mark.parametrize("wanted", ["\N{SUPERSCRIPT TWO}", "9" * 5000, "0", "\n", "nine"])
def test_an_image_that_is_no_name_and_no_number_is_refused(registry, tar, wanted):
    assert push(registry, Source(tar(), image=wanted)).error.code == "no-such-image"


@pytest.mark.registry(personality="ecr")
def test_a_repository_that_must_be_made_first(registry, tar):
    assert push(registry, tar()).error.code == "no-repository"


@pytest.mark.registry(read_only=True)
def test_a_registry_that_takes_nothing(registry, tar):
    result = push(registry, tar())
    assert result.error.status == 405 and not result.changed and result.diff() is None


@pytest.mark.parametrize("check", [True, False])
def test_a_refused_plan_promises_nothing(registry, tar, check):
    push(registry, tar())
    other = tar(dataclasses.replace(APP, labels={"build": "2"}), "other.tar")
    registry.requests.clear()
    result = push(registry, Source(other, "new", ("1",)), other, overwrite=False, check=check)
    assert statuses(result) == ["not_tried", "failed"] and not result.changed and result.diff() is None
    assert result.bytes_uploaded == 0 and registry.requests.writes == []


def test_a_file_replaced_between_plan_and_run_is_named(registry, tar, tmp_path):
    path = tar()
    other = save_tar(tmp_path / "other.tar", ImageSpec(("app:1",), layers=1))
    registry.slow("blob_head", seconds=0.3)

    async def work():
        task = asyncio.ensure_future(pushed(registry, [path]))
        while not registry.requests.filter(operation="blob_head"):  # noqa: ASYNC110 - the log is another thread's
            await asyncio.sleep(0.01)
        other.path.rename(path)
        return await task

    result = asyncio.run(work())
    assert result.error.code == "changed" and not registry.image("app:1").exists


def test_a_push_cancelled_while_archives_are_read_leaves_no_file_open(registry, tmp_path):
    paths = [str(save_tar(tmp_path / f"{n}.tar", ImageSpec((f"app:{n}",), size="20MB"), outer="xz")) for n in range(3)]

    async def work():
        task = asyncio.ensure_future(pushed(registry, paths))
        while not archives_open():  # noqa: ASYNC110 - a thread opens them
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(work(), 30))
    assert archives_open() == []
    assert len(registry.requests.writes) == 0


def archives_open():
    return [path for path in open_files() if path.endswith(".tar")]


def open_files():
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(entry.readlink()))
    return found


@pytest.mark.parametrize("options", [{}, {"compare": "digest"}, {"force": True}], ids=str)
@pytest.mark.parametrize("layout", ["docker", "kaniko", "oci"])
@pytest.mark.parametrize("kind", [
    "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/vnd.oci.artifact.manifest.v1+json",
])
def test_a_tag_that_names_what_cannot_be_read_is_moved(registry, tar, kind, layout, options):
    path = tar(APP if layout == "docker" else GZIPPED, layout=layout)
    old = registry.store.put_manifest("app", json.dumps({"schemaVersion": 1, "mediaType": kind}).encode(), kind, "1")
    assert push(registry, path, overwrite=False, **options).error.code == "tag-is-taken"
    result = push(registry, path, **options)
    assert result.error is None and result.images()[0]["moved"] == {"1": old} and registry.image("app:1").validate()


def test_two_manifests_that_show_only_after_hashing_clash_where_digests_are_compared(registry, tar):
    sources = [tar(APP, "a.tar"), tar(GZIPPED, "b.tar")]
    assert refusal(registry, *sources, compare="digest").code == "tag-clash"
    assert registry.requests.writes == []
    assert push(registry, *sources).error is None


def test_a_mount_of_bytes_that_are_gone_is_sent_instead_where_that_is_verified(registry, tar):
    push(registry, Source(tar(), "base", ("1",)))
    digest = registry.image("base:1").layers[0].digest
    registry.store.link("app", digest)
    registry.lie_about("app", digest)
    result = push(registry, Source(tar(), "app", ("1",)), Source(tar(), "base", ("1",)), verify_existing=True)
    assert result.error is None and registry.image("app:1").validate()
    assert (result.images()[0]["mounted"], result.images()[0]["uploaded"]) == (2, 1)
