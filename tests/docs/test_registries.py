# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/registries.md: a push as the page advises it reaches every registry that is imitated."""

from __future__ import annotations

import asyncio
import re

import pytest
from doc_blocks import ROOT
from registry_api_v2_client import PushOptions, RegistryClient, RegistryError, Source

from pytest_oci_registry.server.personalities import PERSONALITIES

PAGE = (ROOT / "docs" / "registries.md").read_text()
IMITATED = [name for line in re.findall(r"\*Imitated: (.*)\.\*", PAGE) for name in re.findall(r"`([\w-]+)`", line)]
NOT_REGISTRIES = {"oci", "no-head"}  # the specification itself, and a habit of several


def push(registry, tar, name="team/app", **rules):
    """Push a tar and return what came of it."""
    async def work():
        async with RegistryClient(registry.url, retries=0, anonymous=True) as client:
            return await client.push([Source(str(tar), name, ("1",))], PushOptions(**rules))

    return asyncio.run(work())


def test_every_personality_has_its_block():
    assert set(IMITATED) == set(PERSONALITIES) - NOT_REGISTRIES


@pytest.mark.parametrize("personality", [name for name in IMITATED if name != "ecr"])
def test_a_push_arrives_and_a_second_changes_nothing(registry_factory, docker_save_tar, personality):
    registry = registry_factory(backend="embedded", personality=personality)
    tar = docker_save_tar("team/app:1", layers=2)
    assert push(registry, tar).error is None
    with registry.unchanged():
        assert not push(registry, tar).changed


def test_ecr_wants_its_repositories_made(registry_factory, docker_save_tar):
    registry = registry_factory(backend="embedded", personality="ecr")
    assert push(registry, docker_save_tar("team/app:1")).error.code == "no-repository"


def test_zot_takes_gzip_layers_in_oci_manifests(registry_factory, docker_save_tar):
    registry = registry_factory(backend="embedded", personality="zot")
    tar = docker_save_tar("team/app:1", gzip=True)
    assert push(registry, tar).error.code == "manifest-refused"
    assert push(registry, tar, manifest_format="oci").error is None


@pytest.mark.parametrize("personality", ["ghcr", "hub"])
def test_what_deletes_by_its_own_pages_says_so(registry_factory, personality):
    registry = registry_factory(backend="embedded", personality=personality)
    registry.seed("team/app:1")

    async def delete():
        async with RegistryClient(registry.url, retries=0, anonymous=True) as client:
            await client.delete_image("team/app", "1")

    with pytest.raises(RegistryError) as caught:
        asyncio.run(delete())
    assert caught.value.code == "deletion-off"
