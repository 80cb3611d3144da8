# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules of day two as processes: check mode, second runs, results, errors, warnings, environment."""

from __future__ import annotations

import sys

import pytest

from pytest_oci_registry.tars import ImageSpec

ABSENT = "sha256:" + "1" * 64


@pytest.fixture
def site(registry):
    """app:1.0 to app:1.3, a day between them, and app:stable on the oldest."""
    for number in range(4):
        made = f"2024-01-0{number + 1}T00:00:00Z"
        registry.seed(ImageSpec((f"app:1.{number}",), layers=1, seed=f"v{number}", created=made))
    registry.store.tag("app", "stable", registry.store.tag_digest("app", "1.0"))
    return registry


@pytest.fixture
def on_site(site, run_module):
    """Call it with a module, options, and `check`: its result without what Ansible adds."""

    def run(module, **words):
        result = run_module(module, registry_url=site.url, diff=True, **words)
        return {key: value for key, value in result.items() if key != "invocation"}

    return run


STATE_MODULES = {
    "tag": ("registry_tags", {"name": "app", "tags": ["new", "1.1"], "source": "1.0"}),
    "untag": ("registry_tags", {"name": "app", "tags": "1.0,gone", "state": "absent"}),
    "delete": ("registry_image_delete", {"name": "app", "tags": ["1.1", "1.0"]}),
    "rule": ("registry_image_delete", {"name": ["app"], "keep_last": 2, "exclude": "^stable$", "details": True}),
    "patterns": ("registry_image_delete", {"name": "a*", "match": ["^1\\.[12]$"], "older_than": "1d"}),
}


@pytest.mark.parametrize(("module", "words"), STATE_MODULES.values(), ids=STATE_MODULES)
def test_check_mode_tells_what_the_run_does_and_a_second_run_writes_nothing(on_site, site, module, words):
    before = site.snapshot()
    told = on_site(module, check=True, **words)
    assert site.snapshot() == before and told["changed"]
    done = on_site(module, **words)
    assert {**told, "msg": ""} == {**done, "msg": ""} and told["msg"] != done["msg"]
    assert site.snapshot() != before
    with site.unchanged():
        again = on_site(module, **words)
    assert (again["changed"], again.keys()) == (False, done.keys() - {"diff"})


INFO_MODULES = {
    "registry": ("registry_info", {"match": "^a", "limit": 5}, None),
    "tags": ("registry_tags_info", {"name": "app", "order_by": "version", "details": True}, True),
    "image": ("registry_image_info", {"name": "app", "tag": "1.0", "verify": "blobs"}, True),
    "absent image": ("registry_image_info", {"name": "app", "digest": ABSENT}, False),
    "absent repository": ("registry_tags_info", {"name": "nobody"}, False),
}


@pytest.mark.parametrize(("module", "words", "exists"), INFO_MODULES.values(), ids=INFO_MODULES)
def test_info_modules_only_read(on_site, site, module, words, exists):
    result = on_site(module, check=True, **words)
    assert (result["changed"], result.get("exists")) == (False, exists)
    assert {entry.method for entry in site.requests} <= {"GET", "HEAD"}


def test_without_tags_registry_tags_answers_with_the_listing(on_site, site):
    result = on_site("registry_tags", name="app")
    assert (result["changed"], result["tags"], result["digests"]) == (False, site.tags("app"), {})


@pytest.mark.parametrize(("module", "words", "code"), [
    ("registry_tags", {"name": "app", "tags": [1.1], "source": "1.0"}, "tag-is-a-number"),
    ("registry_tags", {"name": "app", "tags": "new", "source": "9"}, "not-found"),
    ("registry_tags", {"name": "app", "tags": "new"}, "bad-option"),
    ("registry_tags", {"name": "App", "tags": "new", "source": "1.0"}, "bad-name"),
    ("registry_image_delete", {"name": "app", "older_than": "soon"}, "bad-option"),
    ("registry_image_delete", {"name": ["a", "b"], "tags": "1"}, "bad-option"),
    ("registry_image_info", {"name": "app", "tag": 1.1}, "tag-is-a-number"),
    ("registry_tags_info", {"name": "app", "match": "("}, "bad-option"),
])
def test_failures_are_one_sentence_with_a_hint_and_a_code(on_site, site, module, words, code):
    with site.unchanged():
        result = on_site(module, **words)
    assert result["failed"] and result["error"]["code"] == code
    assert result["msg"].endswith(f"[{code}]") and "\n" not in result["msg"]
    assert result["error"]["hint"] in result["msg"]


@pytest.mark.parametrize(("words", "said"), [
    ({}, "one of the following is required"), ({"exclude": "a"}, "one of the following is required"),
    ({"tags": "1", "digest": ABSENT}, "mutually exclusive"), ({"tags": "1", "keep_last": 1}, "mutually exclusive"),
])
def test_deletion_needs_exactly_one_way_of_naming(on_site, site, words, said):
    assert said in on_site("registry_image_delete", name="app", **words)["msg"] and len(site.requests) == 0


def test_the_environment_names_the_registry(site, run_module, module_environment):
    module_environment["REGISTRY_URL"] = site.url
    result = run_module("registry_tags_info", name="app", debug=True)
    assert result["total"] == 5 and any("tags" in line for line in result["log"])


def test_a_password_that_travels_in_the_open_is_warned_about(site, run_module):
    result = run_module("registry_info", registry_url=site.url, username="deployer", password="hidden-secret")
    assert "travels unencrypted" in str(result["warnings"]) and "hidden-secret" not in str(result)
    assert result["login"]["source"] == "username and password" and result["login"]["username"] == "deployer"


def test_what_a_tar_is_said_to_be_is_what_a_push_makes_of_it(site, run_module, docker_save_tar):
    for layout in ("docker", "docker25", "oci", "kaniko", "podman"):
        tar = str(docker_save_tar(f"{layout}:1", layout=layout).path)
        told = run_module("docker_tar_info", path=tar, details=True, registry_url="http://127.0.0.1:1")["images"]
        pushed = run_module("docker_tar_push", path=tar, registry_url=site.url)
        assert [told[0]["digest"]] == [pushed["digest"]] and told[0]["names"] == [f"{layout}:1"]
        assert told[0]["layers"] == len(told[0]["images"][0]["layers"]) == 2


def test_a_tar_that_is_none_is_explained(run_module, tmp_path):
    (tmp_path / "page.tar").write_text("<html>Log in</html>")
    result = run_module("docker_tar_info", path=str(tmp_path / "page.tar"))
    assert result["failed"] and result["error"]["code"] == "not-an-image"


@pytest.fixture
def bare_python(tmp_path):
    """An interpreter with the standard library and nothing else, as an option of Ansible."""
    script = tmp_path / "python3"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    return "-e", f"ansible_python_interpreter={script}"


def test_a_tar_is_read_without_aiohttp(adhoc, docker_save_tar, bare_python):
    found = adhoc("docker_tar_info", f"path={docker_save_tar('app:1').path}", *bare_python)
    assert found.status == 0 and "sha256:" in found.output


def test_a_host_without_aiohttp_is_told_what_to_install(adhoc, site, bare_python):
    found = adhoc("registry_tags_info", f"name=app registry_url={site.url}", *bare_python)
    assert found.status != 0 and "[no-aiohttp]" in found.output and "python3-aiohttp" in found.output
