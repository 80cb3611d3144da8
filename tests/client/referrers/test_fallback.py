# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The referrers tag on registries without the referrers API: nothing of other writers is lost."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from registry_api_v2_client import RefusedError
from registry_api_v2_client.endpoints.blobs import blob_exists
from registry_api_v2_client.endpoints.manifests import get_manifest, put_manifest
from registry_api_v2_client.endpoints.uploads import upload_blob
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.referrer_tags import belongs_to, cosign_tags, fallback_tag, is_referrer_tag
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.referrers.fallback import Pace, forget, record
from registry_api_v2_client.referrers.index import entries_in, entry_of, with_entries
from sending import talk

REPOSITORY = "team/app"
SUBJECT = "sha256:" + "1" * 64
EMPTY = b"{}"
QUICK = Pace(least=0.01)


def signature(number, annotations=None):
    """The bytes of a manifest that refers to SUBJECT."""
    empty = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(EMPTY), "size": 2}
    return json.dumps({
        "schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "artifactType": "application/vnd.test",
        "config": empty, "layers": [empty], "annotations": {"number": str(number), **(annotations or {})},
        "subject": {"mediaType": media_types.OCI_MANIFEST, "digest": SUBJECT, "size": 5},
    }).encode()


async def stored(send, number):
    """Write a manifest that refers to SUBJECT, and return its entry."""
    data = signature(number)
    digest = digest_of(data)
    if not await blob_exists(send, REPOSITORY, digest_of(EMPTY)):
        await upload_blob(send, REPOSITORY, Descriptor("", digest_of(EMPTY), 2), EMPTY, what="a config")
    await put_manifest(send, REPOSITORY, digest, data, media_types.OCI_MANIFEST)
    return entry_of(digest, data)


async def listed(send):
    found = await get_manifest(send, REPOSITORY, fallback_tag(SUBJECT))
    return [entry["digest"] for entry in entries_in(found.data)] if found else None


@pytest.fixture(params=["embedded", "process"])
def server(request, registry_factory):
    """A registry without the referrers API: the embedded one, and the real docker-registry."""
    return registry_factory(backend=request.param, **({"referrers": False} if request.param == "embedded" else {}))


def test_entries_are_added_to_what_is_there(server):
    async def work(send):
        first, second = await stored(send, 1), await stored(send, 2)
        wrote = [await record(send, REPOSITORY, SUBJECT, [entry], pace=QUICK) for entry in (first, second, first)]
        return wrote, await listed(send), [first["digest"], second["digest"]]

    wrote, found, expected = talk(server.url, work)
    assert (wrote, found) == ([True, True, False], expected)


@pytest.mark.parametrize("seed", range(8))
def test_writers_at_the_same_time_lose_nothing(registry_factory, seed):
    server = registry_factory(backend="embedded", referrers=False)
    spread = random.Random(seed)
    server.slow("manifest_put", seconds=spread.random() / 200)

    async def work(send):
        entries = [await stored(send, number) for number in range(10)]
        pace = Pace(least=0.01, spread=spread.random)
        await asyncio.gather(*(record(send, REPOSITORY, SUBJECT, [entry], pace=pace) for entry in entries))
        return sorted(await listed(send)), sorted(entry["digest"] for entry in entries)

    found, expected = talk(server.url, work)
    assert found == expected


def test_entries_are_removed_and_the_others_stay(server):
    async def work(send):
        entries = [await stored(send, number) for number in range(3)]
        await record(send, REPOSITORY, SUBJECT, entries, pace=QUICK)
        left = await forget(send, REPOSITORY, SUBJECT, [entries[1]["digest"]])
        again = await forget(send, REPOSITORY, SUBJECT, [entries[1]["digest"]])
        return left == again, await listed(send), [entries[0]["digest"], entries[2]["digest"]]

    same, found, expected = talk(server.url, work)
    assert same and found == expected


def test_nothing_is_removed_from_a_list_that_does_not_exist(server):
    assert talk(server.url, lambda send: forget(send, REPOSITORY, SUBJECT, [SUBJECT])) is None


def test_a_tag_that_is_no_list_is_not_overwritten(server):
    async def work(send):
        entry = await stored(send, 1)
        await put_manifest(send, REPOSITORY, fallback_tag(SUBJECT), signature(1), media_types.OCI_MANIFEST)
        with pytest.raises(RefusedError) as caught:
            await record(send, REPOSITORY, SUBJECT, [entry], pace=QUICK)
        return caught.value.code

    assert talk(server.url, work) == "referrers-tag-taken"


