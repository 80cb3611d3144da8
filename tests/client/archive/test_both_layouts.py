# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Archives with manifest.json and index.json: which of the two says what."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.model import Index


class Both:
    """docker 25 and newer: one image in both layouts."""

    def __init__(self, tars):
        self.tars = tars
        self.oci = tars.Oci()

    def item(self, image, *names):
        manifest = json.loads(self.oci.blobs[image["digest"]])
        paths = [f"blobs/{part['digest'].replace(':', '/')}" for part in [manifest["config"], *manifest["layers"]]]
        return {"Config": paths[0], "RepoTags": list(names) or None, "Layers": paths[1:], "LayerSources": {"x": 1}}

    def members(self, items, *top):
        return [*self.oci.members(*top), self.tars.member("manifest.json", json.dumps(items).encode())]

    def entries(self, items, *top):
        return self.tars.entries(self.members(items, *top))


@pytest.fixture
def both(tars):
    return Both(tars)


def test_the_manifests_own_bytes_and_the_names_of_manifest_json(tars, both):
    image = both.oci.image()
    entry, = both.entries([both.item(image, "app:1", "app:2")], tars.named(image, "docker.io/library/app:1", "1"))
    assert entry.names == ("app:1", "app:2") and entry.node.descriptor.digest == image["digest"]


@pytest.mark.parametrize("index", ["null", "empty", "absent manifest", "no JSON", "altered"])
def test_an_index_that_is_of_no_use_is_done_without(tars, both, index):
    image = both.oci.image()
    items = [both.item(image, "app:1")]
    top = [image] if index in ("absent manifest", "altered") else []
    if index == "absent manifest":
        del both.oci.blobs[image["digest"]]
    if index == "altered":
        both.oci.blobs[image["digest"]] += b" "
    members = both.members(items, *top)
    if index in ("null", "no JSON"):
        members.append(tars.member("index.json", b'{"manifests": null}' if index == "null" else b"{"))
    entry, = tars.entries(members)
    assert entry.names == ("app:1",) and entry.node.manifest is None and entry.node.complete


def test_an_image_of_an_index_stands_for_the_index(tars, both):
    image = both.oci.image()
    absent = {"mediaType": media_types.OCI_MANIFEST, "digest": f"sha256:{'0' * 64}", "size": 1}
    top = both.oci.index(image, absent)
    entry, = both.entries([both.item(image, "app:1")], tars.named(top, "docker.io/library/app:1", "1"))
    assert isinstance(entry.node, Index) and entry.names == ("app:1",)


def test_names_of_the_index_serve_where_manifest_json_has_none(tars, both):
    image = both.oci.image()
    assert both.entries([both.item(image)], tars.named(image, "docker.io/a/b:1", "1"))[0].names == ("docker.io/a/b:1",)
    assert both.entries([both.item(image)], image)[0].names == ()


def test_two_forms_of_one_image_are_told_apart_by_name(tars, both):
    image = both.oci.image()
    index = both.oci.index(image)
    items = [both.item(image, "app:index"), both.item(image, "app:plain")]
    top = [tars.named(image, "docker.io/library/app:plain", "x"), tars.named(index, "docker.io/library/app:index", "y")]
    first, second = both.entries(items, *top)
    assert (first.names, second.names) == (("app:index",), ("app:plain",))
    assert isinstance(first.node, Index) and not isinstance(second.node, Index)


def test_what_only_the_index_lists_comes_last(tars, both):
    image, other = both.oci.image(), both.oci.image(b"other")
    first, second = both.entries([both.item(image, "app:1")], tars.named(other, "other:1"), image)
    assert (first.names, second.names) == (("app:1",), ("other:1",))


def test_a_manifest_without_its_layers_leaves_the_image_to_manifest_json(tars, both):
    image = both.oci.image()
    item = {**both.item(image, "app:1"), "Layers": ["l.tar"]}
    both.oci.blobs.pop(tars.sha256(tars.LAYER))
    entry, = tars.entries([tars.member("l.tar", tars.LAYER), *both.members([item], image)])
    assert entry.node.manifest is None and entry.node.complete


def test_entries_are_numbered_in_the_order_of_manifest_json(tars, both):
    images = [both.oci.image(bytes([n])) for n in range(3)]
    items = [both.item(image, f"app:{n}") for n, image in enumerate(images)]
    assert [(entry.number, entry.label) for entry in both.entries(items, *reversed(images))] == [
        (1, "app:0"), (2, "app:1"), (3, "app:2")]
