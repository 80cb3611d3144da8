# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that are killed, told to stop, or run at the same time: the next run finishes, no tag names half an image."""

from __future__ import annotations

import pytest
from interrupting import REQUESTS, killed_at, wait_for

BACKENDS = ["embedded", "docker-registry"]


@pytest.fixture(params=BACKENDS)
def registry(request, opened):
    registry = opened(request.param)
    registry.requests.clear()
    yield registry
    registry.rules.clear()


@pytest.fixture
def task(modules, registry, repository, tars, connection):
    """Begin a push: call it with the name of a tar."""

    def start(name="small", **options):
        words = {"path": str(tars[name].path), "name": repository, "tags": ["1"], **connection(registry), **options}
        return modules.start("docker_tar_push", **words)

    return start


@pytest.fixture
def image(registry, repository):
    return registry.image(f"{repository}:1")


def test_a_push_has_that_many_requests(task, registry):
    assert task().result()["changed"]
    assert len(registry.requests) == REQUESTS


@pytest.mark.parametrize("k", range(1, REQUESTS + 1))
def test_a_push_that_is_killed_at_a_request_is_finished_by_the_next_run(task, registry, image, tars, k):
    killed_at(k, registry, task)
    assert not image.exists or image.matches(tars["small"])
    registry.rules.clear()
    assert not task().result().get("failed")
    assert image.matches(tars["small"])
    with registry.unchanged():
        assert task().result()["changed"] is False


@pytest.mark.parametrize("k", [1, 5, 8, 10, 12])
def test_a_tag_that_was_there_stays_whole_when_its_move_is_killed(task, registry, image, tars, k):
    assert task("other").result()["changed"]
    killed_at(k, registry, task)
    assert image.matches(tars["small"]) or image.matches(tars["other"])


def test_a_task_that_is_told_to_stop_gives_its_uploads_back(task, registry, image):
    held = registry.stall("upload_put", reading=True, times=None)
    stopped = task()
    wait_for(lambda: held.hits == 3)
    stopped.terminate()
    result = stopped.result()
    assert result["failed"] and "uploads under way were released" in result["msg"]
    cancelled = registry.requests.filter(operation="upload_cancel")
    assert len(cancelled) == 3 and not image.exists


def test_uploads_are_given_back_when_total_timeout_ends(task, registry, image):
    registry.stall("upload_put", reading=True, times=None)
    result = task(total_timeout=1).result()
    assert result["error"]["code"] == "out-of-time"
    assert len(registry.requests.filter(operation="upload_cancel")) == 3 and not image.exists


def test_two_tasks_push_the_same_image_at_once(task, image, tars):
    for running in [task("big"), task("big"), task("big")]:
        assert not running.result().get("failed")
    assert image.matches(tars["big"])


def test_two_tasks_push_other_images_to_one_tag_at_once(task, image, tars):
    for running in [task("small"), task("big")]:
        assert not running.result().get("failed")
    assert image.matches(tars["small"]) or image.matches(tars["big"])


def test_a_cut_upload_goes_on_where_the_registry_can(task, registry, image, tars):
    layer = tars["big"].images[0].layers[0]
    with registry.fail("upload_put", reset_after="16MiB", ref=layer.digest) as rule:
        assert task("big").result()["changed"]
    puts = registry.requests.filter(operation="upload_put", reference=layer.digest)
    assert rule.hits == 1 and len(puts) == 2 and image.matches(tars["big"])
    can = registry.backend == "embedded"  # distribution 2.8 forgets what was cut (distribution#3755)
    assert puts[1].body_size == layer.size - (16 * 2**20 if can else 0)


def test_many_cuts_of_one_layer_are_survived_where_the_registry_can_go_on(opened, modules, tars, repository):
    """Ten cuts are more than `retries`, but each try got on by two megabytes."""
    registry = opened("embedded")
    layer = tars["big"].images[0].layers[0]
    with registry.fail("upload_put", reset_after="2MiB", ref=layer.digest, times=10):
        words = {"path": str(tars["big"].path), "name": repository, "tags": ["1"], "registry_url": registry.url}
        result = modules("docker_tar_push", **words)
    assert result["changed"] and registry.image(f"{repository}:1").matches(tars["big"])
