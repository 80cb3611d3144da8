# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Any push of any tars into any registry keeps its promises. PUSH_EXAMPLES sets how many are tried."""

from __future__ import annotations

import asyncio
import gc
import os

import pytest
from effort import times
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from push_world import prepare, push, report_on, tags_of, worlds, written
from registry_api_v2_client.errors import RegistryError

from pytest_oci_registry.server import EmbeddedRegistry

EXAMPLES = int(os.environ.get("PUSH_EXAMPLES", times(20, 60)))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

FAULTS = ({"status": 500}, {"status": 403}, {"status": 404}, {"status": 429, "retry_after": 0}, {"reset_after": 0},
          {"lose_answer": True})
NO_FAULT_OF_OURS = ("untagged", "no-platform", "no-such-image", "tag-is-taken", "bad-option", "bad-image-name")
VARYING = ("msg", "actions")  # they say "would", and how long it took


@pytest.fixture(scope="module")
def server():
    gc.collect()
    gc.freeze()  # every push is followed by a collection, which need not look at the whole test run
    with EmbeddedRegistry() as running:
        yield running
    gc.unfreeze()


def values(result):
    return {name: value for name, value in result.as_result().items() if name not in VARYING}


def check_nothing_left(seen):
    assert (seen.left_tasks, seen.left_files, seen.complaints) == (0, 0, ())
    assert isinstance(seen.error, (RegistryError, asyncio.CancelledError, type(None))), repr(seen.error)


def check_changed_tags(server, before, trusting):
    """No tag that was written names an image that is not whole, unless the registry lied and was believed."""
    if trusting:
        return
    for (repository, tag), digest in tags_of(server).items():
        if before.get((repository, tag)) != digest:
            assert report_on(server, repository, tag).problems == []


def check_images(server, world, result, trusting):
    """Every image of a push that went well is there under each of its tags, with a config of its own archive."""
    configs = {
        str(tar.path): {image.config_digest for one in tar.images for image in one.images}
        for tar in map(written, world.tars)
    }
    for image in result.images():
        for tag in image["tags"]:
            report = report_on(server, image["repository"], tag)
            assert report.digest is not None and set(report.config_digests) <= configs[image["path"]]
            assert report.problems == [] or trusting


@many
@given(worlds())
def test_rehearsal_run_and_second_run(server, world):
    lies = prepare(server, world)
    trusting = lies and not world.options.verify_existing
    before = tags_of(server)
    told = push(server, world, check=True)
    assert server.requests.writes == []
    done = push(server, world)
    check_nothing_left(told)
    check_nothing_left(done)
    check_changed_tags(server, before, trusting)
    if done.error is not None:
        assert told.error is not None and str(told.error) == str(done.error)
        assert server.requests.writes == []
        return
    if world.options.overwrite:
        assert done.result.error is None or done.result.error.code != "tag-is-taken"
    if not lies:
        assert values(told.result) == values(done.result) and told.result.diff() == done.result.diff()
        assert told.result.error is not None or done.result.error is None
    if done.result.error is not None:
        assert done.result.error.code in NO_FAULT_OF_OURS
        return
    check_images(server, world, done.result, trusting)
    server.requests.clear()
    again = push(server, world)
    check_nothing_left(again)
    assert again.result.error is None, again.result.error
    if not world.options.force and not trusting:
        assert not again.result.changed and server.requests.writes == []


@many
@given(worlds(), st.sampled_from(FAULTS), st.integers(0, 40), st.sampled_from([1, None]))
def test_a_failure_leaves_no_broken_tag_and_the_next_run_repairs(server, world, fault, after, times):
    trusting = prepare(server, world) and not world.options.verify_existing
    before = tags_of(server)
    server.fail("*", after=after, times=times, **fault)
    failed = push(server, world)
    check_nothing_left(failed)
    check_changed_tags(server, before, trusting)
    if failed.result is not None and "lose_answer" not in fault:
        check_words(server, failed.result, before)
    server.rules.clear()
    healed = push(server, world)
    check_nothing_left(healed)
    check_changed_tags(server, before, trusting)


def check_words(server, result, before):
    """What the result says of a failed push is what the registry shows."""
    assert len(result.message()) < 4000
    now = tags_of(server)
    for image in result.images():
        names = [(image["repository"], tag) for tag in image["tags"]]
        moved = [tag for _repository, tag in names if now.get((_repository, tag)) != before.get((_repository, tag))]
        if image["status"] in ("not_tried", "unchanged"):
            others = {tag for one in result.images() if one is not image and one["repository"] == image["repository"]
                      and one["status"] not in ("not_tried", "unchanged") for tag in one["tags"]}
            assert set(moved) <= others
        if image["status"] in ("pushed", "tagged"):
            assert all(now.get((image["repository"], tag)) is not None for tag in image["tags"])
    if now != before:
        assert result.changed


@many
@given(worlds(), st.integers(0, 40))
def test_a_cancellation_leaves_no_broken_tag_and_nothing_running(server, world, after):
    trusting = prepare(server, world) and not world.options.verify_existing
    before = tags_of(server)
    cancelled = push(server, world, cancel_after=after)
    check_nothing_left(cancelled)
    check_changed_tags(server, before, trusting)
    assert server.forget_uploads() <= world.concurrent  # sessions whose Location had not come yet
    finished = push(server, world)
    check_nothing_left(finished)
    check_changed_tags(server, before, trusting)
