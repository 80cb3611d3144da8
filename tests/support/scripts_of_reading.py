# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Scripts of requests that read: ping, names, lists in pages, blobs with ranges, manifests with conditions."""

from __future__ import annotations

from functools import partial

from plain_http import digest_of
from request_scripts import (
    ABSENT,
    DATA,
    DOCKER,
    INDEX,
    LIST,
    OCI,
    Script,
    Session,
    descriptor,
    encoded,
    index,
    stored_image,
)

DIGEST = digest_of(DATA)
LIST_QUERIES = ("", "n=2", "n=2&last=a", "n=1000", "n=1001", "n=0", "n=-1", "n=x", "n=", "last=b", "last=bb", "last=zz",
                "n=2&last=b", "n=4", "n=1&last=c%2Bd", "n=10&last=")
RANGES = ("bytes=0-9", "bytes=10-", "bytes=-10", "bytes=-0", "bytes=-5000", "bytes=5000-", "bytes=2047-", "bytes=2048-",
          "bytes=0-99999", "bytes=500-0", "bytes=a-b", "bytes=", "bytes=-", "items=0-1", "bytes = 0-9",
          "bytes= 0-9", "BYTES=0-9", "bytes=0-9,", "bytes=+1-2", "bytes=0-0")
CONDITIONS = ('"{}"', "{}", 'W/"{}"', "*", '"x", "{}"', '"x","y"', '"x"', '"x", W/"{}"')
ACCEPTS = ("", "*/*", OCI, INDEX, DOCKER, LIST, f"{OCI}, {DOCKER}", "application/json", f"{OCI};q=0.5", "text/html",
           "application/*", f"{DOCKER}, */*", "application/vnd.docker.distribution.manifest.v1+prettyjws", f" {OCI} ",
           "APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON")
PATHS = ("/v2", "/v2/", "/v2/_catalog", "/v2/tags/list", "/v2/UPPER/tags/list", "/v2/a//b/tags/list",
         "/v2/-a/tags/list", "/v2/a_/tags/list", "/v2/a..b/tags/list", "/v2/a/tags/list/", "/v2/a/tags", "/v2/a",
         f"/v2/{'a/' * 130}a/tags/list", "/v2/a/manifests/", "/v2/a/manifests/.x", "/v2/a/manifests/sha256:abc",
         "/v2/a/manifests/x:y", "/v2/a/manifests/" + "t" * 129, "/v2/a/blobs/", "/v2/a/blobs/sha256:abc",
         "/v2/a/blobs/md5:0123456789abcdef0123456789abcdef", "/v2/a/blobs/sha256:" + "G" * 64, "/v2/a/blobs/latest",
         "/v2/a/blobs/" + ABSENT.upper(), "/v2/a/blobs/sha512:" + "0" * 128, f"/v2/a/blobs/{ABSENT}",
         f"/v2/a/manifests/{ABSENT}", "/v2/a/manifests/sha512:" + "0" * 128,
         "/v2/a/manifests/latest", f"/v2/a/referrers/{ABSENT}", "/v2/a/referrers/x", "/v2/a/blobs/uploads/unknown",
         "/v2/a/blobs/uploads/00000000-0000-4000-8000-000000000000")


def paths(session: Session, method: str) -> None:
    for path in PATHS:
        if (method, path) != ("GET", "/v2/_catalog"):
            session.send(method, path)


def tag_list(session: Session) -> None:
    session.send("GET", "tags/list")
    session.blob(DATA)
    session.send("GET", "tags/list")
    for tag in ("c", "a", "b", "B"):
        stored_image(session, tag)
    for query in LIST_QUERIES:
        session.send("GET", f"tags/list?{query}")
        session.send("HEAD", f"tags/list?{query}")


def catalog(session: Session) -> None:
    # Names of other tests come first: those of a test begin with a number that only grows.
    parent = session.repository
    for name in ("c_d", "a", "b/x", "b"):
        session.repository = f"{parent}/{name}"
        stored_image(session)
    session.repository = parent
    for query in ("n=1&last={}", "n=4&last={}", "n=5&last={}", "n=1001&last={}", "n=0", "n=-1&last={}",
                  "n=x&last={}", "last={}", "n=1&last={}/b", "n=2&last={}/b", "last={}/zz"):
        session.send("GET", "/v2/_catalog?" + query.format(parent))


def blob(session: Session) -> None:
    digest = session.blob(DATA)
    for method in ("HEAD", "GET", "PUT", "POST", "PATCH"):
        session.send(method, f"blobs/{digest}")
    for name in ("sha512:" + "0" * 128, ABSENT, digest.replace(":", "%3A")):
        session.send("HEAD", f"blobs/{name}")
        session.send("GET", f"blobs/{name}")
    session.repository += "/other"
    session.send("GET", f"blobs/{digest}")


def ranges(session: Session, method: str) -> None:
    digest, empty = session.blob(DATA), session.blob(b"")
    for value in RANGES:
        session.send(method, f"blobs/{digest}", Range=value)
    for value in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        session.send(method, f"blobs/{empty}", Range=value)


def conditions(session: Session, method: str) -> None:
    digest = session.blob(DATA)
    manifest = stored_image(session)
    for value in CONDITIONS:
        session.send(method, f"blobs/{digest}", If_None_Match=value.format(digest))
        session.send(method, f"blobs/{digest}", If_Match=value.format(digest))
        session.send(method, f"blobs/{digest}", If_Range=value.format(digest), Range="bytes=0-9")
        session.send(method, "manifests/v1", If_None_Match=value.format(manifest))
        session.send(method, f"manifests/{manifest}", If_None_Match=value.format(manifest))


def accepts(session: Session, kind: str) -> None:
    if kind in (INDEX, LIST):
        child = stored_image(session, "child", OCI if kind == INDEX else DOCKER)
        size = len(session.wire.send("GET", f"/v2/{session.repository}/manifests/child", Accept=f"{OCI},{DOCKER}").body)
        body = encoded(index(kind, {**descriptor(b"", OCI if kind == INDEX else DOCKER), "digest": child, "size": size,
                                    "platform": {"architecture": "amd64", "os": "linux"}}))
        session.quietly("PUT", "manifests/v1", body, Content_Type=kind)
        digest = digest_of(body)
    else:
        digest = stored_image(session, "v1", kind)
    for accept in ACCEPTS:
        for reference in ("v1", digest):
            session.send("GET", f"manifests/{reference}", Accept=accept)
        session.send("HEAD", "manifests/v1", Accept=accept)
    session.send("GET", "manifests/v1")
    session.send("HEAD", "manifests/v1")


def uncommon_methods(session: Session) -> None:
    stored_image(session)
    for path in ("manifests/v1", "tags/list", f"blobs/{DIGEST}", "blobs/uploads/", "/v2/", "/v2/_catalog"):
        for method in ("PATCH", "POST", "PUT", "OPTIONS", "HEAD", "DELETE"):
            if path not in ("manifests/v1", f"blobs/{DIGEST}") or method not in ("DELETE", "PUT"):
                session.send(method, path)


READING: dict[str, Script] = {
    **{f"paths by {method}": partial(paths, method=method) for method in ("GET", "HEAD", "DELETE", "PUT")},
    "tags": tag_list,
    "catalog": catalog,
    "blob": blob,
    **{f"ranges by {method}": partial(ranges, method=method) for method in ("GET", "HEAD")},
    **{f"conditions by {method}": partial(conditions, method=method) for method in ("GET", "HEAD")},
    **{f"accept {kind}": partial(accepts, kind=kind) for kind in (OCI, DOCKER, INDEX, LIST)},
    "uncommon methods": uncommon_methods,
}
