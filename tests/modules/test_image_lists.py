# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""registry_image_info with a list: one session, one entry for each image, one bad image does not hide the others."""

from __future__ import annotations

import pytest

from pytest_oci_registry.tars import ImageSpec

ABSENT = "sha256:" + "0" * 64
SHORT = {"image", "name", "tag", "exists", "digest", "media_type", "missing", "error"}


def seeded(registry):
    for tag in ("1", "2"):
        registry.seed(ImageSpec((f"team/app:{tag}",), seed=tag))
    registry.seed(ImageSpec(("many:1",), platforms=("linux/amd64", "linux/arm64")))
    return registry


@pytest.fixture
def look(registry, modules):
    """Call it with images and options: the result at a registry that has team/app:1, team/app:2 and many:1."""
    seeded(registry)
    return lambda images, **words: modules("registry_image_info", registry_url=registry.url, images=images, **words)


def test_entries_come_in_the_order_of_the_list(look, registry):
    digest = registry.image("team/app:2").digest
    asked = [
        "team/app:2",
        "many:1",
        f"team/app@{digest}",
        "team/app:absent",
        f"team/app@{ABSENT}",
        "team/app",
        f"team/app:2@{digest}",
    ]
    with registry.unchanged():
        result = look(asked)
    infos = result["infos"]
    assert [info["image"] for info in infos] == [*asked[:5], "team/app:latest", f"team/app@{digest}"]
    assert [info["exists"] for info in infos] == [True, True, True, False, False, False, True]
    assert [info["tag"] for info in infos] == ["2", "1", None, "absent", None, "latest", None]
    assert (infos[0]["digest"], infos[1]["digest"]) == (digest, registry.image("many:1").digest)
    assert (result["exists"], result["changed"], result.get("failed", False)) == (False, False, False)
    assert all(set(info) == SHORT for info in infos)


def test_details_are_those_of_a_single_look(look, modules, registry):
    (info,) = look(["many:1"], platform="linux/arm64", details=True, verify="blobs")["infos"]
    single = modules(
        "registry_image_info", registry_url=registry.url, name="many", tag="1", platform="linux/arm64", verify="blobs"
    )
    values = set(info) - {"image", "name", "tag", "error"}
    assert {"config", "layers", "referrers", "manifest"} <= values
    assert {name: info[name] for name in values} == {name: single[name] for name in values}


def test_parts_that_are_missing_are_listed_with_their_image(look, registry):
    blob = registry.image("team/app:1").layers[0].digest
    registry.forget_blob("team/app", blob)
    infos = look(["team/app:1", "team/app:2"], verify="blobs")["infos"]
    assert [[part["digest"] for part in info["missing"]] for info in infos] == [[blob], []]


def test_one_image_that_cannot_be_read_does_not_hide_the_others(look, registry):
    with registry.fail("manifest_get", corrupt=True, times=None, ref="1"):
        result = look(["team/app:1", "team/app:2"])
    bad, good = result["infos"]
    assert result["failed"] and result["exists"] is False
    assert (bad["exists"], bad["error"]["code"], bad["error"]["image"]) == (None, "wrong-bytes", "team/app:1")
    assert (good["exists"], good["error"]) == (True, None)
    assert result["msg"].startswith("1 of 2 images cannot be read: team/app:1 [wrong-bytes]. First: ")
    assert result["error"]["code"] == "wrong-bytes"


def test_a_platform_that_an_image_lacks_is_the_fault_of_that_image(look):
    result = look(["team/app:1", "many:1"], platform="linux/s390x")
    assert [info["error"] and info["error"]["code"] for info in result["infos"]] == ["bad-option", "bad-option"]
    assert "which holds linux/amd64, linux/arm64" in result["infos"][1]["error"]["message"]


