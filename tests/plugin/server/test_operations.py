# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Which operation a request is: one table."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from pytest_oci_registry.operations import OPERATIONS, Operation, classify

D = "sha256:" + "a" * 64
TABLE = [
    ("GET /v2/", "ping", "", ""),
    ("HEAD /v2", "ping", "", ""),
    ("POST /v2/", "other", "", ""),
    ("GET /v2/_catalog?n=1", "catalog", "", ""),
    ("GET /token?scope=x", "token", "", ""),
    ("POST /jwt/auth", "token", "", ""),
    ("GET /v2/token", "token", "", ""),
    ("DELETE /token", "other", "", ""),
    (f"HEAD /v2/a/b/c/blobs/{D}", "blob_head", "a/b/c", D),
    (f"GET /v2/a/blobs/{D}", "blob_get", "a", D),
    (f"GET /v2/a/blobs/{D.replace(':', '%3A')}", "blob_get", "a", D),
    (f"DELETE /v2/a/blobs/{D}", "blob_delete", "a", D),
    (f"PUT /v2/a/blobs/{D}", "other", "a", D),
    ("POST /v2/a/blobs/uploads/", "upload_start", "a", ""),
    ("POST /v2/a/blobs/uploads", "upload_start", "a", ""),
    (f"POST /v2/a/blobs/uploads/?digest={D}", "upload_start", "a", D),
    (f"POST /v2/a/blobs/uploads/?mount={D}&from=b", "upload_mount", "a", D),
    ("PATCH /v2/a/blobs/uploads/u1?_state=x", "upload_patch", "a", "u1"),
    (f"PUT /v2/a/blobs/uploads/u1?digest={D}", "upload_put", "a", D),
    ("PUT /v2/a/blobs/uploads/u1", "upload_put", "a", "u1"),
    ("GET /v2/a/blobs/uploads/u1", "upload_status", "a", "u1"),
    ("HEAD /v2/a/blobs/uploads/u1", "upload_status", "a", "u1"),
    ("DELETE /v2/a/blobs/uploads/u1", "upload_cancel", "a", "u1"),
    ("GET /v2/a/blobs/uploads/", "other", "a", ""),
    (f"GET /v2/x/blobs/uploads/blobs/{D}", "blob_get", "x/blobs/uploads", D),
    ("HEAD /v2/a/manifests/latest", "manifest_head", "a", "latest"),
    ("GET /v2/tags/list/manifests/v1", "manifest_get", "tags/list", "v1"),
    (f"PUT /v2/a/manifests/{D}", "manifest_put", "a", D),
    ("DELETE /v2/a/manifests/v1", "manifest_delete", "a", "v1"),
    ("PATCH /v2/a/manifests/v1", "other", "a", "v1"),
    ("GET /v2/a/manifests/tags/list", "tags", "a/manifests", ""),
    ("GET /v2/a/b/tags/list?last=x", "tags", "a/b", ""),
    ("DELETE /v2/a/tags/list", "other", "a", ""),
    (f"GET /v2/a/referrers/{D}?artifactType=x", "referrers", "a", D),
    ("GET /", "other", "", ""),
    ("GET /v1/search", "other", "", ""),
]


@pytest.mark.parametrize(("request_line", "name", "repository", "reference"), TABLE, ids=[row[0] for row in TABLE])
def test_the_operation_of_a_request(request_line: str, name: str, repository: str, reference: str) -> None:
    method, target = request_line.split()
    path, _mark, query = target.partition("?")
    found = classify(method, path, parse_qs(query))
    assert (found.name, found.repository, found.reference) == (name, repository, reference)


def test_every_word_of_the_vocabulary_is_in_the_table() -> None:
    assert {row[1] for row in TABLE} == {*OPERATIONS, "other"}


def test_an_upload_keeps_its_session_beside_the_digest() -> None:
    found = classify("PUT", "/v2/a/blobs/uploads/u1", {"digest": [D]})
    assert found == Operation("upload_put", "a", D, "u1")
