# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Copies between registries: equal images, few requests, no blob moved twice, no login at the wrong side."""

from __future__ import annotations

import asyncio
import base64

import pytest
from registry_api_v2_client import CopyImage, RegistryClient, ValidationError
from registry_api_v2_client.copying.between.targets import CopyTarget
from registry_api_v2_client.formats.version_range import VersionRange, newest

from pytest_oci_registry.tars import ImageSpec
from pytest_oci_registry.validate import validate

PERSONALITIES = ("oci", "distribution2", "distribution3", "harbor", "gar", "ecr")
BOTH = ("team/app:1.0", "team/app:1.1")
LOGINS = (("reader", "first-secret"), ("writer", "second-secret"))


def sent(registry):
    """Everything that the requests to a registry contained, as text."""
    return repr([(entry.headers, entry.path, entry.query) for entry in registry.requests])


@pytest.mark.parametrize("target", PERSONALITIES)
@pytest.mark.parametrize("source", ["oci", "distribution2", "harbor"])
def test_images_arrive_byte_for_byte_and_a_second_run_asks_twice_per_tag(copying, source, target):
    copy = copying({"personality": source}, {"personality": target})
    copy.target.store.put_blob("team/app", b"")  # some personalities have to be given their repositories
    result = copy(*BOTH)
    assert result.error is None and result.changed, result.error
    assert copy.target.snapshot() == copy.source.snapshot()
    for tag in ("1.0", "1.1"):
        assert not validate(copy.target.url, "team/app", tag).problems
    copy.source.requests.clear(), copy.target.requests.clear()
    again = copy(*BOTH)
    asked = [entry.operation for one in (copy.source, copy.target) for entry in one.requests
             if entry.operation not in ("ping", "token")]
    assert not again.changed and asked == ["manifest_head"] * 4


def test_neither_side_meets_the_login_of_the_other(copying):
    copy = copying({"auth": LOGINS[0]}, {"auth": LOGINS[1], "token": True}, LOGINS)
    assert copy(*BOTH).error is None
    for registry, other in ((copy.source, LOGINS[1]), (copy.target, LOGINS[0])):
        for word in (*other, base64.b64encode(":".join(other).encode()).decode()):
            assert word not in sent(registry)
    assert copy.target.snapshot() == copy.source.snapshot()


@pytest.mark.parametrize("cdn", [False, True])
def test_each_blob_is_one_download_and_one_upload_of_known_length(copying, cdn):
    copy = copying({"cdn": cdn, "auth": LOGINS[0]}, None, (LOGINS[0], None))
    assert copy("team/app:1.1").error is None
    downloads = copy.source.requests.filter(method="GET", status=200, server="cdn" if cdn else "registry")
    downloads = [entry for entry in downloads if "/blobs/" in entry.path or cdn]
    uploads = copy.target.requests.filter(operation=("upload_put", "upload_patch"))
    assert len(downloads) == len(uploads) == 4 and {entry.operation for entry in uploads} == {"upload_put"}
    assert all(int(entry.header("Content-Length")) == entry.body_size for entry in uploads)
    assert not any(entry.header("Authorization") for entry in copy.source.requests.filter(server="cdn"))


def test_blobs_that_exist_are_not_read(copying):
    copy = copying()
    assert copy("team/app:1.1").error is None
    copy.source.requests.clear(), copy.target.requests.clear()
    result = copy(CopyImage("team/app:1.1", name="other/app", tags=("x",)), "team/app:1.0")
    assert result.error is None and result.images()[1]["status"] == "copied"
    again = copy(CopyImage("team/app:1.1", tags=("latest",)))
    assert again.error is None and again.images()[0]["uploaded"] == 0 and again.images()[0]["status"] == "tagged"


def test_within_one_registry_no_blob_byte_moves(copying):
    copy = copying()
    copy.target = copy.source
    copy.source.requests.clear()
    result = copy(*(CopyImage(name, name="live/app") for name in BOTH))
    assert result.error is None and all(image["mounted"] for image in result.images())
    assert not copy.source.requests.filter(operation=("blob_get", "upload_put", "upload_patch"))
    assert {name: digest for name, digest in copy.source.snapshot().items() if name.startswith("live")} == {
        name.replace("team", "live"): digest for name, digest in copy.source.snapshot().items() if "team" in name
    }


