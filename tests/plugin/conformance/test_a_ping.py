# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A: a registry is there, and empty."""

from __future__ import annotations

import pytest
from plain_http import Wire, digest_of

OCI_INDEX = "application/vnd.oci.image.index.v1+json"


def test_ping_is_200(wire: Wire) -> None:
    assert wire.send("GET", "/v2/").status == 200


def test_tags_of_an_unknown_repository_are_200_or_404(wire: Wire, repository: str) -> None:
    assert wire.send("GET", f"/v2/{repository}/tags/list").status in (200, 404)


@pytest.mark.feature("referrers")
def test_referrers_of_a_random_digest_are_an_empty_index(wire: Wire, repository: str) -> None:
    answer = wire.send("GET", f"/v2/{repository}/referrers/{digest_of(b'nothing')}")
    assert (answer.status, answer.headers["content-type"]) == (200, OCI_INDEX)
    assert answer.json() == {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
