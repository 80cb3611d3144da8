# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry read over plain HTTP with the standard library: an independent path beside any client under test."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Optional
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

from .source import CHUNK, MAX_DOCUMENT, Document, SourceError

ACCEPT = ", ".join((
    "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
    "*/*"))
MAX_REDIRECTS = 5
MAX_PAGES = 1000
TIMEOUT = 60.0
"""Seconds without progress."""


class HttpSource:
    """The registry at a URL, with a login and a file of certificate authorities where it needs them."""

    def __init__(self, url: str, username: Optional[str] = None, password: Optional[str] = None,
                 ca_file: Optional[str] = None) -> None:
        self.url = url.rstrip("/")
        self._login = None if username is None else f"{username}:{password or ''}"
        self._ca_file = ca_file
        self._authorization: Optional[str] = None

    def manifest(self, repository: str, reference: str) -> Optional[Document]:
        """The manifest or index of a tag or digest."""
        with self._answer("GET", f"/v2/{repository}/manifests/{reference}", {"Accept": ACCEPT}, missing=True) as answer:
            if answer is None:
                return None
            media_type = (answer.headers.get("Content-Type") or "").split(";")[0].strip()
            return Document(media_type, answer.headers.get("Docker-Content-Digest"), _bounded(answer))

    @contextmanager
    def blob(self, repository: str, digest: str) -> Iterator[Optional[Iterator[bytes]]]:
        """The bytes of a blob, piece by piece."""
        with self._answer("GET", f"/v2/{repository}/blobs/{digest}", missing=True) as answer:
            yield None if answer is None else _pieces(answer)

    def tags(self, repository: str) -> Optional[list[str]]:
        """All tags of the repository, over all pages."""
        return self._list(f"/v2/{repository}/tags/list", "tags")

    def repositories(self) -> list[str]:
        """Names of all repositories, over all pages."""
        return self._list("/v2/_catalog", "repositories") or []

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject is that digest."""
        with self._answer("GET", f"/v2/{repository}/referrers/{digest}", missing=True) as answer:
            return [] if answer is None else list(json.loads(_bounded(answer)).get("manifests") or [])

    def put_blob(self, repository: str, digest: str, size: int, chunks: Iterable[bytes]) -> None:
        """Store a blob by one POST and one PUT, unless it is there."""
        with self._answer("HEAD", f"/v2/{repository}/blobs/{digest}", missing=True) as found:
            if found is not None:
                return
        with self._answer("POST", f"/v2/{repository}/blobs/uploads/", {"Content-Length": "0"}) as started:
            location = (started.headers.get("Location") if started is not None else None) or ""
        target = urlsplit(urljoin(f"{self.url}/v2/{repository}/blobs/uploads/", location))
        query = urlencode([*parse_qsl(target.query, keep_blank_values=True), ("digest", digest)])
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        with self._answer("PUT", target._replace(query=query).geturl(), headers, chunks):
            pass

    def put_manifest(self, repository: str, reference: str, media_type: str, body: bytes) -> None:
        """Store a manifest under a tag or its digest."""
        headers = {"Content-Type": media_type, "Content-Length": str(len(body))}
        with self._answer("PUT", f"/v2/{repository}/manifests/{reference}", headers, (body,)):
            pass

    def ping(self) -> Mapping[str, str]:
        """Headers of the answer to GET /v2/. Raises SourceError when nobody answers, or with an error."""
        with self._answer("GET", "/v2/") as answer:
            return dict(answer.headers.items()) if answer is not None else {}

    def _list(self, path: str, key: str) -> Optional[list[str]]:
        found: list[str] = []
        target: Optional[str] = path
        for _page in range(MAX_PAGES):
            if target is None:
                return found
            with self._answer("GET", target, missing=True) as answer:
                if answer is None:
                    return None
                found += json.loads(_bounded(answer)).get(key) or []
                target = _next_page(self.url + path, answer.headers.get("Link"))
        raise SourceError(f"cannot list {path} of {self.url}: more than {MAX_PAGES} pages")

    @contextmanager
    def _answer(self, method: str, target: str, headers: Optional[Mapping[str, str]] = None,
                body: Iterable[bytes] = (), *, missing: bool = False) -> Iterator[Optional[http.client.HTTPResponse]]:
        """The successful answer; None for a 404 where `missing` allows one. Logs in when asked, follows redirects."""
        if method in ("PUT", "POST"):
            self._log_in_once(method, target)
        url = urljoin(self.url + "/", target)
        for _hop in range(MAX_REDIRECTS):
            connection, answer = self._send(method, url, headers or {}, body)
            try:
                if answer.status == 401 and self._authorize(answer, url):
                    continue
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location") or "")
                    continue
                if answer.status == 404 and missing:
                    yield None
                    return
                if answer.status >= 400:
                    said = answer.read(200).decode("utf-8", "replace")
                    raise SourceError(f"cannot {method} {urlsplit(url).path} on {self.url}: {answer.status} {said!r}")
                yield answer
                return
            finally:
                connection.close()
        raise SourceError(f"cannot {method} {urlsplit(url).path} on {self.url}: login refused or too many redirects")

    def _log_in_once(self, method: str, target: str) -> None:
        # A body can be sent once only, so the login is learnt before by a request without one.
        if self._login is not None and self._authorization is None:
            repository = re.match(r"(?:https?://[^/]+)?/v2/(.+?)/(?:blobs|manifests)/", target)
            if repository:
                with self._answer("HEAD", f"/v2/{repository.group(1)}/blobs/sha256:{'0' * 64}", missing=True):
                    pass

    def _send(self, method: str, url: str, headers: Mapping[str, str],
              body: Iterable[bytes]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.netloc)
        sent = dict(headers)
        if self._authorization and url.startswith(self.url + "/"):
            sent["Authorization"] = self._authorization
        target = quote(parts.path, safe="/:%@+~=") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body=body if "Content-Length" in sent else None, headers=sent)
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise SourceError(f"cannot {method} {parts.path} on {self.url}: {error}") from error

    def _connection(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context(cafile=self._ca_file)
            return http.client.HTTPSConnection(netloc, timeout=TIMEOUT, context=context)
        return http.client.HTTPConnection(netloc, timeout=TIMEOUT)

    def _authorize(self, answer: http.client.HTTPResponse, url: str) -> bool:
        """Answer the challenge; False when there is no login, or when this very login was refused."""
        challenge = answer.headers.get("WWW-Authenticate") or ""
        basic = "" if self._login is None else "Basic " + base64.b64encode(self._login.encode()).decode()
        if challenge.lower().startswith("bearer"):
            wanted = self._token(dict(re.findall(r'(\w+)="([^"]*)"', challenge)), basic)
        else:
            wanted = basic
        if not wanted or wanted == self._authorization:
            return False
        self._authorization = wanted
        return True

    def _token(self, challenge: Mapping[str, str], basic: str) -> str:
        query = urlencode([(key, challenge[key]) for key in ("service", "scope") if key in challenge])
        parts = urlsplit(challenge.get("realm", ""))
        if parts.scheme != "https" and (parts.scheme != "http" or self.url.startswith("https:")):
            return ""
        connection = self._connection(parts.scheme, parts.netloc)
        try:
            connection.request("GET", f"{parts.path}?{query}", headers={"Authorization": basic} if basic else {})
            answer = connection.getresponse()
            if answer.status != 200:
                return ""
            document = json.loads(_bounded(answer))
            return f"Bearer {document.get('token') or document.get('access_token')}"
        except OSError as error:
            raise SourceError(f"cannot get a token for {self.url}: {error}") from error
        finally:
            connection.close()


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while True:
            piece = answer.read(CHUNK)
            if not piece:
                return
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"the answer broke off: {error}") from error


def _bounded(answer: http.client.HTTPResponse) -> bytes:
    body = answer.read(MAX_DOCUMENT + 1)
    if len(body) > MAX_DOCUMENT:
        raise SourceError(f"a document of more than {MAX_DOCUMENT} bytes")
    return body


def _next_page(url: str, link: Optional[str]) -> Optional[str]:
    found = re.search(r'<([^>]*)>\s*;\s*rel="?next"?', link or "")
    return urljoin(url, found.group(1)) if found else None