def test_blobs_of_two_destinations_cross_the_line_once(copying):
    copy = copying()
    result = copy(CopyImage("team/app:1.1", name="one"), CopyImage("team/app:1.1", name="two"))
    assert result.error is None and [image["mounted"] for image in result.images()] == [0, 4]
    assert len(copy.source.requests.filter(operation="blob_get")) == 4


@pytest.mark.parametrize(("platforms", "media"), [(("linux/amd64",), "index"), (("arm64", "linux/amd64"), None)])
def test_platforms_choose_and_the_result_says_what_that_means(copying, platforms, media):
    copy = copying()
    result = copy("team/app:1.0", platforms=platforms)
    image = result.images()[0]
    assert result.error is None and not validate(copy.target.url, "team/app", "1.0").problems
    assert (image["digest"] == image["source_digest"]) == (media is None) == (image["note"] is None)
    assert not copy("team/app:1.0", platforms=platforms).changed


def test_one_platform_without_attestation_is_a_single_image(copying):
    copy = copying(images=[ImageSpec(("app:1",), platforms=("linux/amd64", "linux/arm64"))])
    image = copy("app:1", platforms=("linux/arm64",)).images()[0]
    assert "single image" in image["note"] and "index" not in image["media_type"]


@pytest.mark.parametrize("name", BOTH)
def test_a_platform_that_is_absent_is_named(copying, name):
    copy = copying()
    error = copy(name, platforms=("linux/s390x",)).error
    assert error.code == "not-found" and "linux/s390x" in error.message and "linux/amd64" in error.message
    assert not copy.target.requests.writes


@pytest.mark.parametrize("options", [{}, {"force": True}, {"platforms": ("linux/amd64",)}, {"prefix": "mirror"}])
def test_check_mode_says_what_the_run_does_and_writes_nothing(copying, options):
    copy = copying()
    planned = copy(*BOTH, check=True, **options)
    assert not copy.target.requests.writes and planned.changed
    done = copy(*BOTH, **options)
    assert done.error is None and (planned.images(), planned.diff()) == (done.images(), done.diff())
    assert planned.bytes_uploaded == done.bytes_uploaded > 0


def test_overwrite_false_keeps_a_tag_and_names_both_digests(copying):
    copy = copying()
    copy.target.seed(ImageSpec(("team/app:1.1",), seed="older"))
    before = copy.target.snapshot()
    error = copy("team/app:1.1", overwrite=False).error
    assert (error.code, error.path) == ("tag-is-taken", None) and copy.target.snapshot() == before
    assert before["team/app:1.1"] in error.message and copy.source.snapshot()["team/app:1.1"] in error.message
    assert copy("team/app:1.1").images()[0]["moved"] == {"1.1": before["team/app:1.1"]}


def test_force_sends_everything_again(copying):
    copy = copying()
    first = copy(*BOTH)
    assert copy(*BOTH, force=True).bytes_uploaded == first.bytes_uploaded


@pytest.mark.parametrize("lost", ["blob", "child"])
def test_verify_existing_repairs_below_a_tag_that_is_right(copying, lost):
    copy = copying()
    assert copy("team/app:1.0").error is None
    store = copy.target.store
    if lost == "child":
        child = next(one for one in store.manifests("team/app") if one != store.tag_digest("team/app", "1.0"))
        store.delete_manifest("team/app", child)
    else:
        digest = copy.target.requests.filter(operation="upload_put")[0].query.partition("digest=")[2]
        copy.target.forget_blob("team/app", digest.replace("%3A", ":"))
    assert not copy("team/app:1.0").changed
    result = copy("team/app:1.0", verify_existing=True)
    assert result.error is None and result.changed and not validate(copy.target.url, "team/app", "1.0").problems


def test_an_incomplete_index_is_reported_and_a_strict_destination_names_the_option(copying):
    copy = copying({"sparse": True}, {"sparse": True})
    store = copy.source.store
    child = next(one for one in store.manifests("team/app") if one != store.tag_digest("team/app", "1.0"))
    store.delete_manifest("team/app", child)
    result = copy("team/app:1.0")
    assert result.error is None and child in result.warnings[0] and result.images()[0]["absent"] == [child]
    strict = copying({"sparse": True}, {})
    strict.source = copy.source
    error = strict("team/app:1.0").error
    assert error.code == "not-found" and child in error.message and "platforms" in error.hint
    assert "team/app:1.0" not in strict.target.snapshot()


