# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Promotion, listing and deletion of indexes whose entries are not all images."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.errors import NotFoundError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.reference import digest_of

from pytest_oci_registry.tars import ImageSpec

CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
UNKNOWN = "application/vnd.example.bundle+json"


def entry(media_type, digest, size=1):
    return {"mediaType": media_type, "digest": digest, "size": size}


def blob(registry, words, media_type):
    return entry(media_type, registry.store.put_blob("team/app", words.encode()), len(words))


def manifest(registry, media_type, **members):
    data = json.dumps({"schemaVersion": 2, "mediaType": media_type, **members}).encode()
    return entry(media_type, registry.store.put_manifest("team/app", data, media_type), len(data))


def image(registry):
    registry.seed(ImageSpec(("team/app:image",), layers=1))
    return entry(media_types.OCI_MANIFEST, registry.store.tag_digest("team/app", "image"))


KINDS = {
    "manifest": image,
    "nested index": lambda registry: manifest(registry, media_types.OCI_INDEX, manifests=[image(registry)]),
    "layer": lambda registry: blob(registry, "layer", media_types.OCI_LAYER_GZIP),
    "cache config": lambda registry: blob(registry, "{}", CACHE_CONFIG),
    "artifact": lambda registry: manifest(
        registry, media_types.OCI_ARTIFACT, artifactType="a/b", blobs=[blob(registry, "signature", "text/plain")]),
    "unknown type": lambda registry: manifest(registry, UNKNOWN, parts=[blob(registry, "part", "text/plain")]),
    "unknown blob": lambda registry: blob(registry, "bytes", UNKNOWN),
}


@pytest.fixture
def listing(registry_factory):
    """Call it with entries: a registry that has team/app:1, an index of those and of an image."""

    def start(*kinds, **settings):
        registry = registry_factory(**settings)
        entries = [kind(registry) for kind in (KINDS["manifest"], *kinds)]
        index = manifest(registry, media_types.OCI_INDEX, manifests=entries)
        registry.store.tag("team/app", "1", index["digest"])
        return registry

    return start


@pytest.mark.parametrize("mount", [True, False], ids=["mounts", "copies"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_index_is_promoted_with_entries_of_any_kind(listing, day_two, kind, mount):
    registry = listing(kind, mount=mount, check_references=False)
    result = day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    assert result.warnings == ()
    assert registry.store.tag_digest("live/app", "1") == registry.store.tag_digest("team/app", "1")
    for name in ("manifests", "blobs"):
        assert set(getattr(registry.store, name)("live/app")) == set(getattr(registry.store, name)("team/app")), name


def absent(_registry):
    return entry(media_types.OCI_MANIFEST, digest_of(b"absent"))


def test_an_entry_that_the_source_lacks_is_named_in_a_warning(listing, day_two):
    registry = listing(absent, sparse=True)
    result = day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    assert registry.store.tag_digest("live/app", "1") and digest_of(b"absent") in result.warnings[0]


def test_an_entry_that_the_source_lacks_is_named_where_the_registry_needs_it(listing, day_two):
    registry = listing(absent)
    with pytest.raises(NotFoundError) as caught:
        day_two(registry).set_tags("live/app", "1", source="1", source_name="team/app")
    assert f"has no {digest_of(b'absent')} in team/app" in caught.value.message
    assert registry.store.tag_digest("live/app", "1") is None


@pytest.mark.parametrize("kind", [*KINDS.values(), absent], ids=[*KINDS, "absent"])
def test_a_rule_and_a_named_deletion_take_any_kind(listing, day_two, four_versions, kind):
    registry = listing(kind)
    four_versions(registry, "team/app")
    result = day_two(registry).delete("team/app", rule=Rule(keep_last=2, order_by="version"))
    assert result.warnings == () and registry.tags("team/app") == ["1.2", "1.3", "image"]
    assert registry.image("team/app:image").validate()


def test_a_manifest_of_an_unknown_type_keeps_what_it_names(listing, day_two):
    registry = listing()
    bundle = manifest(registry, UNKNOWN, contains=registry.store.tag_digest("team/app", "image"))
    registry.store.tag("team/app", "bundle", bundle["digest"])
    day_two(registry).delete("team/app", rule=Rule(match=("^image$", "^1$")))
    assert registry.store.manifest("team/app", registry.store.tag_digest("team/app", "bundle"))
    assert len(registry.store.manifests("team/app")) == 2


def test_a_tag_that_cannot_be_read_is_listed_with_its_reason(listing, day_two, four_versions):
    registry = listing()
    four_versions(registry, "team/app")
    registry.store.tag("team/app", "stuck", digest_of(b"absent"))
    registry.store.delete_blob("team/app", registry.store.manifest("team/app", "1.1").blobs[0])
    bundle = manifest(registry, UNKNOWN, contains=[])
    registry.store.tag("team/app", "bundle", bundle["digest"])
    artifact = KINDS["artifact"](registry)
    registry.store.tag("team/app", "artifact", artifact["digest"])
    found = day_two(registry).tags("team/app", details=True).as_result()
    assert found["unreadable"] == ["1.1", "bundle", "stuck"] == list(found["unreadable_reasons"])
    assert [word in found["unreadable_reasons"][tag] for tag, word in (
        ("1.1", "blob"), ("bundle", UNKNOWN), ("stuck", "team/app:stuck"))] == [True] * 3
    assert "artifact" in [tag for each in found["images"] for tag in each["tags"]]
