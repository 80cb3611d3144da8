# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Referrers of an archive are pushed with their images: all digests and relations, and nothing on the second run."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.settings import Login, Settings
from sending import talk
from signed_layouts import BUNDLE, INDEX, NOTE, SBOM, LayoutFolder, full_layout, tag_of

from pytest_oci_registry.server.settings import Quirks

PAGE = Path(__file__).parents[3] / "docs/signed-images.md"


def push(server, path, check=False, **options):
    async def work(_session):
        async with RegistryClient(Settings(server.url, login=Login(anonymous=True), retries=3)) as client:
            return await client.push([Source(path)], PushOptions(**options), check=check)

    return talk(server.url, work)


def get(server, path):
    """Return a JSON document of the registry as any client sees it, None for 404."""
    request = urllib.request.Request(f"{server.url}/v2/team/app/{path}", headers={"Accept": "*/*"})
    for kind in (INDEX, "application/vnd.oci.image.manifest.v1+json"):
        request.add_unredirected_header("Accept", kind if kind == INDEX else f"{INDEX}, {kind}")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except (urllib.error.HTTPError, ValueError):
        return None


def relations(server, subjects):
    """Return (subject, digest) as a verifier finds them: the API, else the fallback tag."""
    found = set()
    for subject in subjects:
        listed = get(server, f"referrers/{subject}") or get(server, f"manifests/{subject.replace(':', '-')}")
        found |= {(subject, entry["digest"]) for entry in (listed or {"manifests": []})["manifests"]}
    return found


PERSONALITIES = (
    "acr", "artifactory", "distribution2", "distribution3", "ecr", "gar", "ghcr", "gitea", "gitlab", "harbor", "hub",
    "ibm", "nexus", "oci", "quay", "zot",
)
KINDS = {
    "api": {}, "no api": {"referrers": False}, "process": {"backend": "process"},
    **{str(status): {"referrers": False, "quirks": Quirks(referrers_status=status)} for status in (200, 400, 406)},
    **{name: {"personality": name} for name in PERSONALITIES},
}


@pytest.fixture(params=KINDS)
def server(request, registry_factory):
    words = KINDS[request.param]
    made = registry_factory(**{"backend": "embedded", **words})
    if request.param == "ecr":
        made.seed("team/app:0")  # it creates no repository
    return made


def test_a_signed_image_arrives_whole_and_stays(server, tmp_path):
    layout, root, tags = full_layout(tmp_path / "layout")
    result = push(server, layout.done())
    assert result.error is None, result.error
    assert server.image("team/app:1").digest == root["digest"]
    assert {tag: server.image(f"team/app:{tag}").digest for tag in tags} == tags
    assert relations(server, {subject for subject, _digest in layout.relations}) == layout.relations
    (image,) = result.images()
    assert {one["digest"] for one in image["referrers"]} == {*tags.values(), *(one for _s, one in layout.relations)}
    again = push(server, str(layout.path))
    assert again.error is None
    assert not again.changed, again.images()
    assert again.message().startswith("Nothing to do")
    assert not push(server, str(layout.path), check=True).changed


@pytest.mark.parametrize("name", PERSONALITIES)
def test_the_page_says_where_each_registry_keeps_its_list(registry_factory, tmp_path, name):
    server = registry_factory(backend="embedded", personality=name)
    server.seed("team/app:0")
    layout = LayoutFolder(tmp_path / "layout")
    root = layout.list(layout.image("amd64"), "team/app:1")
    layout.list(layout.artifact(SBOM, "sbom", root))
    assert push(server, layout.done()).error is None
    kept = "referrers tag" if tag_of(root) in server.tags("team/app") else "referrers API"
    assert f"| `{name}` | yes | {kept} |" in PAGE.read_text()


def test_the_image_is_tagged_after_all_that_belongs_to_it(registry, tmp_path):
    layout, _root, _tags = full_layout(tmp_path / "layout")
    push(registry, layout.done())
    paths = [one.path for one in registry.requests if one.method == "PUT" and "/manifests/" in one.path]
    puts = [path.rpartition("/")[2] for path in paths]
    assert puts[-1] == "1" and len(puts) == len(set(puts))


