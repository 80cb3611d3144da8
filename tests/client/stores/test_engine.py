# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Copies from every kind of source to every registry, by the engine alone: plan, run, and nothing left to do."""

from __future__ import annotations

import pickle
import uuid

from registry_api_v2_client.copying.planning.planner import make_plan
from registry_api_v2_client.copying.request import PushOptions
from registry_api_v2_client.copying.running.run import run_plan
from registry_api_v2_client.copying.targets import PushTarget
from registry_api_v2_client.images.model import images_of
from store_kinds import SOURCES, any_registry, any_source, destination_at, run

RULES = PushOptions()


async def plan_of(source, destination, repository):
    targets = [PushTarget(source.label, entry, entry.node, repository, ("1",)) for entry in source.entries]
    return await make_plan(targets, {source.label: source}, destination, RULES)


@any_registry
@any_source
def test_an_image_arrives_and_a_second_plan_changes_nothing(url, kind, tmp_path, docker_save_tar):
    repository = f"team/{uuid.uuid4().hex}"

    async def main():
        async with SOURCES[kind](tmp_path, docker_save_tar) as source, destination_at(url) as destination:
            plan = await plan_of(source, destination, repository)
            destination.forget()
            outcome = await run_plan(plan, destination, {source.label: source}, RULES)
            destination.forget()
            again = await plan_of(source, destination, repository)
            return plan, outcome, again, await destination.manifest(repository, "1"), source.entries[0].node

    plan, outcome, again, stored, node = run(main())
    assert not outcome.failed and outcome.finished == {0} and plan.changes and not again.changes
    assert stored.digest == plan.images[0].root.digest == again.images[0].root.digest
    (image,) = images_of(node)
    assert image.manifest is None or stored.data == image.manifest.data
    assert stored.config.digest == image.config_descriptor.digest


@any_source
def test_a_plan_is_a_value(kind, tmp_path, docker_save_tar, registry):
    async def main():
        async with SOURCES[kind](tmp_path, docker_save_tar) as source, destination_at(registry.url) as destination:
            return await plan_of(source, destination, "app"), await plan_of(source, destination, "app")

    first, second = run(main())
    assert first == second and pickle.loads(pickle.dumps(first)) == first
    assert "object at 0x" not in repr(first)
