# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Runs docker's credential helpers: `docker-credential-NAME get`, the registry's address on its stdin.

Protocol: docker-credential-helpers. Helpers say "credentials not found" by a failure, and print errors on stdout.
"""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import shutil
import signal
import subprocess
import time
import typing as t
from dataclasses import dataclass, field

from ...formats.json_object import json_object
from ...problems import printable

if t.TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT = 30  # seconds; ECR's helper asks AWS
MAX_OUTPUT = 64 * 1024  # bytes

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # a file system would take 255 with what stands before it
_NOT_FOUND = b"credentials not found"


@dataclass(frozen=True)
class HelperAnswer:
    """What a helper gave out."""

    username: str
    secret: str = field(repr=False)


class HelperMissingError(Exception):
    """The helper's program is not on PATH."""


class HelperFailedError(Exception):
    """The helper gave no usable answer; the text says why and holds nothing the helper printed."""


def ask_helper(
    name: str, server: str, environ: Mapping[str, str], timeout: float = TIMEOUT
) -> HelperAnswer | None:
    """Return the login a helper has for a server, None where it has none. Blocks at most `timeout` seconds.

    Raises HelperMissingError where the program is not there, HelperFailedError where it fails, is too slow, or answers
    what is no login.
    """
    program = f"docker-credential-{name}"
    if not _NAME.fullmatch(name):
        raise HelperFailedError("the name of its credential helper is no program's name")
    path = shutil.which(program, path=environ.get("PATH", os.defpath))
    if path is None:
        raise HelperMissingError(f"{program} is not on PATH")
    # a key of JSON may hold half a surrogate, under which no helper has anything
    status, output = _run([path, "get"], server.encode(errors="replace"), environ, timeout, program)
    if status != 0:
        if _NOT_FOUND in output.lower():
            return None
        question = f"echo {printable(server)} | {program} get"
        raise HelperFailedError(f"{program} ended with status {status}; run `{question}` to see why")
    return _read(output, program)


def _run(
    command: list[str], text: bytes, environ: Mapping[str, str], timeout: float, program: str
) -> tuple[int, bytes]:
    deadline = time.monotonic() + timeout
    try:
        with _started(command, environ, program) as process:
            output = _converse(process, text, deadline)
            if len(output) > MAX_OUTPUT:
                raise HelperFailedError(f"{program} answered more than {MAX_OUTPUT} bytes")
            return process.wait(max(0.0, deadline - time.monotonic())), output
    except (subprocess.TimeoutExpired, TimeoutError):
        raise HelperFailedError(f"{program} gave no answer in {timeout:g} s") from None


@contextlib.contextmanager
def _started(command: list[str], environ: Mapping[str, str], program: str) -> t.Iterator[subprocess.Popen[bytes]]:
    """A process that is over, with its children, when the block is."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(environ),
            start_new_session=True,
        )
    except OSError as error:
        raise HelperFailedError(f"{program} cannot be started: {error.strerror}") from None
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its own session, so that its children end with it


def _converse(process: subprocess.Popen[bytes], text: bytes, deadline: float) -> bytes:
    """Return what a process writes until it closes its stdout, at most MAX_OUTPUT bytes and one more."""
    question, answer = t.cast(t.IO[bytes], process.stdin), t.cast(t.IO[bytes], process.stdout)
    with contextlib.suppress(BrokenPipeError):  # a helper may end without reading
        os.write(question.fileno(), text)
    question.close()
    output = b""
    with selectors.DefaultSelector() as selector:
        selector.register(answer, selectors.EVENT_READ)
        while len(output) <= MAX_OUTPUT:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            chunk = os.read(answer.fileno(), MAX_OUTPUT)
            if not chunk:
                break
            output += chunk
    return output[: MAX_OUTPUT + 1]


def _read(output: bytes, program: str) -> HelperAnswer | None:
    answer = json_object(output)
    if answer is None:
        raise HelperFailedError(f"{program} answered something that is no login")
    username, secret = answer.get("Username", ""), answer.get("Secret", "")
    if not isinstance(username, str) or not isinstance(secret, str):
        raise HelperFailedError(f"{program} answered something that is no login")
    return HelperAnswer(username, secret) if secret else None
