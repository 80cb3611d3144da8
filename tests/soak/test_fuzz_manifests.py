# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ten thousand registries whose manifests, indexes, configs and lists say anything: values or our errors."""

from __future__ import annotations

import asyncio
import json

import pytest
from fuzzing import fuzz, outcome
from hostile_registry import REPOSITORY, TAG, worlds
from raw_server import RawServer
from registry_api_v2_client.deletion.engine import delete
from registry_api_v2_client.deletion.request import DeleteRequest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.inspection.image import ImageQuery, inspect_image
from registry_api_v2_client.inspection.image_info import image_info
from registry_api_v2_client.inspection.tags import TagsQuery, list_images
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.tagging.engine import set_tags
from registry_api_v2_client.tagging.plan import TagsRequest
from registry_api_v2_client.transport.session import Session
from scripted import no_wait
from soak_scale import SCALE


def reads(send):
    """What the modules and the library tell of images, and do with them, each of them a coroutine."""
    yield inspect_image(send, ImageQuery(REPOSITORY, TAG, verify="blobs"))
    yield image_info(send, REPOSITORY, TAG)
    yield list_images(send, TagsQuery(REPOSITORY, details=True, order_by="created"))
    yield list_images(send, TagsQuery(REPOSITORY, order_by="version"))
    yield delete(send, DeleteRequest(("team/*",), rule=Rule(keep_last=0, older_than=1)), check=True)
    yield delete(send, DeleteRequest((REPOSITORY,), rule=Rule(match=(".",), order_by="version"), details=True))
    yield set_tags(send, TagsRequest(REPOSITORY, ("new", TAG), source=TAG))


@pytest.fixture
def server():
    with RawServer(None) as running:
        yield running


def test_manifests_and_indexes(server):
    with asyncio.Runner() as runner:
        session = Session(Settings(server.url, Login(anonymous=True), timeout=5, retries=1), environ={}, sleep=no_wait)
        runner.run(session.open())

        def run(world):
            server.respond = world.respond
            for read in reads(session):
                found = outcome(runner.run, read)
                json.dumps(found.as_result() if hasattr(found, "as_result") else found)
            server.requests.clear()

        fuzz("manifests and indexes", worlds(), SCALE.cases, run)
        runner.run(session.aclose())
