# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A server that takes uploads and keeps nothing, for sizes that no disk should see."""

from __future__ import annotations

import contextlib
import http.server
import threading

PIECE = 1024 * 1024


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(200)

    def do_POST(self):
        self._answer(202, Location="/u/1")

    def do_PUT(self):
        left = int(self.headers["Content-Length"])
        piece = bytearray(PIECE)
        while left:
            left -= self.rfile.readinto(memoryview(piece)[:min(left, PIECE)])
        self.server.puts += 1
        self._answer(201)

    def _answer(self, status, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_words):
        pass


@contextlib.contextmanager
def sink():
    """Give a server; `puts` counts the bodies that it took."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.puts = 0
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
