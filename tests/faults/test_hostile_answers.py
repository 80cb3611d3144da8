# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that no registry gives: each ends in a sentence, soon, in little memory, without its control characters."""

from __future__ import annotations

import gzip
import itertools
import json
import time
import zlib

import pytest
from raw_server import RawServer, answer

SOON = 20  # seconds; most take one, and the machine may be busy
MEMORY = 200 * 2**20  # bytes of the largest resident set; the module with aiohttp loaded takes about 60 MiB
DIGEST = "sha256:" + "0" * 64
OCI = "application/vnd.oci.image.manifest.v1+json"


def endless(head, piece):
    """The head, and then the same piece for ever."""
    return itertools.chain([head], itertools.repeat(piece))


def dripping(head, piece):
    """The head, and then a piece every fifth of a second."""
    yield head
    while True:
        time.sleep(0.2)
        yield piece


def bomb():
    """A gigabyte of spaces in a megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = b"".join(packer.compress(b" " * 2**20) for dummy in range(1024))
    return data + packer.flush()


BOMB = bomb()
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
CONTROLS = "\x1b]0;x\x07\u202eevil\r\nfake: ok"
DEEP = b'{"tags":' + b"[" * 500_000
EVERYWHERE = {
    "headers without end": lambda asked: endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 4000 + b"\r\n"),
    "a header without end": lambda asked: endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65536),
    "a body without end": lambda asked: endless(LONG, b"y" * 65536),
    "chunks without end": lambda asked: endless(CHUNKED, b"10000\r\n" + b"y" * 65536 + b"\r\n"),
    "a byte now and then": lambda asked: dripping(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "a byte of a body now and then": lambda asked: dripping(CHUNKED, b"1\r\n \r\n"),
    "a byte of an error now and then": lambda asked: dripping(CHUNKED.replace(b"200", b"400"), b"1\r\n \r\n"),
    "a bomb": lambda asked: answer(200, BOMB, Content_Encoding="gzip"),
    "a bomb with an error": lambda asked: answer(400, BOMB, Content_Encoding="gzip"),
    "an error without end": lambda asked: endless(LONG.replace(b"200", b"400"), b"y" * 65536),
    "a coding that nobody asked for": lambda asked: answer(200, b"\x00" * 50, Content_Encoding="br"),
    "broken gzip": lambda asked: answer(200, gzip.compress(b"{}")[:-4], Content_Encoding="gzip"),
    "a body that ends early": lambda asked: iter([b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"]),
    "two lengths": lambda asked: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 30\r\n\r\n{}",
    "a negative length": lambda asked: iter([b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"]),
    "a length of words": lambda asked: iter([b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}"]),
    "a wrong chunk": lambda asked: iter([CHUNKED + b"zz\r\n{}\r\n"]),
    "no HTTP": lambda asked: iter([b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"]),
    "a status of words": lambda asked: iter([b"HTTP/1.1 fine OK\r\n\r\n"]),
    "status 999": lambda asked: answer(999),
    "status 101": lambda asked: iter([b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"]),
    "100 for ever": lambda asked: itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "102 for ever": lambda asked: itertools.repeat(b"HTTP/1.1 102 Processing\r\n\r\n"),
    "103 with headers for ever": lambda asked: itertools.repeat(
        b"HTTP/1.1 103 Early Hints\r\nLink: </" + b"y" * 4000 + b">\r\n\r\n"),
    "a status line without end": lambda asked: endless(b"HTTP/1.1 200 ", b"y" * 65536),
    "trailers without end": lambda asked: endless(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + b"y" * 4000 + b"\r\n"),
    "a chunk size without end": lambda asked: endless(CHUNKED, b"0" * 65536),
    "a bomb of deflate": lambda asked: answer(200, BOMB, Content_Encoding="deflate"),
    "nothing": lambda asked: iter([]),
    "bytes that are no text": lambda asked: answer(200, b"\xff\xfe\x00" * 100, Content_Type="application/json"),
    "no object": lambda asked: answer(200, b"[1, 2, 3]"),
    "a number": lambda asked: answer(200, b"9" * 100_000),
    "null": lambda asked: answer(200, b"null"),
    "brackets without end": lambda asked: answer(200, DEEP),
    "a redirect to itself": lambda asked: answer(307, Location=asked.target),
    "a redirect nowhere": lambda asked: answer(307),
    "a redirect to a file": lambda asked: answer(307, Location="file:///etc/passwd"),
    "a redirect to no host": lambda asked: answer(307, Location="http://"),
    "a redirect to another port each time": lambda asked: answer(307, Location=asked.target + "x"),
    "control characters": lambda asked: answer(400, {"errors": [{"code": "\x1b[31mRED\n", "message": CONTROLS}]}),
    "a message without end": lambda asked: answer(400, {"errors": [{"code": "C" * 9000, "message": "m" * 60_000}]}),
    "a page of HTML": lambda asked: answer(200, b"<html><title>Log in \x1b[2J</title>", Content_Type="text/html"),
}


STEPS = [("HEAD", "/manifests/"), ("POST", "/uploads/"), ("PUT", "/uploads/"), ("PUT", "/manifests/"), ("GET", "/tags")]
SLOW = [kind for kind in EVERYWHERE if "now and then" in kind or "for ever" in kind]
AT_STEPS = [(*step, kind) for step in STEPS for kind in EVERYWHERE if kind not in SLOW or step[0] == "POST"]


def started(asked):
    """What a registry answers until the request that a test is about."""
    if asked.path == "/v2/":
        return answer(200, b"{}")
    if asked.method == "POST":
        return answer(202, Location="/v2/app/blobs/uploads/1")
    return answer(201) if asked.method == "PUT" else answer(404)


@pytest.fixture
def run(modules):
    """Run a module without retries, and judge its end: soon, in little memory, one line that a terminal can show."""

    def run(module, server, **options):
        began = time.monotonic()
        running = modules.start(module, registry_url=server.url, timeout=1, total_timeout=SOON, retries=0, **options)
        result = running.result()
        shown = json.dumps(result, ensure_ascii=False)
        assert "Traceback" not in shown and "defect" not in shown
        assert not set("\x1b\x07\u202e\r") & set(shown) and len(shown) < 20_000
        assert result.get("msg", "").isprintable()
        assert result.get("error", {}).get("code") != "out-of-time" and time.monotonic() - began < SOON
        assert running.largest < MEMORY
        return result

    return run


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_at_the_first_request(kind, run, tars):
    with RawServer(EVERYWHERE[kind]) as server:
        result = run("registry_tags_info", server, name="app")
    assert result["failed"] and result["error"]["code"]


@pytest.mark.parametrize(("method", "part", "kind"), AT_STEPS, ids=lambda value: value.strip("/"))
def test_at_a_step(kind, method, part, run, tars):
    def respond(asked):
        return EVERYWHERE[kind](asked) if asked.method == method and part in asked.path else started(asked)

    with RawServer(respond) as server:
        if method == "GET":
            run("registry_tags_info", server, name="app")
        else:
            run("docker_tar_push", server, path=str(tars["small"].path), name="app", tags=["1"])
