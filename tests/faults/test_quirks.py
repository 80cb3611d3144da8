# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pushed, pushed again, listed, looked at and deleted through the modules, at registries with habits of real ones."""

from __future__ import annotations

import pytest

from pytest_oci_registry.server.personalities import PERSONALITIES

USER, PASSWORD = "user", "secret-of-the-registry"
CANNOT_DELETE = ("ghcr", "hub")


@pytest.fixture(params=sorted(PERSONALITIES))
def registry(request, registry_factory):
    registry = registry_factory(backend="embedded", personality=request.param, auth=(USER, PASSWORD), token=True)
    for name in ("team/app", "team/other"):
        registry.store.create(name)  # ECR makes none by itself
    return registry


@pytest.fixture
def call(modules, registry):
    """Call it with a module's name and options: its result at this registry."""

    def run(module, **options):
        return modules(module, registry_url=registry.url, username=USER, password=PASSWORD, **options)

    return run


@pytest.fixture
def push(call, tars):
    """Push the small tar to the two repositories, so that its blobs may be mounted."""

    def run(**options):
        images = [{"path": str(tars["small"].path), "name": name, "tags": ["1"]} for name in ("team/app", "team/other")]
        return call("docker_tar_push", images=images, **options)

    return run


def personality(registry):
    return registry.settings.personality


def test_pushed_and_nothing_to_do_the_second_time(push, registry, tars):
    first = push()
    assert first["changed"] and not first.get("failed"), first["msg"]
    assert all(registry.image(f"{name}:1").matches(tars["small"]) for name in ("team/app", "team/other"))
    registry.requests.clear()
    again = push()
    assert not again.get("failed"), again["msg"]
    # A registry that answers no HEAD cannot tell which blobs it has; what is sent again changes nothing.
    assert not again["changed"] or personality(registry) == "no-head"


def test_another_image_moves_the_tag(push, call, registry, tars):
    assert not push().get("failed")
    moved = call("docker_tar_push", path=str(tars["other"].path), name="team/app", tags=["1"])
    assert moved["changed"] and registry.image("team/app:1").matches(tars["other"]), moved["msg"]


def test_listed_and_looked_at(push, call):
    assert not push().get("failed")
    assert call("registry_tags_info", name="team/app", details=True)["tags"] == ["1"]
    looked = call("registry_image_info", name="team/app", tag="1")
    assert looked["exists"] and len(looked["layers"]) == 2
    assert call("registry_image_info", name="team/app", tag="absent")["exists"] is False


def test_deleted_or_told_why_not(push, call, registry):
    assert not push().get("failed")
    gone = call("registry_image_delete", name="team/app", tags=["1"])
    if personality(registry) in CANNOT_DELETE:
        assert gone["error"]["code"] in ("deletion-off", "refused") and registry.image("team/app:1").exists
    else:
        assert gone["changed"] and not registry.image("team/app:1").exists, gone["msg"]


def test_a_proxy_that_mangles_locations_is_seen_through(registry_factory, modules, tars):
    registry = registry_factory(backend="embedded", tls=True, locations="mangled")
    words = {"registry_url": registry.url, "ca_path": registry.ca_file, "path": str(tars["small"].path)}
    pushed = modules("docker_tar_push", **words, name="team/app", tags=["1"], chunk_size="100K")
    assert pushed["changed"] and registry.image("team/app:1").matches(tars["small"]), pushed["msg"]