def test_one_failure_does_not_stop_the_others_if_that_is_asked_for(copying):
    copy = copying()
    assert not copy("team/app:9", "team/app:1.1").changed
    result = copy("team/app:9", "team/app:1.1", continue_on_error=True)
    assert [image["status"] for image in result.images()] == ["failed", "copied"] and result.error.code == "not-found"


TAGS = ["1.9", "1.10", "2.0-rc.1", "2.0", "latest", "1.4.2-alpine", "v1.4"]


@pytest.mark.parametrize(("words", "expected"), [
    ({"match": ("1.*",)}, {"1.9", "1.10", "1.4.2-alpine"}), ({"match": ("latest", "v*")}, {"latest", "v1.4"}),
    ({"versions": ">=1.5,<2"}, {"1.9", "1.10"}), ({"versions": "!=1.9, >=1.4"}, set(TAGS) - {"1.9", "latest"}),
    ({"newest": 2}, {"2.0", "2.0-rc.1"}), ({"newest": 1, "match": ("1.*",)}, {"1.10"}),
    ({"newest": 1, "versions": "<2"}, {"1.10"}), ({"match": ("none",)}, set()),
])
def test_tags_are_chosen_by_glob_range_and_number(copying, words, expected):
    copy = copying(images=[ImageSpec((f"app:{tag}",), seed=tag, layers=1) for tag in TAGS])
    result = copy(CopyImage("app", **words), prefix="mirror", check=True)
    assert {image["tags"][0] for image in result.images()} == expected
    assert {image["repository"] for image in result.images()} <= {"mirror/app"}


@pytest.mark.parametrize(("images", "code"), [
    ([CopyImage("app")], "bad-option"), ([CopyImage("app:1", match=("*",))], "bad-option"),
    ([CopyImage("app", newest=0)], "bad-option"), ([CopyImage("app", versions="1 to 2")], "bad-option"),
    ([CopyImage("app", versions="")], "bad-option"), ([CopyImage("app", match=("*",), tags=("1",))], "bad-option"),
    ([CopyImage("app@sha256:" + "a" * 64)], "bad-option"), ([CopyImage("other.example.com/app:1")], "bad-option"),
    ([CopyImage("app:1", name="host.example.com/app")], "bad-name"), ([CopyImage("app:1", tags=("a b",))], "bad-tag"),
    ([CopyImage("App:1")], "bad-image-name"), ([CopyImage("app:1"), CopyImage("web:1", name="app")], "tag-clash"),
    ([CopyImage("app:1"), CopyImage("app:2", tags=("2", "1"))], "tag-clash"),
])
def test_what_cannot_be_meant_is_refused_before_any_request(copying, images, code):
    copy = copying()
    with pytest.raises(ValidationError) as caught:
        copy(*images)
    assert caught.value.code == code and not len(copy.source.requests) and not len(copy.target.requests)


def test_the_host_is_kept_on_request(copying):
    copy = copying()
    with pytest.raises(ValidationError):  # a port cannot be part of a repository's name
        copy("team/app:1.1", original_registry="keep")
    assert CopyTarget("registry.example.com", "app", "1", "app", ("1",)).source == "registry.example.com/app:1"


def test_ranges_and_order_are_those_of_versions():
    chosen = VersionRange("<=2.0-rc.1,>1.4")
    assert [tag for tag in TAGS if tag in chosen] == ["1.9", "1.10", "2.0-rc.1", "1.4.2-alpine"]
    assert newest(TAGS, 9) == ["2.0", "2.0-rc.1", "1.10", "1.9", "1.4.2-alpine", "v1.4"]


def test_a_client_copies_within_its_registry_without_a_source(copying):
    copy = copying()

    async def main():
        async with RegistryClient(copy.settings(copy.source, None)) as client:
            return await client.copy([CopyImage("team/app:1.1", tags=("stable",))])

    assert asyncio.run(main()).images()[0]["status"] == "tagged"
