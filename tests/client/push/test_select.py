# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Indexes: what is pushed of them when the file holds less than they name, or the task wants less."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from registry_api_v2_client.copying.select import selected
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.config import Config
from registry_api_v2_client.images.descriptor import Descriptor, Platform
from registry_api_v2_client.images.manifest import ATTESTATION_SUBJECT, Manifest
from registry_api_v2_client.images.model import Child, Entry, Image, Index, Node
from registry_api_v2_client.images.platforms import matches
from registry_api_v2_client.reference import digest_of


def image(name: str) -> Image:
    config, manifest = json.dumps({"config": name}).encode(), json.dumps({"manifest": name}).encode()
    descriptor = Descriptor(media_types.OCI_MANIFEST, digest_of(manifest), len(manifest))
    return Image(Config(config), Descriptor(media_types.OCI_CONFIG, digest_of(config), len(config)), None, (),
                 Manifest(descriptor, manifest))


def child(name: str, *, present: bool = True, subject: Child | None = None) -> Child:
    node = image(name)
    system, _slash, architecture = name.partition("/")
    notes = ((ATTESTATION_SUBJECT, subject.descriptor.digest),) if subject else ()
    platform = Platform("unknown", "unknown") if subject else Platform(system, architecture)
    descriptor = replace(node.manifest.descriptor, annotations=notes, platform=platform)
    return Child(descriptor, node if present else None)


def index(*children: Child) -> Index:
    data = json.dumps({"manifests": [one.descriptor.digest for one in children]}).encode()
    return Index(Manifest(Descriptor(media_types.OCI_INDEX, digest_of(data), len(data)), data), children)


def chosen(node: Node, *platforms: str) -> Node:
    return selected(Entry(1, ("app:1",), node, "app:1"), platforms or None, "a.tar")


AMD, ARM = child("linux/amd64"), child("linux/arm64")
AMD_PROOF = child("proof", subject=AMD)
GONE = child("linux/s390x", present=False)


def test_a_whole_index_keeps_its_bytes() -> None:
    whole = index(AMD, ARM, AMD_PROOF)
    assert chosen(whole) is whole


def test_one_present_child_is_pushed_alone() -> None:
    assert chosen(index(GONE, AMD)) is AMD.node


def test_several_present_children_go_under_a_new_index_of_those() -> None:
    rest = chosen(index(AMD, GONE, ARM))
    assert isinstance(rest, Index)
    written = json.loads(rest.manifest.data)["manifests"]
    assert [one["digest"] for one in written] == [AMD.descriptor.digest, ARM.descriptor.digest]
    assert written[1]["platform"] == {"architecture": "arm64", "os": "linux"}
    assert rest.descriptor.digest == digest_of(rest.manifest.data)


def test_an_attestation_goes_with_its_subject_and_not_without() -> None:
    proof_of_gone = child("proof", subject=GONE)
    rest = chosen(index(AMD, AMD_PROOF, GONE, proof_of_gone))
    assert isinstance(rest, Index)
    assert [one.descriptor.digest for one in rest.children] == [AMD.descriptor.digest, AMD_PROOF.descriptor.digest]
    assert chosen(index(AMD, GONE, proof_of_gone)) is AMD.node


def test_platforms_narrow_a_whole_index() -> None:
    assert chosen(index(AMD, ARM), "linux/arm64") is ARM.node


def test_a_platform_that_is_not_in_the_file_is_named_with_those_that_are() -> None:
    with pytest.raises(RegistryError) as caught:
        chosen(index(AMD, GONE), "linux/s390x")
    assert caught.value.code == "no-platform" and "linux/s390x" in caught.value.message


def test_an_index_of_which_nothing_is_in_the_file_is_refused() -> None:
    with pytest.raises(RegistryError) as caught:
        chosen(index(GONE))
    assert caught.value.code == "no-platform"


def test_a_nested_index_is_narrowed_inside() -> None:
    inner = index(AMD, GONE)
    outer = index(Child(inner.descriptor, inner), ARM)
    rest = chosen(outer)
    assert isinstance(rest, Index) and isinstance(rest.children[0].node, Index)
    assert [one.descriptor.digest for one in rest.children[0].node.children] == [AMD.descriptor.digest]
    assert rest.children[0].descriptor.digest == digest_of(rest.children[0].node.manifest.data)


@pytest.mark.parametrize(
    ("wanted", "platform", "expected"),
    [
        ("linux/arm", Platform("linux", "arm", "v7"), True),
        ("linux/arm/v7", Platform("linux", "arm", "v7"), True),
        ("linux/arm/v6", Platform("linux", "arm", "v7"), False),
        ("linux/amd64", Platform("windows", "amd64"), False),
        ("linux", Platform("linux", "amd64"), True),
        ("amd64", Platform("linux", "amd64"), True),
        ("amd64", Platform("windows", "amd64"), False),
        ("linux/amd64", None, False),
    ],
)
def test_platform_names(wanted: str, platform: Platform | None, expected: bool) -> None:
    assert matches(wanted, platform) is expected
