# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One parser of manifests, indexes and configs: what it reads, and the field that each refusal names."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.config import parse_config
from registry_api_v2_client.images.descriptor import Descriptor, Platform
from registry_api_v2_client.images.manifest import Manifest, is_artifact, parse_manifest
from registry_api_v2_client.reference import digest_of

DIGEST = digest_of(b"")
LAYER = {"mediaType": media_types.OCI_LAYER, "digest": DIGEST, "size": 5}
CONFIG = {"mediaType": media_types.OCI_CONFIG, "digest": digest_of(b"{}"), "size": 2}
IMAGE: dict[str, t.Any] = {
    "schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": CONFIG, "layers": [LAYER],
}
ENTRY = {"mediaType": media_types.OCI_MANIFEST, "digest": DIGEST, "size": 7, "artifactType": "a/b",
         "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}, "annotations": {"a": "b", "c": 1}}
INDEX: dict[str, t.Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [ENTRY]}


def parsed(document: t.Any, media_type: str = "") -> Manifest:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_manifest(data, Descriptor(media_type, digest_of(data), 0), RegistryError)


def test_an_image_has_config_and_layers_and_what_it_refers_to() -> None:
    found = parsed({**IMAGE, "subject": ENTRY, "artifactType": "a/sbom", "annotations": {"made": "here"}})
    assert found.config == Descriptor(media_types.OCI_CONFIG, digest_of(b"{}"), 2)
    assert found.layers == (Descriptor(media_types.OCI_LAYER, DIGEST, 5),)
    assert found.subject is not None and found.subject.digest == DIGEST
    assert (found.artifact_type, found.annotations, found.is_index) == ("a/sbom", (("made", "here"),), False)
    assert found.descriptor.size == len(found.data) and found.media_type == media_types.OCI_MANIFEST


def test_an_index_has_children_with_platform_annotations_and_artifact_type() -> None:
    (child,) = parsed(INDEX).children
    assert child.platform == Platform("linux", "arm", "v7") and child.artifact_type == "a/b"
    assert child.annotations == (("a", "b"),)


@pytest.mark.parametrize(("change", "blobs"), [
    ({"layers": None}, 1), ({"layers": [LAYER, LAYER]}, 2),
    ({"layers": [{**LAYER, "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}]}, 1),
])
def test_blobs_are_each_counted_once_and_foreign_layers_are_not(change: dict[str, t.Any], blobs: int) -> None:
    assert len(parsed({**IMAGE, **change}).blobs) == blobs


@pytest.mark.parametrize(("document", "said", "kind"), [
    ({**IMAGE, "mediaType": None}, "", media_types.OCI_MANIFEST),
    ({**IMAGE, "mediaType": None}, media_types.DOCKER_MANIFEST, media_types.DOCKER_MANIFEST),
    ({"manifests": []}, "", media_types.OCI_INDEX),
    ({"manifests": None}, media_types.DOCKER_INDEX, media_types.DOCKER_INDEX),
])
def test_a_document_without_media_type_is_what_the_header_says_else_of_oci(
    document: t.Any, said: str, kind: str
) -> None:
    assert parsed(document, said).media_type == kind


@pytest.mark.parametrize(("document", "said", "words"), [
    ({**IMAGE, "layers": 5}, "", "has 5 where a list belongs (layers)"),
    ({**IMAGE, "layers": [None]}, "", "has nothing where an object belongs (layers[0])"),
    ({**IMAGE, "layers": [{**LAYER, "size": -1}]}, "", "has -1 where a size belongs (layers[0].size)"),
    ({**IMAGE, "layers": [{**LAYER, "size": True}]}, "", "has true where a size belongs (layers[0].size)"),
    ({**IMAGE, "layers": [{**LAYER, "digest": "sha256:../../1"}]}, "", "a sha256 digest belongs (layers[0].digest)"),
    ({**IMAGE, "layers": [{**LAYER, "mediaType": "a\nb"}]}, "", "where a printable string"),
    ({**IMAGE, "layers": [LAYER] * 5000}, "", "has 5000 layers, where 4096 are the limit"),
    ({**IMAGE, "config": None}, "", "names no config"),
    ({**IMAGE, "config": {**CONFIG, "digest": None}}, "", "has nothing where a string belongs (config.digest)"),
    ({**IMAGE, "subject": {"digest": "x"}}, "", "(subject.digest)"),
    ({**IMAGE, "artifactType": 1}, "", "(artifactType)"),
    ({**IMAGE, "manifests": []}, "", "is both a manifest and an index"),
    ({**IMAGE, "mediaType": media_types.OCI_INDEX}, "", f"has the media type {media_types.OCI_INDEX}, but is none"),
    (IMAGE, media_types.OCI_INDEX, f"has the media type {media_types.OCI_INDEX}, but is none"),
    (INDEX, media_types.OCI_MANIFEST, f"has the media type {media_types.OCI_MANIFEST}, but is none"),
    ({"manifests": [ENTRY] * 10_001}, "", "has 10001 manifests, where 10000 are the limit"),
    ({"manifests": [{**ENTRY, "platform": "linux"}]}, "", "(manifests[0].platform)"),
    ({"manifests": [{**ENTRY, "platform": {"os": 1}}]}, "", "(manifests[0].platform.os)"),
    ({"schemaVersion": 2}, "", "is neither a manifest nor an index"),
    ([], "", "is JSON, but a list where an object belongs"),
    (b"not json", "", "is no JSON"),
    (b"[" * 100_000, "", "is JSON nested too deeply"),
    (b'{"size": ' + b"9" * 5000 + b"}", "", "a number of 5000 digits"),
    (b"\xff", "", "is not UTF-8"),
])  # fmt: skip
def test_a_refusal_names_the_field(document: t.Any, said: str, words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        parsed(document, said)
    assert words in caught.value.message


@pytest.mark.parametrize(("change", "artifact"), [
    ({}, False),
    ({"config": {**CONFIG, "mediaType": "application/vnd.oci.empty.v1+json"}}, True),
    ({"layers": [{**LAYER, "mediaType": "application/vnd.in-toto+json"}]}, True),
])
def test_what_an_artifact_is(change: dict[str, t.Any], artifact: bool) -> None:
    assert is_artifact(parsed({**IMAGE, **change})) is artifact


def test_a_config_has_platform_layers_age_and_labels() -> None:
    config = parse_config(json.dumps({
        "os": "linux", "architecture": "arm64", "created": "2024-01-01T00:00:00Z", "rootfs": {"diff_ids": [DIGEST]},
        "config": {"Labels": {"a": "b", "c": 1}},
    }).encode(), RegistryError)  # fmt: skip
    assert (str(config.platform), config.diff_ids, config.created) == ("linux/arm64", (DIGEST,), 1704067200.0)
    assert config.labels == {"a": "b"}


@pytest.mark.parametrize(("document", "words"), [
    ({"rootfs": {"diff_ids": ["x"]}}, "rootfs.diff_ids"), ({"rootfs": 1}, "(rootfs)"), ({"os": 1}, "(os)"),
])
def test_a_wrong_config_is_refused_by_field(document: t.Any, words: str) -> None:
    with pytest.raises(RegistryError) as caught:
        parse_config(json.dumps(document).encode(), RegistryError)
    assert words in caught.value.message


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(
    [DIGEST, *media_types.MANIFEST_ACCEPT, media_types.OCI_CONFIG, media_types.OCI_LAYER])
NAMES = st.sampled_from(["schemaVersion", "mediaType", "config", "layers", "manifests", "digest", "size", "platform",
                         "annotations", "subject", "artifactType", "urls", "rootfs", "diff_ids", "Labels", "os"])
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5))


def refusal(parse: t.Callable[[], t.Any]) -> str:
    try:
        parse()
    except RegistryError as error:
        return error.message
    return ""


@given(st.dictionaries(NAMES, JSON, max_size=6) | JSON, st.sampled_from(["", *media_types.MANIFEST_ACCEPT]))
def test_any_json_is_a_manifest_or_a_refusal(document: t.Any, said: str) -> None:
    data = json.dumps(document).encode()
    assert refusal(lambda: parsed(data, said)).isprintable()
    assert refusal(lambda: parse_config(data, RegistryError)).isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_a_refusal(data: bytes) -> None:
    assert refusal(lambda: parsed(data)).isprintable()
    assert refusal(lambda: parse_config(data, RegistryError)).isprintable()
