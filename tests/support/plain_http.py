# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""An HTTP client of the standard library alone, that shares no code with what it judges."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20


@dataclass
class Answer:
    """Status, headers as a lower-case mapping, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The first error code of the body."""
        return str(self.json()["errors"][0]["code"])

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Wire:
    """Requests to one registry, each on its own connection; `authorization` is sent with every one."""

    def __init__(
        self, url: str, *, ca_file: str | None = None, authorization: str = "", client: tuple[str, str] | None = None
    ) -> None:
        self.url = url
        self.authorization = authorization
        self._ca_file = ca_file
        self._client = client

    def connection(self) -> http.client.HTTPConnection:
        """A new connection to the registry."""
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=self._ca_file)
            if self._client:
                context.load_cert_chain(*self._client)
            return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=TIMEOUT, context=context)
        return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)

    def send(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """One exchange.

        Target is a path or a Location of this registry; underscores in header names stand for hyphens.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.authorization and "Authorization" not in sent:
            sent["Authorization"] = self.authorization
        connection = self.connection()
        try:
            connection.request(method, path_of(target), body, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def start(self, repository: str, query: str = "") -> str:
        """The Location of a new upload session."""
        answer = self.send("POST", f"/v2/{repository}/blobs/uploads/{query}")
        assert answer.status == 202, answer
        return answer.headers["location"]

    def put(self, location: str, digest: str, body: Any = b"", **headers: str) -> Answer:
        """The closing PUT of a session."""
        return self.send("PUT", f"{location}{'&' if '?' in location else '?'}digest={digest}", body, **headers)

    def upload(self, repository: str, data: bytes, algorithm: str = "sha256") -> str:
        """Upload a blob by POST and PUT, and return its digest."""
        digest = digest_of(data, algorithm)
        assert self.put(self.start(repository), digest, data).status == 201
        return digest


def path_of(target: str) -> str:
    """Path and query of a URL or path."""
    return target if target.startswith("/") else "/" + target.split("/", 3)[3]


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    """The digest of bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def basic(user: str, password: str) -> str:
    """A basic Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
