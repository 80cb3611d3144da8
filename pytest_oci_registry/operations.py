# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a request to a registry is for: one pure function, shared by the server, the proxy, the request log and the
fault rules.

OCI distribution specification 1.1.1, endpoints end-1 to end-14, plus `_catalog` and token services.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

OPERATIONS = (
    "ping",
    "token",
    "blob_head",
    "blob_get",
    "blob_delete",
    "upload_start",
    "upload_mount",
    "upload_patch",
    "upload_put",
    "upload_status",
    "upload_cancel",
    "manifest_head",
    "manifest_get",
    "manifest_put",
    "manifest_delete",
    "tags",
    "referrers",
    "catalog",
)
OTHER = "other"
ADMIN_PREFIX = "/_oci/"

_RESOURCE = re.compile(
    r"/v2/(?P<repository>.+)/(?:blobs/uploads(?:/(?P<session>[^/]*))?|blobs/(?P<blob>[^/]+)|manifests/(?P<manifest>[^/]+)"
    r"|(?P<tags>tags/list)|referrers/(?P<referrers>[^/]+))"
)
_BLOB = {"HEAD": "blob_head", "GET": "blob_get", "DELETE": "blob_delete"}
_MANIFEST = {"HEAD": "manifest_head", "GET": "manifest_get", "PUT": "manifest_put", "DELETE": "manifest_delete"}
_SESSION = {
    "PATCH": "upload_patch",
    "PUT": "upload_put",
    "GET": "upload_status",
    "HEAD": "upload_status",
    "DELETE": "upload_cancel",
}
_TOKEN_WORDS = ("token", "auth")

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Operation:
    """One word of the vocabulary and what it is done to; the empty string where a part has no meaning.

    `reference` is the tag, or the digest where the request names one, else the upload session.
    """

    name: str
    repository: str = ""
    reference: str = ""
    session: str = ""


def classify(method: str, path: str, query: Query) -> Operation:
    """The operation of a request; `other` for what no specification knows."""
    path = unquote(path)
    if path in ("/v2", "/v2/"):
        return Operation("ping" if method in ("GET", "HEAD") else OTHER)
    if path == "/v2/_catalog":
        return Operation("catalog" if method == "GET" else OTHER)
    found = _RESOURCE.fullmatch(path)
    if found is not None:
        return _resource(method, found, query)
    if path.rstrip("/").rpartition("/")[2] in _TOKEN_WORDS and method in ("GET", "POST"):
        return Operation("token")
    return Operation(OTHER)


def first(query: Query, name: str) -> str:
    """The first value of a query parameter, or the empty string."""
    values = query.get(name)
    return values[0] if values else ""


def _resource(method: str, found: re.Match[str], query: Query) -> Operation:
    repository = found["repository"]
    if found["blob"] is not None:
        return Operation(_BLOB.get(method, OTHER), repository, found["blob"])
    if found["manifest"] is not None:
        return Operation(_MANIFEST.get(method, OTHER), repository, found["manifest"])
    if found["tags"] is not None:
        return Operation("tags" if method in ("GET", "HEAD") else OTHER, repository)
    if found["referrers"] is not None:
        return Operation("referrers" if method == "GET" else OTHER, repository, found["referrers"])
    return _upload(method, repository, found["session"] or "", query)


def _upload(method: str, repository: str, session: str, query: Query) -> Operation:
    if not session:
        if method != "POST":
            return Operation(OTHER, repository)
        mounted = first(query, "mount")
        return Operation("upload_mount" if mounted else "upload_start", repository, mounted or first(query, "digest"))
    name = _SESSION.get(method, OTHER)
    digest = first(query, "digest") if name == "upload_put" else ""
    return Operation(name, repository, digest or session, session)
