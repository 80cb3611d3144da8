# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A server that follows a script: a real socket, strict order; unknown, differing and leftover steps fail the test.

    script.expect("POST", "/v2/app/blobs/uploads/").answer(202, location="/u/7?s=a%2Fb")
    script.expect("PUT", "/u/7?s=a%2Fb&digest=sha256:...", body=b"layer").answer(201)
    assert play(script, lambda send: upload_blob(send, ...)) is UploadOutcome.UPLOADED

A bare GET /v2/ that is not in the script is answered 200, since the session asks it first.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.session import Session


@dataclass
class Step:
    """One expected request and its answer. `sends` are headers that must be there, `lacks` names that must not."""

    method: str
    target: str
    body: bytes | None = None
    sends: dict = field(default_factory=dict)
    lacks: tuple = ()
    status: int = 200
    headers: list = field(default_factory=list)
    reply: bytes = b""
    then: str = ""

    def answer(self, status, reply=b"", **headers):
        """Answer with a status, a body, and headers written as keyword arguments (content_type="text/html")."""
        self.status, self.reply = status, reply
        self.headers = [(name.replace("_", "-").title(), str(value)) for name, value in headers.items()]
        return self

    def cut(self):
        """Read the whole request and reset the connection."""
        self.then = "cut"
        return self

    def short(self, reply, length):
        """Answer 200 with a Content-Length of `length`, send only `reply`, and close."""
        self.answer(self.status, reply, content_length=length)
        self.then = "close"
        return self

    def differences(self, request):
        """Return what is not as expected, in words."""
        found = []
        if (self.method, self.target) != (request.method, request.target):
            found.append(f"expected {self.method} {self.target}")
        if self.body is not None and self.body != request.body:
            found.append(f"expected the body {self.body[:60]!r}, got {request.body[:60]!r}")
        found += [f"expected {name}: {value}, got {request.headers.get(name.lower())}"
                  for name, value in self.sends.items() if request.headers.get(name.lower()) != value]
        return found + [f"{name} must not be sent" for name in self.lacks if name.lower() in request.headers]


@dataclass
class Received:
    """A request as it came."""

    method: str
    target: str
    headers: dict
    body: bytes


class Script:
    """The steps, in order, and what went wrong."""

    def __init__(self):
        self.steps = []
        self.faults = []
        self.received = []

    def expect(self, method, target, **details):
        """Add a step; set its answer by Step.answer."""
        step = Step(method, target, **details)
        self.steps.append(step)
        return step

    @asynccontextmanager
    async def serving(self, tls=None):
        """Serve on a free port and give the URL."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        finally:
            server.close()

    def check(self):
        """Fail on whatever did not go by the script."""
        left = [f"never came: {step.method} {step.target}" for step in self.steps]
        log = "\n".join(f"  {request.method} {request.target}" for request in self.received)
        assert not self.faults + left, "\n".join(self.faults + left) + f"\nreceived:\n{log}"

    async def _serve(self, reader, writer):
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _one(self, reader, writer):
        request = await read_request(reader)
        self.received.append(request)
        step = self._next(request)
        if step.then == "cut":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return False
        writer.write(written(step, request))
        await writer.drain()
        return step.then != "close"

    def _next(self, request):
        unscripted_ping = (request.method, request.target) == ("GET", "/v2/")
        if unscripted_ping and not (self.steps and self.steps[0].target == "/v2/"):
            return Step("GET", "/v2/")
        if not self.steps:
            self.faults.append(f"nothing was expected any more, but {request.method} {request.target} came")
            return Step("", "", status=499)
        step = self.steps.pop(0)
        self.faults += [f"{request.method} {request.target}: {text}" for text in step.differences(request)]
        return step


async def read_request(reader):
    """Return one request with its body, in either transfer coding."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _version = lines[0].split(" ")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:-2])}
    if headers.get("transfer-encoding") == "chunked":
        return Received(method, target, headers, await read_chunks(reader))
    return Received(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))


async def read_chunks(reader):
    """Return a body in chunked transfer coding."""
    body = b""
    while True:
        size = int(await reader.readline(), 16)
        body += await reader.readexactly(size)
        await reader.readexactly(2)
        if not size:
            return body


def written(step, request):
    """Return the bytes of an answer."""
    headers = dict(step.headers)
    headers.setdefault("Content-Length", str(len(step.reply)))
    if step.status in (204, 304):
        del headers["Content-Length"]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = b"" if request.method == "HEAD" else step.reply
    return f"HTTP/1.1 {step.status} Because\r\n{head}\r\n".encode("latin-1") + body


async def no_wait(_seconds):
    """Stand in for asyncio.sleep where a test would only wait."""
    await asyncio.sleep(0)


def play(script, call, **settings):
    """Return what `call(session)` returns, with a session to the script's server; the script must fit to the end."""
    result = asyncio.run(_play(script, call, settings))
    script.check()
    return result


async def _play(script, call, settings):
    options = {"timeout": 5, "login": Login(anonymous=True), **settings}
    async with script.serving() as url:
        async with Session(Settings(url, **options), environ={}, sleep=no_wait) as session:
            return await call(session)
