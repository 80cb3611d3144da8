# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker_tar_push as users see it: what it says, what reaches the registry, and that the second run changes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile

import pytest
from stranger import collections

from pytest_oci_registry.tars import ImageSpec, LayerSpec, save_tar

TAGGED = "team/app:1.10"


@pytest.fixture(params=["embedded", "process"])
def server(request, registry_factory):
    return registry_factory(backend=request.param)


@pytest.fixture
def app(tmp_path):
    return save_tar(tmp_path / "app.tar", ImageSpec((TAGGED, "team/app:latest"), layers=3))


@pytest.fixture
def push(run_module):
    def call(server, *paths, **options):
        given = {"path": [str(path) for path in paths]} if paths else {}
        return run_module("docker_tar_push", registry_url=server.url, **given, **options)

    return call


def without_times(result):
    dropped = ("invocation", "msg", "actions", "warnings")
    return {name: value for name, value in result.items() if name not in dropped}


def test_an_archive_is_pushed_under_its_own_names(server, app, push):
    result = push(server, app)
    assert result["changed"] and result["images"][0]["status"] == "pushed"
    assert result["images"][0]["tags"] == ["1.10", "latest"]
    assert server.image(TAGGED).matches(app)
    assert result["digest"] == server.image("team/app:latest").digest


def test_the_second_run_changes_nothing_and_writes_nothing(registry, app, push):
    push(registry, app)
    with registry.unchanged():
        again = push(registry, app)
    assert not again["changed"] and again["bytes_uploaded"] == 0 and again["images"][0]["status"] == "unchanged"
    assert again["msg"] == f"Nothing to do: the image is in {registry.netloc}."


def test_the_second_run_asks_once_for_each_tag_and_blob(registry, app, push):
    push(registry, app)
    registry.requests.clear()
    push(registry, app)
    asked = [request.operation for request in registry.requests]
    assert sorted(asked) == ["blob_head"] * 4 + ["manifest_head"] * 2 + ["ping"]


def test_check_mode_tells_what_the_run_then_does_and_sends_no_write(registry, app, push):
    with registry.unchanged():
        told = push(registry, app, check=True, diff=True)
    done = push(registry, app, diff=True)
    assert without_times(told) == without_times(done)
    assert told["diff"]["after"].startswith(f"{TAGGED}\n  sha256:")
    assert "(4 of 4 blobs to send, " in told["diff"]["after_header"]


def test_ad_hoc_with_check_and_diff_then_for_real_then_again(registry, app, adhoc):
    words = f"path={app} registry_url={registry.url}"
    told = adhoc("docker_tar_push", words, "--check", "--diff")
    assert told.status == 0 and f"+++ after: {registry.netloc}" in told.output and "-  absent" in told.output
    assert registry.requests.writes == []
    assert "CHANGED" in adhoc("docker_tar_push", words).output
    with registry.unchanged():
        assert "SUCCESS" in adhoc("docker_tar_push", words).output


def test_name_and_tags_come_before_the_archives_own(server, app, push):
    push(server, app, name="other/name", tags=["1.0", "edge"])
    assert server.image("other/name:1.0").matches(app) and server.image("other/name:edge").exists
    assert not server.image(TAGGED).exists


def test_tags_may_be_words_with_commas(registry, app, push):
    assert push(registry, app, name="a", tags="1.0, 2.0")["images"][0]["tags"] == ["1.0", "2.0"]


@pytest.mark.parametrize(("value", "said"), [(1.10, "1.1"), ([1.10], "1.1"), (10, "10"), (True, "True")])
def test_tags_that_yaml_made_numbers_are_refused_with_the_cure(registry, app, push, value, said):
    result = push(registry, app, name="a", tags=value)
    assert result["failed"] and result["error"]["code"] == "tag-is-a-number"
    assert f"holds {said}," in result["msg"] and 'tags: ["1.10"]' in result["msg"]
    assert len(registry.requests) == 0


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": "reg.example.com/app"}, "bad-name"),
        ({"name": "app:1"}, "bad-name"),
        ({"name": "App"}, "bad-name"),
        ({"name": "a", "tags": ["-x"]}, "bad-tag"),
        ({"name": ""}, "bad-option"),
        ({"name": "a", "tags": ""}, "bad-option"),
        ({"prefix": "Team"}, "bad-name"),
        ({"chunk_size": "0"}, "bad-option"),
        ({"chunk_size": "5"}, "bad-option"),
        ({"max_concurrent_uploads": 0}, "bad-option"),
        ({"timeout": 0}, "bad-option"),
        ({"compression": "gzip", "compression_level": 12}, "bad-option"),
        ({"compression_level": 0}, "bad-option"),
    ],
)
def test_bad_options_are_refused_before_any_request(registry, app, push, options, code):
    result = push(registry, app, **options)
    assert result["failed"] and result["error"]["code"] == code, result
    assert len(registry.requests) == 0


