# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""index.json, manifests and indexes: judged by content, verified by digest."""

from __future__ import annotations

import hashlib

import pytest
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.model import Image, Index

ABSENT = {"mediaType": media_types.OCI_MANIFEST, "digest": f"sha256:{'0' * 64}", "size": 7}


@pytest.fixture
def oci(tars):
    return tars.Oci()


def test_a_manifest_is_kept_byte_for_byte(tars, oci):
    entry, = tars.entries(oci.members(tars.named(oci.image(tars.LAYER, b"two"), "app:1")))
    image = entry.node
    assert entry.names == ("app:1",) and image.descriptor.digest == tars.sha256(image.manifest.data)
    assert image.descriptor.media_type == media_types.OCI_MANIFEST and image.complete
    assert [layer.diff_id for layer in image.layers] == [layer.descriptor.digest for layer in image.layers]


@pytest.mark.parametrize(("names", "recorded"), [
    (("docker.io/library/app:1", "1"), ("docker.io/library/app:1",)), (("1",), ("1",)), ((), ()),
])
def test_the_full_name_of_the_annotations_is_recorded(tars, oci, names, recorded):
    descriptor = tars.named(oci.image(), *names) if names else oci.image()
    assert tars.entries(oci.members(descriptor))[0].names == recorded


def test_an_image_under_several_names_is_one_entry(tars, oci):
    image, other = oci.image(), oci.image(b"other")
    top = [tars.named(image, "a:1"), tars.named(other, "b:1"), tars.named(image, "a:2"), image]
    assert [entry.names for entry in tars.entries(oci.members(*top))] == [("a:1", "a:2"), ("b:1",)]


def test_nested_indexes_keep_their_shape(tars, oci):
    inner = oci.index(oci.image(platform=None), ABSENT)
    entry, = tars.entries(oci.members(oci.index(inner)))
    nested = entry.node.children[0].node
    assert isinstance(nested, Index) and isinstance(nested.children[0].node, Image)
    assert nested.children[1].node is None and not entry.node.complete