@pytest.mark.parametrize(
    ("images", "words", "said"),
    [
        (["team/app", "Team/App"], {}, "[bad-name]"),
        (["team/app", "localhost:5000/team/app:1"], {}, "[bad-name]"),
        (["team/app:a b"], {}, "[bad-"),
        (["team/app@sha256:12"], {}, "[bad-reference]"),
        (["team/app@latest:x"], {}, "[bad-reference]"),
        ([""], {}, "[bad-name]"),
        (["a"], {"name": "b"}, "mutually exclusive: name|images"),
        (["a"], {"tag": "1"}, "mutually exclusive: tag|images"),
        (["a"], {"digest": ABSENT}, "mutually exclusive: digest|images"),
        (None, {}, "[bad-name]"),
    ],
)
def test_wrong_options_are_refused_before_the_first_request(look, registry, images, words, said):
    result = look(images, **words)
    assert result["failed"] and said in result["msg"]
    assert list(registry.requests) == []


def test_a_registry_that_is_away_is_one_error(modules):
    result = modules("registry_image_info", registry_url="http://127.0.0.1:1", retries=0, images=["a", "b"])
    assert result["failed"] and result["error"]["code"] == "unreachable" and "infos" not in result


def test_a_wrong_password_is_one_error(modules, registry_factory):
    registry = seeded(registry_factory(auth=("ci", "secret")))
    result = modules(
        "registry_image_info",
        registry_url=registry.url,
        username="ci",
        password="a wrong one",
        images=[f"team/app:{number}" for number in range(100)],
    )
    assert result["failed"] and result["error"]["code"] == "login-refused" and "infos" not in result
    assert len(registry.requests) < 50


def test_without_details_an_image_costs_one_request(look, registry):
    look(["team/app:1", "team/app:2"] * 20, verify="manifest")
    operations = [request.operation for request in registry.requests]
    assert operations.count("manifest_get") == 2 and set(operations) <= {"ping", "manifest_get"}


@pytest.mark.parametrize(
    ("module", "option", "done"),
    [
        ("docker_tar_push", "path", "pushed"),
        ("docker_tar_push", "images", "pushed"),
        ("docker_tar_info", "path", "read"),
        ("registry_image_info", "images", "looked up"),
    ],
)
def test_a_list_without_elements_warns(modules, registry, module, option, done):
    """As a lookup with a pattern gives it if no file matches."""
    result = modules(module, registry_url=registry.url, **{option: []})
    assert not result.get("failed") and not result["changed"]
    assert f"{option} is an empty list, so nothing was {done}." in str(result["warnings"])


def sentences(result, part):
    """Count how often a part of a sentence is in a result."""
    return str({name: value for name, value in result.items() if name != "invocation"}).count(part)


@pytest.mark.parametrize("module", ["docker_tar_push", "docker_tar_info"])
def test_a_sentence_is_in_a_result_once(modules, registry, tmp_path, module):
    result = modules(module, registry_url=registry.url, path=[str(tmp_path / "absent.tar")])
    assert sentences(result, "There is no file") == 1 and "There is no file" in result["msg"]
    assert result["error"]["code"] == "no-file"


def test_a_refused_push_says_so_once(modules, registry, docker_save_tar):
    registry.seed("app:1")
    tar = str(docker_save_tar("app:1", layers=1))
    result = modules("docker_tar_push", registry_url=registry.url, path=tar, overwrite=False)
    (image,) = result["images"]
    assert image["error"]["code"] == result["error"]["code"] == "tag-is-taken"
    assert sentences(result, result["msg"].partition(".")[0]) == 1


def test_several_images_have_their_sentences(modules, registry, docker_save_tar, tmp_path):
    """In a task about several images `msg` has the first sentence, and each image has its own."""
    tars = [str(docker_save_tar("app:1", layers=1)), str(tmp_path / "absent.tar")]
    result = modules("docker_tar_push", registry_url=registry.url, path=tars, continue_on_error=True)
    failed = [image for image in result["images"] if image["status"] == "failed"]
    assert [image["error"]["message"].startswith("There is no file") for image in failed] == [True]
    assert sentences(result, "There is no file") == 2


def test_an_image_or_a_list_is_required(modules, registry):
    result = modules("registry_image_info", registry_url=registry.url)
    assert result["failed"] and "one of the following is required: name, images" in result["msg"]
