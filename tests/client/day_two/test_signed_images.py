# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion and retention in repositories of signed images: no orphan stays, and no referrer of what stays is lost."""

from __future__ import annotations

import json
import urllib.request

import pytest
from registry_api_v2_client.deletion.rules.retention import Rule
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.images.referrer_tags import fallback_tag

SBOM, NOTE = "application/spdx+json", "application/vnd.test.note"


@pytest.fixture(params=["api", "tag", "process"])
def server(request, registry_factory):
    """Registries with and without the referrers API, and the real docker-registry."""
    words = {"api": {}, "tag": {"referrers": False}, "process": {"backend": "process"}}
    return registry_factory(**{"backend": "embedded", **words[request.param]})


def signed(server, name):
    """Seed an image with a cosign tag, an SBOM, and a note on the SBOM; returns (digest, SBOM, note, cosign tag)."""
    server.seed(name)
    digest = server.image(name).digest
    sbom = server.attach(name, SBOM, digest.encode())
    note = server.attach(f"app@{sbom}", NOTE, digest.encode())
    tag = fallback_tag(digest) + ".sig"
    manifest = {**server.image(f"app@{sbom}").manifest, "annotations": {"for": name}}
    put(server, tag, {key: value for key, value in manifest.items() if key != "subject"})
    return digest, sbom, note, tag


def put(server, reference, document):
    """Write a manifest as any client does."""
    request = urllib.request.Request(
        f"{server.url}/v2/app/manifests/{reference}", json.dumps(document).encode(),
        {"Content-Type": document["mediaType"]}, method="PUT",
    )
    urllib.request.urlopen(request).close()


def has(server, reference):
    """True if the repository app has a manifest by digest or tag."""
    return server.image(f"app{'@' if ':' in reference else ':'}{reference}").digest is not None


def listed(server, digest):
    """Return what the fallback tag of a digest lists; None without that tag."""
    tag = fallback_tag(digest)
    return [entry["digest"] for entry in server.image(f"app:{tag}").manifest["manifests"]] if has(server, tag) else None


def test_referrers_are_deleted_with_their_image_and_others_stay(server, day_two):
    gone, kept = signed(server, "app:1"), signed(server, "app:2")
    result = day_two(server).delete("app", tags=("1",))
    assert result.error is None
    assert not any(has(server, digest) for digest in gone[:3])
    assert all(has(server, digest) for digest in kept[:3])
    assert not any(gone[0][7:] in tag or gone[1][7:] in tag for tag in server.tags("app"))
    assert {"2", kept[3]} <= set(server.tags("app"))
    assert not day_two(server).delete("app", tags=("1",)).changed


def test_a_rule_counts_no_signature_and_leaves_no_orphan(server, day_two):
    gone, kept = signed(server, "app:1.0"), signed(server, "app:1.1")
    result = day_two(server).delete("app", rule=Rule(keep_last=1, order_by="version"))
    assert result.error is None and not any(has(server, digest) for digest in gone[:3])
    assert all(has(server, digest) for digest in kept[:3])
    assert not any(gone[0][7:] in tag or gone[1][7:] in tag for tag in server.tags("app"))


def test_a_referrer_can_be_deleted_alone_and_its_list_is_updated(server, day_two):
    digest, sbom, note, tag = signed(server, "app:1")
    other = server.attach("app:1", NOTE)
    before = listed(server, digest)
    assert day_two(server).delete("app", digest=sbom).error is None
    assert not has(server, sbom) and not has(server, note)
    assert all(has(server, each) for each in (digest, other, tag))
    assert listed(server, digest) == (None if before is None else [other])


def test_what_a_wrong_list_names_stays(registry_factory, day_two):
    """GitLab and `cosign copy` list the image; other lists name referrers of other images."""
    server = registry_factory(backend="embedded", referrers=False)
    gone, kept = signed(server, "app:1"), signed(server, "app:2")
    entries = [{"mediaType": media_types.OCI_MANIFEST, "digest": each, "size": 1} for each in (*kept[:2], gone[1])]
    body = {"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": entries}
    put(server, fallback_tag(gone[0]), body)
    assert day_two(server).delete("app", tags=("1",)).error is None
    assert all(has(server, digest) for digest in kept[:3])
    assert not any(has(server, digest) for digest in gone[:3])