def test_platforms_come_from_descriptors_and_configs(tars, oci):
    child = {**oci.image(), "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}
    index = tars.entries(oci.members(oci.index(child)))[0].node
    assert str(index.children[0].descriptor.platform) == "linux/arm/v7"
    assert str(index.children[0].node.platform) == "linux/amd64"


def test_a_manifest_without_media_type_is_what_it_holds(tars, oci):
    described = oci.image(media_type=None)
    for media_type in (media_types.OCI_MANIFEST, media_types.DOCKER_MANIFEST, "application/json", ""):
        image = tars.entries(oci.members({**described, "mediaType": media_type}))[0].node
        assert image.descriptor.media_type == media_types.OCI_MANIFEST


@pytest.mark.parametrize("kind", ["config", "layer"])
def test_an_artifact_has_no_diff_ids(tars, oci, kind):
    config = oci.blob(b"{}", "application/vnd.oci.empty.v1+json" if kind == "config" else media_types.OCI_CONFIG)
    layer = oci.blob(b"chart", "application/vnd.in-toto+json" if kind == "layer" else media_types.OCI_LAYER)
    manifest = {"schemaVersion": 2, "config": config, "layers": [layer], "subject": ABSENT}
    image = tars.entries(oci.members(oci.blob(manifest, media_types.OCI_MANIFEST)))[0].node
    assert image.artifact and image.layers[0].diff_id is None and image.manifest.subject.digest == ABSENT["digest"]


def test_foreign_layers_may_be_absent(tars, oci):
    config = oci.blob(tars.config_of(tars.LAYER), media_types.OCI_CONFIG)
    layer = {**ABSENT, "mediaType": f"{media_types.OCI_FOREIGN_PREFIX}+gzip", "urls": ["https://example.com/l"]}
    manifest = {"schemaVersion": 2, "config": config, "layers": [layer]}
    image = tars.entries(oci.members(oci.blob(manifest, media_types.OCI_MANIFEST)))[0].node
    assert image.complete and image.layers[0].member is None and image.layers[0].descriptor.urls


def test_a_tag_is_named_by_sha256_whatever_the_index_says(tars, oci):
    described = oci.image()
    data = oci.blobs.pop(described["digest"])
    digest = f"sha512:{hashlib.sha512(data).hexdigest()}"
    oci.blobs[digest] = data
    assert tars.entries(oci.members({**described, "digest": digest}))[0].node.descriptor.digest == described["digest"]


def test_entries_of_other_kinds_are_passed_over(tars, oci):
    other = oci.blob(b"notes", "text/plain")
    json = oci.blob(b'{"a": 1}', "application/json")
    assert len(tars.entries(oci.members(other, oci.image(), json))) == 1
    assert "lists no images" in tars.refusal(oci.members(other)).message


def test_sizes_in_index_json_do_not_matter_since_it_is_not_pushed(tars, oci):
    assert tars.entries(oci.members({**oci.image(), "size": 1}))[0].node.complete


def damage(oci, descriptor, **changes):
    """Return the descriptor of a manifest that differs from that of `descriptor` in some keys."""
    import json

    manifest = {**json.loads(oci.blobs[descriptor["digest"]]), **changes}
    return oci.blob(manifest, descriptor["mediaType"])


@pytest.mark.parametrize(("changes", "said"), [
    ({"layers": [ABSENT]}, f"names the layer {ABSENT['digest']}, which is not in the archive"),
    ({"config": ABSENT}, f"names the config {ABSENT['digest']}, which is not in the archive"),
    ({"layers": []}, "names 0 layers, but its config has 1 diff_id;"),
    ({"config": None}, "names no config"),
    ({"manifests": []}, "is both a manifest and an index"),
    ({"mediaType": media_types.OCI_INDEX}, "has the media type"),
    ({"schemaVersion": None, "layers": 1}, "where a list belongs (layers)"),
    ({"layers": [{}]}, "where a string belongs (layers[0].digest)"),
    ({"layers": [{**ABSENT, "size": -1}]}, "where a size belongs (layers[0].size)"),
    ({"layers": [{**ABSENT, "size": "1"}]}, "where a size belongs"),
    ({"layers": [{**ABSENT, "size": True}]}, "where a size belongs"),
    ({"layers": [{**ABSENT, "urls": "x"}]}, "where a list belongs (layers[0].urls)"),
    ({"subject": {"digest": "x"}}, "where a sha256 digest belongs (subject.digest)"),
])
def test_a_manifest_that_makes_no_sense_is_explained(tars, oci, changes, said):
    error = tars.refusal(oci.members(damage(oci, oci.image(), **changes)))
    assert isinstance(error, ValidationError) and said in error.message


@pytest.mark.parametrize(("media_type", "said"), [
    (media_types.OCI_LAYER_GZIP, None), (media_types.OCI_LAYER, "is uncompressed and named"),
])
def test_a_raw_layer_is_compared_with_its_diff_id_without_reading(tars, oci, media_type, said):
    layer = oci.blob(b"another content", media_type)
    members = oci.members(damage(oci, oci.image(), layers=[layer]))
    if said is None:
        assert tars.entries(members)[0].node.complete
    else:
        assert said in tars.refusal(members).message


def test_a_compressed_layer_that_is_called_raw_is_refused(tars, oci):
    layer = oci.blob(b"\x1f\x8b\x08\0\0", media_types.OCI_LAYER)
    assert "is compressed with gzip" in tars.refusal(oci.members(damage(oci, oci.image(), layers=[layer]))).message


def test_a_layer_of_another_size_is_refused(tars, oci):
    layer = {**oci.blob(tars.LAYER, media_types.OCI_LAYER), "size": 5}
    assert "has 5 bytes, but it has 1024" in tars.refusal(oci.members(damage(oci, oci.image(), layers=[layer]))).message


@pytest.mark.parametrize("what", ["manifest", "config", "index"])
def test_documents_are_verified_by_their_digest(tars, oci, what):
    image = oci.image()
    top = oci.index(image)
    digest = {"manifest": image, "index": top, "config": oci.blob(tars.config_of(tars.LAYER), "")}[what]["digest"]
    oci.blobs[digest] += b" "
    assert f"but is named as {digest}" in tars.refusal(oci.members(top)).message


@pytest.mark.parametrize("digest", [
    "sha256:../../etc/passwd", f"sha256:{'A' * 64}", f"md5:{'a' * 32}", f"sha256:{'a' * 63}", f"sha256:{'a' * 64}\n",
    "",
])
def test_a_digest_that_is_none_never_becomes_a_path(tars, oci, digest):
    assert "where a sha256 digest belongs" in tars.refusal(oci.members({**ABSENT, "digest": digest})).message


def test_absent_children_are_no_error_until_all_are(tars, oci):
    assert not tars.entries(oci.members(oci.index(ABSENT, oci.image())))[0].node.complete
    assert "none is complete" in tars.refusal(oci.members(oci.index(ABSENT, ABSENT))).message
    assert "lists nothing" in tars.refusal(oci.members(oci.index())).message
    assert "which is not in the archive" in tars.refusal(oci.members(ABSENT)).message


@pytest.mark.parametrize("what", ["config", "layer"])
def test_a_child_without_all_blobs_counts_as_not_complete(tars, oci, what):
    changes = {"config": ABSENT} if what == "config" else {"layers": [{**ABSENT, "mediaType": media_types.OCI_LAYER}]}
    broken = damage(oci, oci.image(), **changes)
    entry, = tars.entries(oci.members(oci.index(broken, oci.image(b"good"))))
    assert not entry.node.complete and entry.node.children[1].node.complete


def test_depth_and_width_of_indexes_have_limits(tars, oci):
    node = oci.image()
    for dummy in range(12):
        node = oci.index(node)
    assert "inside more than 8 indexes" in tars.refusal(oci.members(node)).message
    wide = oci.index(*[oci.image()] * 30)
    for dummy in range(3):
        wide = oci.index(*[wide] * 30)
    assert "leads to more than 20000 manifests" in tars.refusal(oci.members(wide)).message


def test_all_indexes_together_have_a_limit(tars, oci):
    images = [oci.image()] * 30
    top = [oci.index(*images, annotations={"n": str(n)}) for n in range(5)]
    assert len(tars.entries(oci.members(*top))) == 5
    assert "leads to more than 100" in tars.refusal(oci.members(*top), limits=Limits(nodes=100)).message


@pytest.mark.parametrize("index", [b"null", b"[]", b"{}", b'{"manifests": null}', b'{"manifests": {}}', b"x"])
def test_an_index_json_without_images_is_refused(tars, index):
    assert tars.refusal([tars.member("index.json", index)]).member == "index.json"
