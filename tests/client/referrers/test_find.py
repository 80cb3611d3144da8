# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What refers to an image of a registry: API, referrers tag, cosign tags; lists are not believed."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.manifest import parse_manifest
from registry_api_v2_client.images.referrer_tags import fallback_tag
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.referrers.model import MAX_DEPTH, Referrer, chosen, in_order
from registry_api_v2_client.stores.registry_reader import RegistryReader
from registry_api_v2_client.stores.registry_referrers import all_referrers
from sending import talk

SBOM, NOTE = "application/spdx+json", "application/vnd.test.note"


@pytest.fixture(params=["api", "pages", "tag", "process"])
def server(request, registry_factory):
    """Registries with the referrers API, with pages of one entry, without the API, and the real docker-registry."""
    words = {"api": {}, "pages": {"page_size": 1}, "tag": {"referrers": False}, "process": {"backend": "process"}}
    return registry_factory(**{"backend": "embedded", **words[request.param]})


def find(server, *roots, tags=()):
    async def work(send):
        reader = RegistryReader(send)
        try:
            return await all_referrers(reader, "app", roots, tags)
        finally:
            await reader.aclose()

    return talk(server.url, work)


def listed(server, tag, *digests):
    """Write an index of some digests under a tag."""
    entries = [{"mediaType": media_types.OCI_MANIFEST, "digest": each, "size": 1} for each in digests]
    body = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}
    server.store.put_manifest("app", json.dumps(body).encode(), media_types.OCI_INDEX, tag)


def test_referrers_of_referrers_come_after_their_subject(server):
    server.seed("app:1")
    root = server.image("app:1").digest
    first, second = (server.attach("app:1", kind) for kind in (SBOM, NOTE))
    third = server.attach(f"app@{first}", NOTE)
    found = find(server, root)
    assert {(one.manifest.digest, one.subject) for one in found} == {(first, root), (second, root), (third, first)}
    assert found[-1].manifest.digest == third
    assert [one.manifest.digest for one in chosen(found, [NOTE])] == [second]


def test_cosign_tags_are_found_by_name(registry, signed_image):
    made = signed_image("app:1")
    tags = registry.tags("app")
    found = find(registry, made.digest, tags=tags)
    assert [one.manifest.digest for one in found if one.tag == made.signature_tag] == [made.signature_digest]
    assert {one.manifest.digest for one in found if one.tag is None} == set(made.referrers)
    (signature,) = (one for one in found if one.tag)
    assert signature.artifact_type == "application/vnd.dev.cosign.simplesigning.v1+json"


def test_an_entry_that_has_another_subject_is_not_a_referrer(registry_factory):
    server = registry_factory(backend="embedded", referrers=False)
    for name in ("app:1", "app:2"):
        server.seed(name)
    one, other = (server.image(name).digest for name in ("app:1", "app:2"))
    stranger = server.attach("app:2", SBOM)
    listed(server, fallback_tag(one), one, other, stranger)
    assert find(server, one) == []


def test_the_tag_of_cosign_copy_is_not_a_referrer(registry_factory):
    server = registry_factory(backend="embedded", referrers=False)
    server.seed("app:1")
    image = server.image("app:1")
    stored = server.store.manifest("app", "1")
    server.store.put_manifest("app", stored.data, stored.media_type, fallback_tag(image.digest))
    assert find(server, image.digest, tags=server.tags("app")) == []


def referrer(name, subject, tag=None):
    document = {
        "mediaType": media_types.OCI_MANIFEST, "config": Descriptor("c/d", digest_of(name.encode()), 2).as_json(),
        "layers": [],
    }
    found = Descriptor(media_types.OCI_MANIFEST, name, 1)
    return Referrer(parse_manifest(json.dumps(document).encode(), found, ValueError), subject, tag)


def test_loops_end_and_depth_is_bounded():
    loop = [referrer("a", "root"), referrer("b", "a"), referrer("a", "b"), referrer("root", "a")]
    assert [one.manifest.digest for one in in_order(["root"], loop)] == ["a", "b", "root", "a"]
    chain = [referrer(str(n + 1), str(n)) for n in range(MAX_DEPTH + 5)]
    assert len(in_order(["0"], reversed(chain))) == MAX_DEPTH
