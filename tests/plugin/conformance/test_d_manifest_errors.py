# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""D: what must be refused about manifests."""

from __future__ import annotations

import pytest
from conformance_datasets import OCI_MANIFEST, build, image
from plain_http import Wire, digest_of


@pytest.mark.parametrize("reference", ["nothing", digest_of(b"nothing")], ids=["by-tag", "by-digest"])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_missing_manifest_is_404(wire: Wire, repository: str, method: str, reference: str) -> None:
    assert wire.send(method, f"/v2/{repository}/manifests/{reference}").status == 404


@pytest.mark.feature("digest-syntax")
def test_put_under_a_malformed_digest_is_400(wire: Wire, repository: str) -> None:
    made = build(image)
    for data in made.blobs.values():
        wire.upload(repository, data)
    path = f"/v2/{repository}/manifests/sha256:baddigest"
    assert wire.send("PUT", path, made.manifests[-1][2], Content_Type=OCI_MANIFEST).status == 400


@pytest.mark.feature("digest-syntax")
def test_get_of_a_malformed_digest_is_400_or_404(wire: Wire, repository: str) -> None:
    assert wire.send("GET", f"/v2/{repository}/manifests/sha256:baddigest").status in (400, 404)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"{}", id="bare", marks=pytest.mark.feature("bare-manifest")),
    ],
)
def test_what_is_no_manifest_is_400(wire: Wire, repository: str, data: bytes) -> None:
    answer = wire.send("PUT", f"/v2/{repository}/manifests/latest", data, Content_Type=OCI_MANIFEST)
    assert answer.status == 400


@pytest.mark.parametrize("lack", ["config", "layer"])
def test_a_manifest_whose_blob_is_missing(wire: Wire, repository: str, lack: str) -> None:
    made = build(image)
    left_out = list(made.blobs)[-1 if lack == "config" else 0]
    for digest, data in made.blobs.items():
        if digest != left_out:
            wire.upload(repository, data)
    answer = wire.send("PUT", f"/v2/{repository}/manifests/latest", made.manifests[-1][2], Content_Type=OCI_MANIFEST)
    assert (answer.status in (400, 404), answer.code) == (True, "MANIFEST_BLOB_UNKNOWN")
