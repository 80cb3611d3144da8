# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules on registries that refuse deletions, delete too much, or delete nothing."""

from __future__ import annotations

import pytest

from pytest_oci_registry.server.settings import Quirks
from pytest_oci_registry.tars import ImageSpec


@pytest.fixture
def site(registry_factory, modules):
    """Call it with settings: app:1 to app:3 and app:latest on 1; returns the registry and calls of modules on it."""

    def start(**settings):
        registry = registry_factory(**settings)
        for number in "123":
            made = f"2024-01-0{number}T00:00:00Z"
            registry.seed(ImageSpec((f"app:{number}",), layers=1, seed=number, created=made))
        registry.store.tag("app", "latest", registry.store.tag_digest("app", "1"))
        return registry, lambda name, **words: modules(name, name="app", registry_url=registry.url, **words)

    return start


def test_an_immutable_image_is_kept_with_a_warning_and_the_rest_is_deleted(site):
    registry, call = site(tag_delete=False)
    digest = registry.store.tag_digest("app", "1")
    registry.fail("manifest_delete", ref=digest, times=None, status=412, message="configured as immutable")
    result = call("registry_image_delete", keep_last=1)
    assert registry.tags("app") == ["1", "3", "latest"] and result["changed"]
    assert [each["reason"] for each in result["kept"] if each["digest"] == digest] == ["refused"]
    assert "configured as immutable" in str(result["warnings"])


def test_artifact_registry_deletes_by_rule_and_by_name(site):
    registry, call = site(personality="gar")
    assert call("registry_image_delete", keep_last=2)["changed"] and registry.tags("app") == ["2", "3"]
    assert call("registry_image_delete", tags=["2"])["changed"] and len(registry.store.manifests("app")) == 1


@pytest.mark.parametrize(("module", "words"), [
    ("registry_tags", {"tags": "1", "state": "absent"}), ("registry_image_delete", {"tags": ["1"]}),
])
def test_a_sibling_that_the_registry_deleted_is_put_back(site, module, words):
    registry, call = site(quirks=Quirks(tag_delete_takes_all=True))
    result = call(module, **words)
    assert registry.tags("app") == ["2", "3", "latest"] and "put back" in str(result["warnings"])


def test_a_deletion_that_does_not_happen_fails(site):
    _registry, call = site(quirks=Quirks(idle_delete=True))
    result = call("registry_image_delete", keep_last=1)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "not-deleted")


def test_a_tag_without_a_manifest_is_removed(site):
    registry, call = site()
    for module, words in (("registry_tags", {"state": "absent"}), ("registry_image_delete", {})):
        registry.store.tag("app", "stuck", "sha256:" + "5" * 64)
        assert call(module, tags=["stuck"], **words)["changed"] and "stuck" not in registry.tags("app")


def test_a_build_cache_is_promoted(registry, modules):
    layer = "application/vnd.oci.image.layer.v1.tar+gzip"
    blob = registry.store.put_blob("app", b"cache")
    data = b'{"schemaVersion": 2, "manifests": [{"mediaType": "%s", "digest": "%s", "size": 5}]}'
    data = data % (layer.encode(), blob.encode())
    registry.store.put_manifest("app", data, "application/vnd.oci.image.index.v1+json", "buildcache")
    words = {"name": "live", "source_name": "app", "source": "buildcache", "tags": "buildcache"}
    result = modules("registry_tags", registry_url=registry.url, **words)
    assert result["changed"] and registry.store.blobs("live") == [blob], result


def test_a_tag_that_cannot_be_read_comes_with_its_reason(site):
    registry, call = site()
    registry.store.tag("app", "stuck", "sha256:" + "5" * 64)
    result = call("registry_tags_info", details=True)
    assert result["unreadable"] == ["stuck"] and "app:stuck" in result["unreadable_reasons"]["stuck"]


def test_a_gateway_that_answers_head_with_404_changes_nothing_twice(registry, modules, docker_save_tar):
    registry.fail("manifest_head", status=404, times=None)
    words = {"path": str(docker_save_tar("app:1", layers=1)), "registry_url": registry.url}
    assert [modules("docker_tar_push", **words)["changed"] for _run in range(2)] == [True, False]
    listing = modules("registry_tags_info", name="app", details=True, registry_url=registry.url)
    assert listing["images"][0]["tags"] == ["1"] and listing["unreadable"] == []
    assert modules("registry_image_delete", name="app", tags=["1"], registry_url=registry.url)["changed"]