@pytest.mark.parametrize("url", ["http://admin:hunter2@127.0.0.1:1", "admin:hunter2@127.0.0.1:1"])
def test_a_password_in_the_url_is_refused_and_shown_nowhere(app, run_module, url):
    result = run_module("docker_tar_push", registry_url=url, path=[str(app)])
    assert result["error"]["code"] == "bad-url" and "hunter2" not in json.dumps(result)


def test_an_empty_path_is_an_error_and_an_empty_list_is_nothing_to_do(registry, run_module):
    assert run_module("docker_tar_push", registry_url=registry.url, path="")["error"]["code"] == "bad-option"
    nothing = run_module("docker_tar_push", registry_url=registry.url, path=[])
    assert not nothing["changed"] and not nothing.get("failed")
    assert not run_module("docker_tar_push", registry_url=registry.url, images=[])["changed"]


def test_a_path_in_registry_url_points_to_prefix(app, push, registry, run_module):
    result = run_module("docker_tar_push", registry_url=registry.url + "/team", path=str(app))
    assert result["error"]["code"] == "bad-url" and "use prefix: team" in result["msg"]
    result = run_module("docker_tar_push", registry_url=registry.url + "/v2/", path=str(app))
    assert result["error"]["code"] == "bad-url" and "leave that out" in result["msg"]


def test_images_maps_many_archives_and_picks_from_them(server, tmp_path, push):
    both = save_tar(tmp_path / "both.tar", ImageSpec(("one:1",), layers=1), ImageSpec(("two:2",), layers=2))
    result = push(server, images=[
        {"path": str(both), "image": "two:2", "name": "team/two"},
        {"path": str(both), "image": 1, "name": "team/one", "tags": "x"},
    ])
    said = [(image["repository"], image["tags"]) for image in result["images"]]
    assert said == [("team/two", ["2"]), ("team/one", ["x"])]
    assert server.image("team/two:2").exists and server.image("team/one:x").exists


def test_directories_and_patterns_are_pushed(registry, tmp_path, push):
    (tmp_path / "tars").mkdir()
    save_tar(tmp_path / "tars" / "a.tar", ImageSpec(("a:1",)))
    save_tar(tmp_path / "tars" / "b.tar", ImageSpec(("b:1",)))
    packed = save_tar(tmp_path / "c.tar", ImageSpec(("c:1",)), layout="oci")
    with tarfile.open(packed.path) as tar:
        tar.extractall(tmp_path / "tars" / "c", filter="data")
    result = push(registry, tmp_path / "tars")
    assert [image["repository"] for image in result["images"]] == ["a", "b", "c"]
    assert registry.image("c:1").matches(packed)
    with registry.unchanged():
        again = push(registry, tmp_path / "tars" / "*.tar", tmp_path / "tars" / "c")
    assert not again["changed"] and len(again["images"]) == 3
    assert push(registry, tmp_path / "none" / "*.tar")["error"]["code"] == "no-archives"


def test_images_of_one_name_become_one_image_on_request(registry, tmp_path, push):
    platforms = ["linux/amd64", "linux/arm64"]
    specs = [ImageSpec(("app:1",), layers=1, platforms=(platform,), seed=platform) for platform in platforms]
    tar = save_tar(tmp_path / "flat.tar", *specs, layout="oci")
    assert "index: merge" in push(registry, tar)["error"]["hint"]
    result = push(registry, tar, index="merge")
    assert result["images"][0]["platforms"] == platforms
    assert not push(registry, tar, index="merge")["changed"]


def test_two_contents_for_one_name_in_one_archive_point_to_the_option_image(registry, tmp_path, push):
    both = save_tar(tmp_path / "both.tar", ImageSpec(("app:1",), layers=1), ImageSpec(("app:1",), layers=2))
    result = push(registry, both)
    assert result["error"]["code"] == "tag-clash" and result["msg"].count("both.tar") == 1
    assert "image 1 (app:1)" in result["msg"] and "images: [{path: FILE, image: N}]" in result["msg"]
    assert push(registry, images=[{"path": str(both), "image": 2}])["images"][0]["status"] == "pushed"


