# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""registry_image_copy between two registries with different logins, and the tasks of docs/copy-and-promote.md."""

from __future__ import annotations

import pytest
import yaml
from doc_blocks import blocks_of

from pytest_oci_registry.tars import ImageSpec

FIRST, SECOND = ("reader", "first-secret-word"), ("writer", "second-secret-word")


@pytest.fixture
def site(registry_factory, run_module):
    """A source with team/app:1 and :2, an empty destination, and the module's call from one to the other."""
    source = registry_factory(backend="embedded", auth=FIRST)
    target = registry_factory(backend="embedded", auth=SECOND, token=True)
    source.seed(*(ImageSpec((f"team/app:{tag}",), layers=2, seed=tag) for tag in "12"))

    def call(*images, **words):
        side = {"registry_url": source.url, "username": FIRST[0], "password": FIRST[1], **words.pop("source", {})}
        options = {"registry_url": target.url, "username": SECOND[0], "password": SECOND[1], "source": side, **words}
        return run_module("registry_image_copy", images=list(images), **options)

    return source, target, call


def test_two_logins_one_task_and_nothing_of_them_in_the_result(site):
    source, target, call = site
    images = ["team/app:1", {"from": "team/app", "match": "2", "name": "live/app"}]
    checked = call(*images, check=True, diff=True, debug=True)
    assert checked["changed"] and not target.requests.writes
    done = call(*images, diff=True, debug=True)
    assert done["changed"] and (checked["diff"], checked["images"]) == (done["diff"], done["images"])
    assert target.snapshot() == {
        "team/app:1": source.snapshot()["team/app:1"], "live/app:2": source.snapshot()["team/app:2"],
    }
    again = call(*images)
    assert not again["changed"] and again["msg"].startswith("Nothing to do: all 2 images are in")
    returned = str((done["images"], done["log"], done["diff"]))
    assert FIRST[1] not in returned and SECOND[1] not in returned
    assert SECOND[0] not in str([one.headers for one in source.requests])


def test_a_wrong_login_at_the_source_is_about_the_source(site):
    source, target, call = site
    result = call("team/app:1", source={"password": "wrong"})
    assert result["failed"] and source.netloc in result["msg"] and target.netloc not in result["msg"]
    assert not target.requests.writes and result["error"]["code"] == "login-refused"


def test_an_absent_image_fails_and_the_others_are_copied_on_request(site):
    _source, target, call = site
    result = call("team/app:9", "team/app:1", continue_on_error=True)
    assert result["failed"] and [one["status"] for one in result["images"]] == ["failed", "copied"]
    assert result["images"][0]["error"]["path"] is None and list(target.snapshot()) == ["team/app:1"]


@pytest.mark.parametrize("images", [
    [5], [{"name": "app"}], [{"from": "app:1", "colour": "red"}], [{"from": "app", "newest": "many"}],
    [{"from": "app", "versions": 1.4}], [{"from": "app:1", "tags": 1.1}], ["team/app"],
])
def test_images_that_cannot_be_meant_are_refused_in_one_sentence(site, images):
    source, target, call = site
    result = call(*images)
    assert result["failed"] and result["error"]["code"] in ("bad-option", "tag-is-a-number")
    assert "defect" not in result["msg"] and not len(source.requests) and not len(target.requests)


def test_a_source_needs_its_url_and_its_password_with_its_user(site, run_module):
    _source, target, _call = site
    result = run_module("registry_image_copy", registry_url=target.url, source={"username": "a"}, images=["app:1"])
    assert result["failed"] and "registry_url" in result["msg"]


def test_a_login_in_the_url_of_the_source_is_refused_and_hidden(site):
    source, target, call = site
    result = call("team/app:1", source={"registry_url": source.url.replace("://", "://someone:word-of-the-url@")})
    assert result["error"]["code"] == "bad-url" and "word-of-the-url" not in str(result)
    assert not len(source.requests) and not len(target.requests)


def test_an_unencrypted_password_of_the_source_is_warned_of(site):
    source, target, call = site
    warnings = str(call("team/app:1")["warnings"])
    assert source.netloc in warnings and target.netloc in warnings


def test_the_tasks_of_the_guide(registry_factory, play):
    source, target = registry_factory(backend="embedded"), registry_factory(backend="embedded")
    for registry in (source, target):
        registry.seed(*(ImageSpec((f"team/app:{tag}",), layers=1, seed=tag) for tag in ("1.4.2", "1.10", "2.0")))
        registry.seed(ImageSpec(("team/tools:1.0",), layers=1))
    source.seed(ImageSpec(("team/multi:1",), layers=1, platforms=("linux/amd64", "linux/arm64")))
    text = "\n".join(block.text for block in blocks_of("copy-and-promote.md") if block.language == "yaml")
    tasks = text.replace("https://registry.example.com", target.url).replace("https://test.example.com", source.url)
    played = play(yaml.safe_load(tasks), registry_password="secret", test_password="secret")
    assert played.status == 0 and "which became a single image" in played.output, played.output
    assert {"live/app:stable", "mirror/tools:1.0", "mirror/team/app:1.10", "team/multi:1"} <= target.snapshot().keys()
    assert "mirror/team/app:2.0" not in target.snapshot()
