# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""manifest.json as tools write it, and as nobody should."""

from __future__ import annotations

import pytest
from registry_api_v2_client.archive.limits import Limits
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.formats import media_types

GOOD = {"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["l0/layer.tar"]}


def test_an_image_of_raw_layers_is_known_without_reading_them(tars):
    entry, = tars.entries(tars.docker(layers=(tars.LAYER, b"two")))
    image = entry.node
    assert (entry.number, entry.names, entry.label) == (1, ("app:1",), "app:1")
    assert image.config_descriptor.digest == tars.sha256(image.config.data) and str(image.platform) == "linux/amd64"
    assert [layer.descriptor.digest for layer in image.layers] == [tars.sha256(tars.LAYER), tars.sha256(b"two")]
    assert {layer.descriptor.media_type for layer in image.layers} == {media_types.OCI_LAYER}
    assert image.manifest is None and image.complete and not image.artifact


@pytest.mark.parametrize(("magic", "compression"), [
    (b"\x1f\x8b\x08\0", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x50\x2a\x4d\x18\x04\0\0\0", "zstd"),
    (b"\x5f\x2a\x4d\x18", "zstd"), (b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"", "none"), (b"\x1f", "none"),
    (b"layer.tar.gz", "none"),
])
def test_compression_is_what_the_first_bytes_say(tars, magic, compression):
    layer = tars.entries(tars.docker(layers=(magic,)))[0].node.layers[0]
    assert layer.compression == compression and layer.diff_id == tars.sha256(magic)
    assert (layer.descriptor is None) == (compression != "none")


def test_keys_may_have_any_case(tars):
    manifest = [{"config": "c.json", "repoTags": ["a:1"], "LAYERS": ["l0/layer.tar"]}]
    assert tars.entries(tars.docker(manifest=manifest))[0].names == ("a:1",)


@pytest.mark.parametrize("names", [None, [], ["x/y:i-was-a-digest"]])
def test_images_without_names_are_numbered(tars, names):
    entry, = tars.entries(tars.docker(manifest=[{**GOOD, "RepoTags": names}]))
    assert entry.names == () and entry.label == "image 1"


def test_an_image_that_is_listed_twice_is_one_with_all_names(tars):
    manifest = [GOOD, {**GOOD, "RepoTags": ["app:2", "app:1"]}]
    assert [entry.names for entry in tars.entries(tars.docker(manifest=manifest))] == [("app:1", "app:2")]


def test_one_config_with_other_layer_files_stays_apart(tars):
    manifest = [GOOD, {**GOOD, "RepoTags": ["b:1"], "Layers": ["other"]}]
    members = [tars.member("other", tars.LAYER), *tars.docker(manifest=manifest)]
    assert [entry.names for entry in tars.entries(members)] == [("app:1",), ("b:1",)]


@pytest.mark.parametrize("layers", [None, []])
def test_an_image_of_a_config_alone_is_an_image(tars, layers):
    members = tars.docker(manifest=[{**GOOD, "Layers": layers}], config=tars.config_of())
    assert tars.entries(members)[0].node.layers == ()


@pytest.mark.parametrize(("manifest", "said"), [
    (b"null", "lists no images"), (b"[]", "lists no images"), (b"{}", "is no list"), (b'"x"', "is no list"),
    (b"", "is no JSON"), (b"[", "is no JSON"), (b"\xff\xfe[", "is not UTF-8"), (b"[NaN]", "is no JSON"),
    (b"[Infinity]", "is no JSON"), (b"[" * 100_000, "nested too deeply"), (b"[" + b"9" * 5000 + b"]", "5000 digits"),
    (b"[null]", "no object at [0]"), (b'["x"]', "no object"), (b"[[]]", "no object"),
    (b"[" + b"0," * 300_000 + b"0]", "more than 250000 values"),
    ([{}], "has nothing where a string belongs ([0].config)"),
    ([{**GOOD, "Config": ["x"]}], "has a list where a string belongs ([0].config)"),
    ([{**GOOD, "Config": ""}], "names an empty path"),
    ([{**GOOD, "RepoTags": "app:1"}], 'has "app:1" where a list belongs ([0].repotags)'),
    ([{**GOOD, "RepoTags": [1]}], "has 1 where a list of strings belongs"),
    ([{**GOOD, "Layers": {"a": 1}}], "has an object where a list belongs"),
    ([{**GOOD, "Layers": [None]}], "where a list of strings belongs"),
    ([{**GOOD, "Layers": ["none"]}], "names none, which is not in the archive"),
    ([{**GOOD, "Config": "none.json"}], "names none.json, which is not in the archive"),
    ([{**GOOD, "Layers": []}], "names 0 layers, but its config has 1 diff_id;"),
    ([{**GOOD, "Layers": ["l0/layer.tar"] * 2}], "names 2 layers, but its config has 1 diff_id;"),
])
def test_a_manifest_that_makes_no_sense_is_explained(tars, manifest, said):
    error = tars.refusal(tars.docker(manifest=manifest))
    assert isinstance(error, ValidationError) and error.member == "manifest.json" and said in error.message


@pytest.mark.parametrize(("config", "said"), [
    (b"", "is no JSON"), (b"[]", "has"), (b"{}", "0 diff_ids"), (b'{"rootfs": 1}', "where an object belongs (rootfs)"),
    (b'{"rootfs": {"diff_ids": 1}}', "where a list belongs (rootfs.diff_ids)"),
    (b'{"rootfs": {"diff_ids": ["sha256:../../x"]}}', "where a sha256 digest belongs"),
    (b'{"rootfs": {"diff_ids": ["sha256:%s"]}}' % (b"A" * 64), "where a sha256 digest belongs"),
    (b'{"os": 1, "rootfs": {"diff_ids": []}}', "where a string belongs (os)"),
])
def test_a_config_that_makes_no_sense_is_explained(tars, config, said):
    error = tars.refusal(tars.docker(config=config))
    assert isinstance(error, ValidationError) and (said in error.message or said == "has")


def test_a_value_behind_the_list_is_ignored_as_docker_does(tars):
    data = tars.docker()
    manifest = data[-1][1] + b'\n{"x": 1}'
    assert tars.entries(tars.docker(manifest=manifest))[0].names == ("app:1",)


def test_of_equal_keys_the_last_counts(tars):
    manifest = b'[{"Config": "no", "Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l0/layer.tar"]}]'
    assert tars.entries(tars.docker(manifest=manifest))[0].names == ("a:1",)


def test_the_configs_digest_is_that_of_its_bytes_not_its_name(tars):
    members = tars.docker(manifest=[{**GOOD, "Config": "f" * 64 + ".json"}])
    config = tars.config_of(tars.LAYER)
    entry, = tars.entries([tars.member("f" * 64 + ".json", config), *members])
    assert entry.node.config_descriptor.digest == tars.sha256(config)


def test_one_diff_id_cannot_have_two_sizes(tars):
    members = tars.docker(layers=(tars.LAYER, b"short"), config=tars.config_of(tars.LAYER, tars.LAYER))
    assert "another layer of the same diff_id" in tars.refusal(members).message


@pytest.mark.parametrize("limits", [
    Limits(manifest=50), Limits(config=50), Limits(documents=100), Limits(layers=1), Limits(all_layers=1),
])
def test_documents_and_layers_have_limits(tars, limits):
    members = tars.docker(layers=(tars.LAYER, b"two"))
    assert tars.refusal(members, limits=limits).code == "bad-archive"


def test_images_have_a_limit(tars):
    manifest = [{**GOOD, "RepoTags": [f"a:{n}"]} for n in range(3)]
    assert "lists 3 images" in tars.refusal(tars.docker(manifest=manifest), limits=Limits(images=2)).message


def test_platforms_are_fit_for_a_terminal(tars):
    config = tars.config_of(tars.LAYER, os="li\x1bnux\n", variant="v8")
    assert str(tars.entries(tars.docker(config=config))[0].node.platform).isprintable()
    nameless = tars.config_of(tars.LAYER, os=None, architecture=None)
    assert tars.entries(tars.docker(config=nameless))[0].node.platform is None