def test_types_can_be_chosen_and_referrers_left_out(registry, tmp_path):
    layout, root, _tags = full_layout(tmp_path / "layout")
    push(registry, layout.done(), referrers="false")
    assert registry.tags("team/app") == ["1"] and relations(registry, [root["digest"]]) == set()
    push(registry, str(layout.path), referrer_types=(SBOM, NOTE))
    subjects = {subject for subject, _digest in layout.relations}
    assert len(relations(registry, subjects)) == 2 and registry.tags("team/app") == ["1"]


@pytest.mark.parametrize("option", [{"compression": "gzip"}, {"manifest_format": "docker"}])
def test_a_signed_image_is_not_converted(registry, tmp_path, option):
    layout, _root, _tags = full_layout(tmp_path / "layout")
    result = push(registry, layout.done(), **option)
    assert result.error.code == "bad-option" and "signatures" in result.error.message
    assert not [one for one in registry.requests if one.method != "GET" and one.method != "HEAD"]


@pytest.mark.parametrize("status", [400, 403, 405])
def test_what_a_registry_cannot_hold_fails_or_is_left_behind(registry_factory, tmp_path, status):
    layout = LayoutFolder(tmp_path / "layout")
    root = layout.list(layout.image("amd64"), "team/app:1")
    sbom = layout.list(layout.artifact(SBOM, "sbom", root))
    registry = registry_factory(backend="embedded", quirks=Quirks(subject_status=status))
    result = push(registry, layout.done())
    assert result.error.code == "referrer-refused" and registry.image("team/app:1").digest is None
    result = push(registry, str(layout.path), referrers="best_effort")
    assert result.error is None and registry.image("team/app:1").digest == root["digest"]
    (left,) = result.images()[0]["referrers"]
    assert (left["digest"], left["status"]) == (sbom["digest"], "left_behind")
    assert left["error"]["code"] == "referrer-refused"
    assert not push(registry, str(layout.path), referrers="best_effort").changed


def kinds(layout, vendor, name):
    root = layout.list(layout.image("amd64"), name, kind=f"{vendor}/image")
    signature = layout.list(layout.artifact(BUNDLE, "sig"), name if "hauler" in vendor else None, kind=f"{vendor}/sigs")
    return root, {(tag_of(root, ".sig"), signature["digest"])}


def from_list(layout, name):
    root = layout.list(layout.image("amd64"), name)
    sbom = layout.artifact(SBOM, "sbom", root)
    layout.list(layout.index(sbom), tag_of(root))
    return root, {(None, sbom["digest"])}


def own_list(layout, name):
    root = layout.list(layout.index(layout.image("amd64")), name)
    layout.list(root, tag_of(root))
    return root, set()


@pytest.mark.parametrize("made", [
    lambda layout: kinds(layout, "dev.cosignproject.cosign", "app:1"),
    lambda layout: kinds(layout, "dev.hauler", "app:1"),
    lambda layout: from_list(layout, "app:1"),
    lambda layout: own_list(layout, "app:1"),
], ids=["cosign save", "hauler", "fallback tag", "cosign copy"])
def test_layouts_of_other_tools(tmp_path, made):
    layout = LayoutFolder(tmp_path / "layout")
    root, expected = made(layout)
    with open_archive(layout.done()) as archive:
        assert {(one.tag, one.manifest.digest) for one in archive.referrers} == expected
        assert all(one.subject == root["digest"] for one in archive.referrers)
        (entry,) = archive.entries
        assert entry.node.descriptor.digest == root["digest"]


def test_a_referrer_without_its_subject_stays_an_image(tmp_path):
    layout = LayoutFolder(tmp_path / "layout")
    absent = {"mediaType": INDEX, "digest": "sha256:" + "1" * 64, "size": 1}
    layout.list(layout.artifact(SBOM, "sbom", absent), "app:sbom")
    with open_archive(layout.done()) as archive:
        assert [entry.names for entry in archive.entries] == [("app:sbom",)] and archive.referrers == ()
