# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Paths and methods of distribution: its router answers some requests before the API sees them."""

from __future__ import annotations

import re
from dataclasses import replace
from posixpath import normpath
from urllib.parse import unquote

from ..digests import MAX_NAME, is_digest
from ..exchange import Exchange
from ..reply import Reply, error, reply

_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = rf"(?P<repository>{_NAME}(?:/{_NAME})*)"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+"
_BLOB_METHODS = ("GET", "HEAD", "DELETE")
_ROUTES = (
    (re.compile(r"/v2/"), None),
    (re.compile(r"/v2/_catalog"), ("GET",)),
    (re.compile(rf"/v2/{_REPOSITORY}/tags/list"), ("GET",)),
    (re.compile(rf"/v2/{_REPOSITORY}/manifests/(?:{_TAG}|{_DIGEST})", re.ASCII), ("GET", "HEAD", "PUT", "DELETE")),
    (re.compile(rf"/v2/{_REPOSITORY}/blobs/uploads/"), ("POST",)),
    (re.compile(rf"/v2/{_REPOSITORY}/blobs/uploads/[a-zA-Z0-9-_.=]+"), ("GET", "HEAD", "PATCH", "PUT", "DELETE")),
    (re.compile(rf"/v2/{_REPOSITORY}/blobs/{_DIGEST}"), _BLOB_METHODS),
)
_SESSION_METHODS = ("GET", "HEAD", "PATCH", "PUT", "DELETE")


def routed(version: int, exchange: Exchange) -> Reply | None:
    """The router's own answer: a redirect, 404, 405, or an answer to OPTIONS; None if the API answers."""
    method, path = exchange.request.method, unquote(exchange.entry.path)
    clean = normpath(path).replace("//", "/") + ("/" if path.endswith("/") and path != "/" else "")
    if clean != path:
        return reply(301, Location=_with_query(exchange, clean))
    for pattern, methods in _ROUTES:
        found = pattern.fullmatch(path)
        if found is not None:
            return _matched(version, exchange, found, methods)
    other = path[:-1] if path.endswith("/") else path + "/"
    if any(pattern.fullmatch(other) for pattern, _methods in _ROUTES):
        return _redirect(exchange, method, other)
    return _text(404, "404 page not found")


def _matched(version: int, exchange: Exchange, found: re.Match[str], methods: tuple[str, ...] | None) -> Reply | None:
    method = exchange.request.method
    if len(found.groupdict().get("repository") or "") > MAX_NAME:
        answer = error("UNKNOWN", "repository name must not be more than 255 characters", 500)
        # Version 3 writes the document twice.
        body = answer.payload if isinstance(answer.payload, bytes) else b""
        return replace(answer, payload=body + b"\n" + body) if version >= 3 else answer
    if methods is _BLOB_METHODS and not is_digest(exchange.reference):
        return error("DIGEST_INVALID", "provided digest did not match uploaded content")
    if methods is None:
        return None if method in ("GET", "HEAD") else reply(200, b"{}", Content_Type="application/json")
    if method in methods:
        return None
    if method == "OPTIONS":
        return reply(200, Allow=", ".join(sorted(methods)))
    if methods == ("POST",) and method in _SESSION_METHODS:
        return error("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
    return _text(405, "Method not allowed").adding(Allow=", ".join(sorted(methods)))


def _redirect(exchange: Exchange, method: str, path: str) -> Reply:
    answer = reply(301, Location=_with_query(exchange, path))
    if method not in ("GET", "HEAD"):
        return answer
    link = f'<a href="{path}">Moved Permanently</a>.\n\n'.encode()
    return reply(301, link, Location=_with_query(exchange, path), Content_Type="text/html; charset=utf-8")


def _with_query(exchange: Exchange, path: str) -> str:
    return f"{path}?{exchange.entry.query}" if exchange.entry.query else path


def _text(status: int, text: str) -> Reply:
    return reply(status, f"{text}\n".encode(), Content_Type="text/plain; charset=utf-8")
