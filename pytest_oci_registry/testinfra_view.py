# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry as the target host sees it: requests go through `host.run`, with curl or, where there is none, Python."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Optional
from urllib.parse import urlsplit

from .look.http_source import ACCEPT
from .look.source import Document, SourceError
from .view import ImageView

# Prints the status line, headers, an empty line and the body, as `curl --include` does.
_PYTHON = """
import base64, ssl, sys, urllib.error, urllib.request
url, accept, login, ca = sys.argv[1:5]
request = urllib.request.Request(url, headers={"Accept": accept})
if login:
    request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
context = ssl.create_default_context(cafile=ca or None)
try:
    answer = urllib.request.urlopen(request, timeout=30, context=context)
except urllib.error.HTTPError as error:
    answer = error
headers = "".join("%s: %s\\r\\n" % item for item in answer.headers.items())
sys.stdout.write("HTTP/1.1 %d x\\r\\n%s\\r\\n" % (answer.getcode(), headers))
sys.stdout.flush()
sys.stdout.buffer.write(answer.read())
"""


class HostRegistry:
    """The registry at a URL, asked from the host. The login is seen on the host's command line: use one for tests."""

    def __init__(self, host: Any, url: str, username: str = "", password: str = "", ca_file: str = "") -> None:
        if not url:
            raise ValueError("host_registry needs a URL: pass it, or set OCI_REGISTRY_URL (verifier.env in molecule)")
        self.url = url.rstrip("/")
        self.source = HostSource(host, self.url, f"{username}:{password}" if username else "", ca_file)

    def image(self, name: str, platform: Optional[str] = None) -> ImageView:
        """The image of a name: `team/app:1`, `team/app` (latest) or `team/app@sha256:...`."""
        repository, at, reference = name.partition("@")
        if not at:
            head, colon, tag = name.rpartition(":")
            repository, reference = (head, tag) if colon and "/" not in tag else (name, "latest")
        return ImageView(self.source, urlsplit(self.url).netloc, repository, reference, platform)

    @property
    def repositories(self) -> list[str]:
        """Names of all repositories, as one page of the catalogue has them."""
        return sorted(self.source.repositories())

    def tags(self, repository: str) -> list[str]:
        """All tags of a repository, sorted; empty when there is none."""
        return sorted(self.source.tags(repository) or [])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The request log of an embedded registry or proxy that `python -m pytest_oci_registry` serves."""
        return list(self.source.document("/_oci/requests"))

    @property
    def writes(self) -> list[dict[str, Any]]:
        """The requests of that log that write; empty when a second run changed nothing."""
        return [entry for entry in self.requests
                if entry.get("method") in ("POST", "PUT", "PATCH", "DELETE") and entry.get("operation") != "token"]


class HostSource:
    """A source that reads through the shell of a host. It cannot write."""

    def __init__(self, host: Any, url: str, login: str, ca_file: str) -> None:
        self._host, self._url, self._login, self._ca_file = host, url, login, ca_file
        self._has_curl: Optional[bool] = None

    def manifest(self, repository: str, reference: str) -> Optional[Document]:
        """The manifest or index of a tag or digest."""
        status, headers, body = self._get(f"/v2/{repository}/manifests/{reference}")
        if status == 404:
            return None
        media_type = headers.get("content-type", "").split(";")[0].strip()
        return Document(media_type, headers.get("docker-content-digest"), body)

    @contextmanager
    def blob(self, repository: str, digest: str) -> Iterator[Optional[Iterator[bytes]]]:
        """The bytes of a blob; the whole blob travels through the connection to the host."""
        status, _headers, body = self._get(f"/v2/{repository}/blobs/{digest}")
        yield None if status == 404 else iter((body,))

    def tags(self, repository: str) -> Optional[list[str]]:
        """All tags of the repository."""
        status, _headers, body = self._get(f"/v2/{repository}/tags/list")
        return None if status == 404 else list(json.loads(body).get("tags") or [])

    def repositories(self) -> list[str]:
        """Names of repositories."""
        return list(self.document("/v2/_catalog").get("repositories") or [])

    def referrers(self, repository: str, digest: str) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject is that digest."""
        status, _headers, body = self._get(f"/v2/{repository}/referrers/{digest}")
        return [] if status == 404 else list(json.loads(body).get("manifests") or [])

    def document(self, path: str) -> Any:
        """A JSON document."""
        return json.loads(self._get(path)[2])

    def put_blob(self, repository: str, digest: str, size: int, chunks: Iterable[bytes]) -> None:
        """Raises SourceError: a view from a host does not write."""
        raise SourceError("host_registry only reads")

    def put_manifest(self, repository: str, reference: str, media_type: str, body: bytes) -> None:
        """Raises SourceError: a view from a host does not write."""
        raise SourceError("host_registry only reads")

    def _get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        done = self._host.run(self._command(self._url + path))
        # A pipe ends with the status of its last command, so nothing at all is a failure too.
        if done.rc != 0 or not done.stdout.strip():
            raise SourceError(f"cannot read {path} of {self._url} from the host: {done.stderr.strip()[:300]}")
        status, headers, body = parse(base64.b64decode(done.stdout))
        if status >= 400 and status != 404:
            raise SourceError(f"cannot read {path} of {self._url} from the host: {status}")
        return status, headers, body

    def _command(self, url: str) -> str:
        if self._has_curl is None:
            self._has_curl = self._host.run("command -v curl").rc == 0
        # Backends of testinfra decode what a command prints, and bytes of a layer do not survive that: base64 does.
        command = curl_command(url, self._login, self._ca_file) if self._has_curl else (
            f"python3 -c {shlex.quote(_PYTHON)} {shlex.quote(url)} {shlex.quote(ACCEPT)} "
            f"{shlex.quote(self._login)} {shlex.quote(self._ca_file)}")
        return f"{command} | base64"


def curl_command(url: str, login: str, ca_file: str) -> str:
    """The command line of one GET; redirects are followed, the login stays with the first host."""
    words = ["curl", "--silent", "--show-error", "--include", "--location", "--max-time", "60"]
    words += ["--header", f"Accept: {ACCEPT}"]
    words += ["--user", login] if login else []
    words += ["--cacert", ca_file] if ca_file else []
    return " ".join(shlex.quote(word) for word in [*words, url])


def parse(printed: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what was printed; of several answers (redirects, 100 Continue) the last."""
    while True:
        head, separator, body = printed.partition(b"\r\n\r\n")
        if not separator or not head.startswith(b"HTTP/"):
            raise SourceError(f"no answer of a web server: {printed[:100]!r}")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        if not (body.startswith(b"HTTP/") and (status < 200 or 300 <= status < 400)):
            pairs = (line.partition(":") for line in lines[1:])
            return status, {name.strip().lower(): value.strip() for name, dummy, value in pairs}, body
        printed = body