def test_a_tag_that_resolves_to_the_subject_itself_is_no_list(server):
    """GitLab answers so, and `cosign copy` leaves such tags."""
    async def work(send):
        data = signature(0)
        await stored(send, 0)
        subject = digest_of(data)
        await put_manifest(send, REPOSITORY, fallback_tag(subject), data, media_types.OCI_MANIFEST)
        entry = await stored(send, 1)
        await record(send, REPOSITORY, subject, [entry], pace=QUICK)
        return entries_in((await get_manifest(send, REPOSITORY, fallback_tag(subject))).data), entry

    found, entry = talk(server.url, work)
    assert found == [entry]


async def rival(send):
    """Replace the list again and again, without looking at it."""
    while True:
        await put_manifest(send, REPOSITORY, fallback_tag(SUBJECT), with_entries(None, []), media_types.OCI_INDEX)


def test_a_writer_that_always_loses_gives_up(registry_factory):
    server = registry_factory(backend="embedded", referrers=False)

    async def work(send):
        entry = await stored(send, 1)

        other = asyncio.ensure_future(rival(send))
        with pytest.raises(RefusedError) as caught:
            await record(send, REPOSITORY, SUBJECT, [entry], pace=Pace(0.02, 2))
        other.cancel()
        return caught.value.code

    assert talk(server.url, work) == "referrers-not-kept"


def test_what_other_tools_wrote_stays_as_it_is():
    odd = ["odd", {"digest": 5}, {"digest": SUBJECT, "x": 1}]
    theirs = {"schemaVersion": 2, "annotations": {"a": "b"}, "manifests": odd}
    ours = {"digest": "sha256:" + "2" * 64}
    merged = json.loads(with_entries(json.dumps(theirs).encode(), [ours, {"digest": SUBJECT}]))
    assert merged == {**theirs, "manifests": [*theirs["manifests"], ours]}
    assert json.loads(with_entries(json.dumps(merged).encode(), [], {ours["digest"]})) == theirs


@pytest.mark.parametrize(("manifest", "kind"), [
    ({"artifactType": "a/b", "config": {"mediaType": "c/d"}}, "a/b"),
    ({"config": {"mediaType": "c/d"}}, "c/d"),
    ({"artifactType": "", "config": {"mediaType": "c/d"}}, "c/d"),
    ({"manifests": [], "artifactType": "a/b"}, "a/b"),
    ({"manifests": []}, None),
])
def test_entries_have_the_artifact_type_and_annotations(manifest, kind):
    data = json.dumps({"mediaType": media_types.OCI_MANIFEST, "annotations": {"x": "y"}, **manifest}).encode()
    entry = entry_of(SUBJECT, data)
    assert entry.get("artifactType") == kind and entry["annotations"] == {"x": "y"}
    assert (entry["size"], entry["mediaType"], entry["digest"]) == (len(data), media_types.OCI_MANIFEST, SUBJECT)


LONG = "sha512:" + "ab" * 64


@pytest.mark.parametrize(("tag", "digest", "belongs"), [
    ("sha256-" + "1" * 64, SUBJECT, True),
    ("sha256-" + "1" * 64 + ".sig", SUBJECT, True),
    ("sha256-" + "1" * 64 + ".att", SUBJECT, True),
    ("sha256-" + "1" * 64 + "-custom", SUBJECT, True),
    ("sha256-" + "2" * 64 + ".sig", SUBJECT, False),
    ("sha256-" + "1" * 63, SUBJECT, False),
    ("sha512-" + "ab" * 32, LONG, True),
    ("sha512-" + "ab" * 64, LONG, False),  # longer than a tag may be
    ("sha512-" + "ab" * 60 + "a", LONG, False),
    ("latest", SUBJECT, False),
])
def test_tags_belong_to_a_digest(tag, digest, belongs):
    assert belongs_to(tag, digest) is belongs


def test_names_of_the_specification():
    assert fallback_tag(SUBJECT) == "sha256-" + "1" * 64
    assert fallback_tag(LONG) == "sha512-" + "ab" * 32
    assert cosign_tags(SUBJECT) == tuple(f"sha256-{'1' * 64}.{suffix}" for suffix in ("sig", "att", "sbom"))
    assert all(is_referrer_tag(tag) for tag in (fallback_tag(LONG), *cosign_tags(SUBJECT)))
    assert not any(is_referrer_tag(tag) for tag in ("latest", "sha256-" + "1" * 12, "v1", "sha256"))
