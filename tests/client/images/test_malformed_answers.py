# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry whose documents are malformed: every reader says which field is wrong, and none goes on without it."""

from __future__ import annotations

import asyncio
import json

import pytest
from fuzzing import outcome
from hostile_registry import REPOSITORY, TAG, World, described, digest_of, dumped, worlds
from hypothesis import HealthCheck, given, settings
from raw_server import RawServer
from registry_api_v2_client.deletion.engine import delete
from registry_api_v2_client.deletion.request import DeleteRequest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import RefusedError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.inspection.image import ImageQuery, inspect_image
from registry_api_v2_client.inspection.image_info import image_info
from registry_api_v2_client.inspection.tags import TagsQuery, list_images
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.tagging.engine import set_tags
from registry_api_v2_client.tagging.plan import TagsRequest
from registry_api_v2_client.transport.session import Session
from scripted import no_wait

CONFIG = described(b"{}", media_types.OCI_CONFIG)
READERS = {
    "image": lambda send: inspect_image(send, ImageQuery(REPOSITORY, TAG)),
    "info": lambda send: image_info(send, REPOSITORY, TAG),
    "promotion": lambda send: set_tags(send, TagsRequest("team/other", ("new",), source=TAG, source_name=REPOSITORY)),
}
OTHERS = [
    lambda send: list_images(send, TagsQuery(REPOSITORY, details=True, order_by="created")),
    lambda send: delete(send, DeleteRequest(("team/*",), rule=Rule(keep_last=0, older_than=1)), check=True),
]


def image(**change):
    return {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": CONFIG, "layers": [], **change}


@pytest.fixture(scope="module")
def server():
    with RawServer(None) as running:
        yield running


def run(server, world, read):
    """One read of a world, in a session of its own."""
    server.respond = world.respond

    async def play():
        session = Session(Settings(server.url, Login(anonymous=True), timeout=5, retries=0), environ={}, sleep=no_wait)
        await session.open()
        try:
            return await read(session)
        finally:
            await session.aclose()

    return asyncio.run(play())


def holding(root, kind=media_types.OCI_MANIFEST):
    data = dumped(root)
    return World({digest_of(data): data, digest_of(b"{}"): b"{}"}, data, kind, "{digest}", (404, b""), (404, b""),
                 dumped({"tags": [TAG]}))  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("root", "field"), [
    (image(layers=5), "(layers)"), (image(layers=[{}]), "(layers[0].digest)"), (image(config=None), "names no config"),
    (image(config={"digest": None}), "(config.digest)"), (image(config=[]), "(config)"),
    (image(manifests=[]), "is both a manifest and an index"), ([], "is JSON, but a list"),
])  # fmt: skip
def test_the_field_that_is_wrong_is_named(server, root, field, reader):
    with pytest.raises(RefusedError) as caught:
        run(server, holding(root), READERS[reader])
    assert field in caught.value.message and caught.value.code == "hostile-answer"
    assert not any("None" in request.path or request.method not in ("GET", "HEAD") for request in server.requests)


def test_an_index_with_a_malformed_entry_is_not_read_as_a_shorter_one(server):
    index = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [{"digest": "sha256:1"}]}
    for read in READERS.values():
        with pytest.raises(RefusedError, match="manifests"):
            run(server, holding(index, media_types.OCI_INDEX), read)


def test_whatever_a_registry_says_ends_in_a_value_or_in_one_of_our_errors(server):
    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(worlds())
    def each(world):
        for read in [*READERS.values(), *OTHERS]:
            found = outcome(run, server, world, read)
            json.dumps(found.as_result() if hasattr(found, "as_result") else found)
            server.requests.clear()

    each()