def test_a_digest_in_a_tar_does_not_move_latest(registry, tmp_path, push):
    registry.seed("team/app:latest")
    before = registry.image("team/app:latest").digest
    tar = save_tar(tmp_path / "app.tar", ImageSpec((f"team/app@sha256:{'0' * 64}",)))
    assert push(registry, tar)["error"]["code"] == "untagged"
    assert registry.image("team/app:latest").digest == before


def test_what_an_archive_lists_and_a_push_leaves_out_is_returned(registry, tmp_path, push):
    tar = save_tar(tmp_path / "app.tar", ImageSpec(
        ("app:1",), platforms=("linux/amd64", "linux/arm64"), absent_platforms=("linux/s390x",),
    ), layout="oci")
    result = push(registry, tar)
    (left,) = result["left_out"]
    assert (left["path"], left["image"]) == (str(tar), "app:1") and left["reason"] == "it is not in the archive"
    assert result["images"][0]["status"] == "pushed"


def test_a_bad_image_does_not_stop_those_that_images_picks(registry, tmp_path, push):
    tar = save_tar(tmp_path / "both.tar", ImageSpec(("one:1",), layers=1), ImageSpec(("two:2",), layers=2),
                   broken="missing-layer").path
    assert push(registry, images=[{"path": str(tar), "image": "one:1"}])["images"][0]["status"] == "pushed"
    assert push(registry, images=[{"path": str(tar), "image": "two:2"}])["error"]["code"] == "bad-archive"


def test_a_name_with_a_comma_that_was_split_is_recognized(registry, tmp_path, push):
    save_tar(tmp_path / "a,b.tar", ImageSpec(("app:1",)))
    result = push(registry, tmp_path / "a", "b.tar")
    assert result["error"]["code"] == "no-file" and "a,b.tar" in result["error"]["hint"]


def test_two_contents_for_one_name_are_refused_before_any_request(registry, tmp_path, push):
    tars = [save_tar(tmp_path / f"{n}.tar", ImageSpec(("app:1",), layers=n)) for n in (1, 2)]
    result = push(registry, *tars)
    assert result["error"]["code"] == "tag-clash" and "1.tar" in result["msg"] and "2.tar" in result["msg"]
    assert len(registry.requests) == 0


def test_layers_that_archives_share_are_sent_once(registry, tmp_path, push):
    shared = LayerSpec(size="200kB", seed="shared")
    layers = {n: [shared, LayerSpec(size="10kB", seed=str(n))] for n in (1, 2)}
    tars = [save_tar(tmp_path / f"{n}.tar", ImageSpec((f"app{n}:1",), layers=layers[n])) for n in layers]
    result = push(registry, *tars)
    assert [image["mounted"] for image in result["images"]] == [0, 1]
    sent = [request.body_size for request in registry.requests if request.operation == "upload_put"]
    assert len([size for size in sent if size > 200_000]) == 1


def test_a_compressed_archive_is_not_unpacked_when_nothing_has_to_move(registry, tmp_path, push):
    tar = save_tar(tmp_path / "app.tar.gz", ImageSpec(("app:1",), layers=2), outer="gzip")
    push(registry, tar, temp_dir=str(tmp_path))
    assert registry.image("app:1").matches(tar)
    gone = tmp_path / "no-such-folder"
    assert push(registry, tar, temp_dir=str(gone))["changed"] is False


def test_overwrite_false_names_both_digests_and_sends_nothing(registry, tmp_path, push):
    old, new = (save_tar(tmp_path / f"{n}.tar", ImageSpec(("app:1",), layers=n)) for n in (1, 2))
    before = push(registry, old)["digest"]
    with registry.unchanged():
        result = push(registry, new, overwrite=False)
    assert result["error"]["code"] == "tag-is-taken" and before in result["msg"]
    assert registry.image("app:1").digest == before


def test_a_moved_tag_shows_what_it_named_before(registry, tmp_path, push):
    old, new = (save_tar(tmp_path / f"{n}.tar", ImageSpec(("app:1",), layers=n)) for n in (1, 2))
    before = push(registry, old)["digest"]
    assert push(registry, new)["images"][0]["moved"] == {"1": before}


def test_force_sends_everything_again(registry, app, push):
    push(registry, app)
    registry.requests.clear()
    result = push(registry, app, force=True)
    assert result["changed"] and result["images"][0]["uploaded"] == 4
    assert [request for request in registry.requests if request.operation == "blob_head"] == []


def test_verify_existing_finds_a_blob_that_is_only_claimed(registry, app, push):
    push(registry, app)
    digest = app.images[0].layers[0].digest
    registry.lie_about("team/app", digest)
    assert push(registry, app)["changed"] is False
    assert push(registry, app, verify_existing=True)["images"][0]["uploaded"] == 1
    assert registry.image(TAGGED).matches(app)


