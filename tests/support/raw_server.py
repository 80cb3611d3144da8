# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that writes whatever bytes a test likes, and keeps what it was sent; no library would write such answers."""

from __future__ import annotations

import json
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Asked:
    """One request; names of headers in lower case."""

    method: str
    target: str
    headers: dict
    body: bytes = field(repr=False)

    @property
    def path(self):
        return self.target.partition("?")[0]


def answer(status=200, body=b"", **headers):
    """The bytes of an orderly answer; underscores in names of headers stand for hyphens."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content_Length": len(data), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status} Because\r\n{lines}\r\n".encode("latin-1") + data


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while self.server.running and self._one():
                pass
        except (OSError, ValueError):
            pass  # the client has left

    def _one(self):
        asked = self._read()
        if asked is None:
            return False
        self.server.requests.append(asked)
        said = self.server.respond(asked)
        for piece in [said] if isinstance(said, bytes) else said:
            if not self.server.running:
                return False
            self.wfile.write(piece)
        return isinstance(said, bytes)

    def _read(self):
        line = self.rfile.readline()
        if not line:
            return None
        method, target, _version = line.decode("latin-1").split(" ", 2)
        headers = {}
        while line := self.rfile.readline().strip():
            name, _colon, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return Asked(method, target, headers, self._body(headers))

    def _body(self, headers):
        if headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(headers.get("content-length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body


class RawServer(socketserver.ThreadingTCPServer):
    """Serves within `with`; `respond(asked)` gives bytes, or pieces of them after which the connection ends."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, respond):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.respond = respond
        self.requests = []
        self.running = True

    @property
    def netloc(self):
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.netloc}"

    def handle_error(self, request, client_address):
        """Nothing: that clients leave is what these tests are about."""

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_problem):
        self.running = False
        self.shutdown()
        self.thread.join()
        self.server_close()
