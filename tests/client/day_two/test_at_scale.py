# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A thousand tags and ten thousand names: how often the registry is asked, and that lists come back whole."""

from __future__ import annotations

from collections import Counter

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule

from pytest_oci_registry.tars import ImageSpec
from pytest_oci_registry.tars.build import build
from pytest_oci_registry.tars.spec import Layout

IMAGES = 200
TAGS = 1000  # a full page, after which one more request is sent


@pytest.fixture
def thousand(registry):
    """The repository app: 1,000 tags over 200 images, the image n made n minutes into a day."""
    for number in range(IMAGES):
        made = f"2024-01-01T{number // 60:02}:{number % 60:02}:00Z"
        image = build(ImageSpec(("app",), layers=1, size=16, seed=str(number), created=made), Layout.OCI)
        for blob in (image.config, image.layers[0].blob):
            registry.store.put_blob("app", blob.read())
        digest = registry.store.put_manifest("app", image.manifest.read(), image.manifest_type)
        for part in range(TAGS // IMAGES):
            registry.store.tag("app", f"{number}.{part}", digest)
    return registry


def asked(registry):
    return Counter(entry.operation for entry in registry.requests)


def once(registry, operation):
    """Whether no object was asked for twice."""
    return max(Counter(entry.reference for entry in registry.requests.filter(operation=operation)).values()) == 1


def test_details_of_a_thousand_tags_read_each_manifest_and_config_once(thousand, day_two):
    found = day_two(thousand).tags("app", details=True)
    assert (len(found.tags), len(found.images)) == (TAGS, IMAGES)
    counts = {"tags": 2, "manifest_head": TAGS, "manifest_get": IMAGES, "blob_get": IMAGES}
    assert {name: count for name, count in asked(thousand).items() if name != "ping"} == counts
    assert once(thousand, "manifest_get") and once(thousand, "blob_get")


def test_a_rule_over_a_thousand_tags_reads_each_manifest_and_config_once(thousand, day_two):
    result = day_two(thousand).delete("app", rule=Rule(keep_last=150)).as_result()
    assert result["totals"] == {"images": 50, "manifests": 50, "tags": 250, "untagged": 0, "kept": 150, "unmatched": 0}
    counts = asked(thousand)
    assert (counts["manifest_get"], counts["blob_get"]) == (IMAGES, IMAGES)
    assert once(thousand, "manifest_get") and once(thousand, "blob_get")
    assert counts["manifest_delete"] == 50 + 1, "one for each image, and the probe"
    assert thousand.tags("app") == sorted(f"{number}.{part}" for number in range(50, IMAGES) for part in range(5))


@pytest.mark.registry(opaque_cursors=True, page_size=100, page_limit=1000)
def test_ten_thousand_tags_and_repositories_come_back_whole_and_in_order(registry, day_two):
    names = [f"n{number:05}" for number in range(10_000)]
    registry.store.create("app")
    registry.store._of("app").tags.update(dict.fromkeys(names, "sha256:" + "a" * 64))
    for name in names:
        registry.store._repositories[name] = registry.store._of("app")
    assert day_two(registry).tags("app").tags == tuple(names)
    assert day_two(registry).registry().repositories == ("app", *names)
    assert len(registry.requests.filter(operation="tags")) == 10
