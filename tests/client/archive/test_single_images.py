# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Each image of an archive stands for itself: bad ones do not stop the others, and what is not pushed is reported."""

from __future__ import annotations

import pytest
from registry_api_v2_client.copying.naming import chosen_entries, targets
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.copying.select import left_out, selected

HEX = "0" * 64
ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"


def good_and(tars, item):
    good = {"Config": "c.json", "RepoTags": ["good:1"], "Layers": ["l0/layer.tar"]}
    return tars.docker(manifest=[{**good, "RepoTags": ["bad:1"], **item}, good])


@pytest.mark.parametrize("item", [
    {"Config": "absent.json"}, {"Config": "l0/layer.tar"}, {"Layers": ["absent"]}, {"Layers": []},
    {"Layers": ["../../etc/passwd"]}, {"Config": "../c.json"},
], ids=str)
def test_a_bad_image_of_manifest_json_fails_alone(tars, item):
    with tars.open(good_and(tars, item)) as archive:
        bad, good = archive.entries
        assert (bad.names, good.names) == (("bad:1",), ("good:1",)) and bad.failure.error().code == "bad-archive"
        assert selected(good, None, archive.path).complete
        with pytest.raises(type(bad.failure.error())):
            selected(bad, None, archive.path)
        assert chosen_entries(Source(archive.path, image="good:1"), archive.entries) == (good,)


@pytest.mark.parametrize("spoil", [
    lambda oci: {"digest": f"sha256:{HEX}", "size": 1, "mediaType": "application/vnd.oci.image.manifest.v1+json"},
    lambda oci: {"digest": "sha256:../../etc/passwd", "size": 1, "mediaType": "x"},
    lambda oci: oci.image(config=b'{"rootfs": {"diff_ids": []}}'),
    lambda oci: oci.blob({"schemaVersion": 2}, "application/vnd.oci.image.manifest.v1+json"),
    lambda oci: oci.index(),
], ids=["absent", "not a digest", "layer count", "neither", "empty index"])
def test_a_bad_image_of_index_json_fails_alone(tars, spoil):
    oci = tars.Oci()
    good, bad = tars.named(oci.image(), "good:1"), tars.named(spoil(oci), "bad:1")
    with tars.open(oci.members(bad, good)) as archive:
        found = {entry.names: entry for entry in archive.entries}
        assert found["good:1",].failure is None and found["bad:1",].failure.error().code == "bad-archive"


def test_an_archive_of_bad_images_only_is_refused(tars):
    manifest = [{"Config": "absent.json", "RepoTags": [f"a:{n}"], "Layers": []} for n in range(3)]
    assert tars.refusal(tars.docker(manifest=manifest)).code == "bad-archive"


@pytest.mark.parametrize(("media_type", "content", "reason"), [
    (ARTIFACT, {"mediaType": ARTIFACT, "blobs": []}, "not an image manifest or an index"),
    (ARTIFACT, {"schemaVersion": 2, "mediaType": ARTIFACT, "layers": []}, "not an image manifest or an index"),
    ("application/vnd.buildkit.cacheconfig.v0", {"layers": None}, "not an image manifest or an index"),
    ("application/vnd.oci.image.layer.v1.tar+gzip", b"\x1f\x8b layer", "not an image manifest or an index"),
    ("", b"text", "not an image manifest or an index"),
    ("application/vnd.oci.image.manifest.v1+json", None, "not in the archive"),
])
def test_what_an_index_lists_and_a_push_leaves_out_is_reported(tars, media_type, content, reason):
    oci = tars.Oci()
    other = {"digest": f"sha256:{HEX}", "size": 1} if content is None else oci.blob(content, media_type)
    top = oci.index(oci.image(), {**other, "mediaType": media_type})
    with tars.open(oci.members(tars.named(top, "app:1"))) as archive:
        (found,) = left_out(archive.entries[0], None, archive.path)
        assert found.digest == other["digest"] and reason in found.reason
        assert found.absent == (content is None)


def test_what_index_json_lists_besides_images_is_reported(tars):
    oci = tars.Oci()
    artifact = oci.blob({"mediaType": ARTIFACT, "blobs": []}, ARTIFACT)
    with tars.open(oci.members(tars.named(oci.image(), "app:1"), artifact)) as archive:
        assert [(one.digest, one.media_type) for one in archive.left_out] == [(artifact["digest"], ARTIFACT)]


@pytest.mark.parametrize(("name", "tags"), [
    (f"team/app@sha256:{HEX}", None),
    (f"registry.example.com:5000/team/app@sha256:{HEX}", None),
    (f"sha256:{HEX}", None),
    (f"team/app:1@sha256:{HEX}", (("team/app", "1"),)),
    (f"registry.example.com/team/app:1@sha256:{HEX}", (("team/app", "1"),)),
    ("my_registry:5000/team/app:1", (("team/app", "1"),)),
    ("my_registry.example.com/team/app:1", (("team/app", "1"),)),
])
def test_a_digest_is_not_a_tag_and_a_dropped_host_is_not_checked(tars, name, tags):
    oci = tars.Oci()
    for data in (tars.docker(names=[name]), oci.members(tars.named(oci.image(), name)),
                 oci.members(tars.named(oci.image(), name, name))):
        with tars.open(data) as archive:
            (entry,) = archive.entries
            assert entry.names == ((name,) if tags else ())
            if tags:
                assert targets(Source(archive.path), entry, PushOptions(), "r") == tags
