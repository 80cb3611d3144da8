# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Requests that are sent to a real registry and to the personality that imitates it, and their answers as values.

A script gets a session with a repository of its own; what two servers may choose freely is replaced by a word.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union
from urllib.parse import parse_qsl, quote, urlsplit

from plain_http import Answer, Wire, digest_of

OCI = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
CONFIG = b'{"architecture": "amd64", "os": "linux"}'
DATA = bytes(range(256)) * 8
ABSENT = digest_of(b"absent")
HEADERS = (
    "accept-ranges", "cache-control", "content-range", "docker-content-digest", "docker-distribution-api-version",
    "docker-upload-uuid", "etag", "link", "location", "oci-chunk-min-length", "oci-filters-applied", "oci-subject",
    "oci-tag", "range", "retry-after", "warning")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Headers = Mapping[str, str]
Body = Union[bytes, None]


@dataclass
class Session:
    """One script's requests to one server, and what came back."""

    wire: Wire
    repository: str
    unsorted: bool = False
    seen: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, body: Body = None, **headers: str) -> Answer:
        """Send a request and note its answer; a path without a slash in front is one of the repository."""
        target = path if path.startswith(("/", "http")) else f"/v2/{self.repository}/{path}"
        try:
            answer = self.wire.send(method, target, body, **headers)
        except (http.client.HTTPException, ConnectionError):
            answer = Answer(0, {}, b"")
        self.seen.append(f"{method} {self.plain(path)}: {self.described(answer)}")
        return answer

    def quietly(self, method: str, path: str, body: Body = None, **headers: str) -> Answer:
        """The same for what only prepares; its answer is not compared."""
        answer = self.send(method, path, body, **headers)
        self.seen.pop()
        return answer

    def blob(self, data: bytes) -> str:
        """Store a blob and return its digest."""
        return self.wire.upload(self.repository, data)

    def start(self) -> str:
        """Open an upload and return its Location."""
        return self.wire.start(self.repository)

    def described(self, answer: Answer) -> str:
        """Status, headers and body, without what a server may choose."""
        headers = {name: self.plain(answer.headers[name]) for name in HEADERS if name in answer.headers}
        kind = answer.headers.get("content-type", "").partition(";")[0]
        return f"{answer.status} {kind} {headers} {self.body(answer)}"

    def body(self, answer: Answer) -> str:
        """The codes of an error body; of another one its length and digest, of a short one the text."""
        codes = error_codes(answer.body)
        if codes is not None:
            return f"errors {codes}"
        if "json" in answer.headers.get("content-type", "") and not answer.headers.get("docker-content-digest"):
            document = json.loads(answer.body or b"null")
            if self.unsorted and isinstance(document, dict) and document.get("tags"):
                document["tags"].sort()
            return self.plain(json.dumps(document, sort_keys=True))
        if len(answer.body) < 300:
            return self.plain(answer.body.decode("utf-8", "replace").strip())
        return f"{len(answer.body)} bytes {digest_of(answer.body)}"

    def plain(self, text: str) -> str:
        """Replace URL, repository, session and state by words."""
        text = text.replace(self.wire.url, "<url>").replace(self.repository, "<repository>")
        text = text.replace(quote(self.repository, safe=""), "<repository>")
        return _UUID.sub("<session>", re.sub(r"_state=[^&\s>]+", "_state=<state>", text))


def error_codes(body: bytes) -> list[str] | None:
    """The codes of the specification's error body; None for another body."""
    if not body.lstrip().startswith(b'{"errors"'):
        return None
    return [code.decode() for code in re.findall(rb'"code":\s*"([A-Z_]+)"', body)]


def with_digest(location: str, digest: str) -> str:
    """The target of the PUT that ends an upload."""
    return f"{location}{'&' if '?' in location else '?'}digest={quote(digest, safe='')}"


def changed(location: str, **parameters: str) -> str:
    """A Location with other parameters."""
    parts = urlsplit(location)
    query = {**dict(parse_qsl(parts.query)), **parameters}
    return parts.path + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)


def descriptor(data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    """The descriptor of a blob."""
    return {"mediaType": media_type, "size": len(data), "digest": digest_of(data), **more}


def image(kind: str = OCI, **changes: Any) -> dict[str, Any]:
    """A manifest of CONFIG and DATA; a change of None removes the field."""
    prefix = "application/vnd.oci.image." if kind == OCI else "application/vnd.docker."
    config = prefix + ("config.v1+json" if kind == OCI else "container.image.v1+json")
    layer = prefix + ("layer.v1.tar" if kind == OCI else "image.rootfs.diff.tar.gzip")
    document = {"schemaVersion": 2, "mediaType": kind, "config": descriptor(CONFIG, config),
                "layers": [descriptor(DATA, layer)]}
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def index(kind: str = INDEX, *children: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An index of these descriptors; a change of None removes the field."""
    document = {"schemaVersion": 2, "mediaType": kind, "manifests": list(children)}
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def encoded(document: Any) -> bytes:
    """JSON as this program writes it; text and bytes stay as they are."""
    if isinstance(document, bytes):
        return document
    return (document if isinstance(document, str) else json.dumps(document)).encode()


def stored_image(session: Session, tag: str = "v1", kind: str = OCI, **changes: Any) -> str:
    """Store a whole image without noting the requests; return the digest of its manifest."""
    for data in (CONFIG, DATA):
        session.blob(data)
    body = encoded(image(kind, **changes))
    answer = session.quietly("PUT", f"manifests/{tag}", body, Content_Type=kind)
    assert answer.status == 201, answer
    return digest_of(body)


Script = Callable[[Session], None]