@pytest.mark.parametrize("layout", ["docker", "docker25", "podman", "kaniko", "oci-archive"])
def test_manifests_of_the_archive_keep_their_digest(server, tmp_path, push, layout):
    tar = save_tar(tmp_path / "app.tar", ImageSpec(("team/app:1",), layers=2), layout=layout)
    result = push(server, tar, name="app", tags="1")
    assert server.image("app:1").matches(tar)
    if tar.digest is not None:
        assert result["digest"] == tar.digest == server.image("app:1").digest


def test_an_image_that_skopeo_pushed_compressed_is_unchanged(registry_factory, app, push):
    server = registry_factory(backend="process")
    for tag in ("1.10", "latest"):
        command = ["skopeo", "copy", "--dest-tls-verify=false", f"docker-archive:{app}:{TAGGED}",
                   f"docker://{server.netloc}/team/app:{tag}"]
        subprocess.run(command, check=True, capture_output=True)
    result = push(server, app)
    assert result["changed"] is False and result["digest"] == server.image(TAGGED).digest
    assert push(server, app, compare="digest")["changed"] is True


def test_one_bad_archive_stops_all_before_the_first_write_unless_told_otherwise(registry, tmp_path, push):
    good = save_tar(tmp_path / "good.tar", ImageSpec(("good:1",)))
    bad = save_tar(tmp_path / "bad.tar", ImageSpec(("bad:1",)), broken="truncated")
    with registry.unchanged():
        stopped = push(registry, good, bad)
    assert {image["status"] for image in stopped["images"]} == {"not_tried", "failed"}
    result = push(registry, good, bad, continue_on_error=True)
    assert result["failed"] and result["changed"] and registry.image("good:1").matches(good)
    assert result["msg"].startswith("1 of 2 images failed, 1 pushed, 0 unchanged: ") and "[truncated]" in result["msg"]


def test_a_corrupt_layer_is_named_and_nothing_is_tagged(server, tmp_path, push):
    tar = save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=2), broken="diff-id-mismatch")
    result = push(server, tar)
    assert result["error"]["code"] == "corrupt-layer" and result["error"]["member"] in result["msg"]
    assert not server.image("app:1").exists


def test_a_missing_file_names_host_and_user(registry, push):
    result = push(registry, "/no/such.tar")
    assert result["error"]["code"] == "no-file" and os.uname().nodename in result["msg"]


def test_an_unreachable_registry_is_one_sentence(registry, app, push):
    registry.down()
    result = push(registry, app, retries=0)
    assert result["error"]["code"] == "unreachable" and "curl -v" in result["msg"]


def test_both_wrong_schemes_are_recognised(registry, secure_registry, app, run_module):
    https, http = registry.url.replace("http:", "https:"), secure_registry.url.replace("https:", "http:")
    plain = run_module("docker_tar_push", registry_url=https, path=str(app), retries=0)
    assert plain["error"]["code"] == "wrong-scheme" and "registry_url: http://" in plain["msg"]
    tls = run_module("docker_tar_push", registry_url=http, path=str(app), retries=0)
    assert tls["error"]["code"] == "wrong-scheme" and "registry_url: https://" in tls["msg"]


def test_without_aiohttp_the_sentence_names_the_python_and_the_package(app, module_environment):
    module = "ansible_collections.registry_api.v2.plugins.modules.docker_tar_push"
    blocked = "import sys; sys.modules['aiohttp'] = None; sys.argv = ['x']; import runpy; "
    code = blocked + f"runpy.run_module('{module}', run_name='__main__')"
    given = json.dumps({"ANSIBLE_MODULE_ARGS": {"path": str(app), "registry_url": "http://127.0.0.1:1"}})
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True, check=False,
                          env={**module_environment, "PYTHONPATH": str(collections())})
    result = json.loads(done.stdout)
    assert result["error"]["code"] == "no-aiohttp" and "python3-aiohttp" in result["msg"]
    assert sys.executable in result["msg"]


def test_registry_url_and_timeout_come_from_the_environment_of_the_host(registry, app, module_environment, run_module):
    module_environment["REGISTRY_URL"] = registry.url
    assert run_module("docker_tar_push", path=str(app))["changed"]
    module_environment["REGISTRY_TIMEOUT"] = "nonsense"
    assert "timeout" in run_module("docker_tar_push", path=str(app))["msg"]


def test_debug_returns_what_was_asked(registry, app, push):
    log = push(registry, app, debug=True)["log"]
    assert any("manifest_put" in line for line in log)
    assert "log" not in push(registry, app)
