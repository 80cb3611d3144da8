# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the words of the command line do."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import state_file
from .command_errors import CommandError, UsageError

if TYPE_CHECKING:
    from .server.hosted import HostedServer

READY_TIMEOUT = 15.0
STOP_TIMEOUT = 10.0
AUTH_VARIABLE = "OCI_REGISTRY_AUTH"
"""USER:PASSWORD of `serve`; unlike the command line, other users of the machine cannot read it."""


def run(arguments: argparse.Namespace, words: list[str]) -> int:
    """Do what the command says; its exit code. UsageError or CommandError."""
    if arguments.command == "requests":
        return _requests(arguments)
    if arguments.command == "stop":
        return _stop(arguments)
    if arguments.daemon:
        return _background(arguments, words)
    try:
        server = _registry(arguments) if arguments.command == "serve" else _proxy(arguments)
    except ValueError as problem:
        raise UsageError(str(problem)) from None
    except RuntimeError as problem:
        raise CommandError(str(problem)) from None
    return _foreground(server, arguments.state_file)


def _registry(arguments: argparse.Namespace) -> HostedServer:
    from .faults import size_of
    from .server import ServerSettings
    from .server.registry import EmbeddedRegistry

    return EmbeddedRegistry(
        ServerSettings(
            auth=_auth(arguments),
            tls=arguments.tls,
            bind=arguments.bind,
            port=arguments.port,
            folder=arguments.folder,
            personality=arguments.personality,
            read_only=arguments.read_only,
            delete=not arguments.no_delete,
            tag_delete=not arguments.no_tag_delete,
            immutable_tags=arguments.immutable_tags,
            sparse=arguments.sparse,
            check_references=not arguments.no_check_references,
            max_body=size_of(arguments.max_body),
            min_chunk=size_of(arguments.min_chunk),
            locations=arguments.locations,
        )
    )


def _auth(arguments: argparse.Namespace) -> tuple[str, str, str] | None:
    place, account = _account(arguments)
    if not account:
        if arguments.token:
            raise UsageError(f"--token needs --auth USER:PASSWORD, --auth-file or {AUTH_VARIABLE}")
        return None
    user, colon, password = account.partition(":")
    if not colon:
        raise UsageError(f"{place} is not USER:PASSWORD")
    return ("token" if arguments.token else "basic", user, password)


def _account(arguments: argparse.Namespace) -> tuple[str, str]:
    """Where the account comes from, and the account; the command line wins over the environment."""
    if arguments.auth and arguments.auth_file:
        raise UsageError("give either --auth or --auth-file, not both")
    if arguments.auth_file:
        try:
            lines = Path(arguments.auth_file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as problem:
            reason = getattr(problem, "strerror", None) or "it is not UTF-8 text"
            raise UsageError(f"cannot read --auth-file {arguments.auth_file}: {reason}") from None
        return f"the first line of {arguments.auth_file}", lines[0] if lines and lines[0] else "(empty)"
    return ("--auth", arguments.auth) if arguments.auth else (AUTH_VARIABLE, os.environ.get(AUTH_VARIABLE, ""))


def _proxy(arguments: argparse.Namespace) -> HostedServer:
    from .proxy import FaultProxy

    if not arguments.target.startswith(("http://", "https://")):
        raise UsageError("the URL of the registry begins with http:// or https://")
    return FaultProxy(
        arguments.target, bind=arguments.bind, port=arguments.port, tls=arguments.tls, target_ca=arguments.target_ca
    )


def _foreground(server: HostedServer, path: str | None) -> int:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ended.set())
    try:
        server.start()
    except OSError as problem:
        raise CommandError(f"cannot listen: {problem.strerror or problem}") from None
    try:
        state = state_file.State(server.url, os.getpid(), server.ca_file, server.admin_key)
        if path:
            state.write(Path(path))
        else:
            print(state.text(), flush=True)
        ended.wait()
    except OSError as problem:
        raise CommandError(f"cannot write {path}: {problem.strerror}") from None
    finally:
        server.stop()
    if path:
        Path(path).unlink(missing_ok=True)
    return 0


def _background(arguments: argparse.Namespace, words: list[str]) -> int:
    """Start the same command in its own session and come back when it is ready."""
    if not arguments.state_file:
        raise UsageError("--daemon needs --state-file FILE, or nobody could find the server again")
    path = Path(arguments.state_file)
    running = state_file.read(path)
    if running is not None and running.is_alive():
        raise CommandError(f"{path} belongs to a running server, {running.url}; stop it first")
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest_oci_registry", *_words_of_child(words)]
    account = getattr(arguments, "auth", None)
    environment = {**os.environ, **({AUTH_VARIABLE: account} if account else {})}
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            env=environment,
        )
        return _await_ready(child, path, errors)


def _words_of_child(words: list[str]) -> list[str]:
    """The same command without --daemon, and without the account: the process list would show it until the end."""
    kept = [word for word in words if word != "--daemon" and not word.startswith("--auth=")]
    while "--auth" in kept:
        at = kept.index("--auth")
        del kept[at : at + 2]
    return kept


def _await_ready(child: subprocess.Popen[bytes], path: Path, errors: Any) -> int:
    end = time.monotonic() + READY_TIMEOUT
    while time.monotonic() < end:
        code = child.poll()
        if code is not None:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace"))
            return code or 1
        if path.exists():
            child.returncode = 0  # it goes on without us, which Popen would complain about
            ready = state_file.read(path)
            print(ready.text() if ready is not None else "")
            return 0
        time.sleep(0.01)
    child.terminate()
    raise CommandError(f"the server was not ready within {READY_TIMEOUT:g} s")


def _known(path: str) -> state_file.State:
    state = state_file.read(Path(path))
    if state is None:
        raise CommandError(f"there is no state file {path}: start the server with --state-file {path}")
    return state


def _requests(arguments: argparse.Namespace) -> int:
    state = _known(arguments.state_file)
    query = "?writes=1" if arguments.writes else ""
    answer = state.ask("DELETE" if arguments.clear else "GET", "/_oci/requests" + query)
    if answer is None:
        raise CommandError(f"the server of {arguments.state_file}, {state.url}, does not answer")
    for entry in json.loads(answer):
        print(json.dumps(entry))
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    """Stopping what does not run is done already: cleanup may come twice."""
    path = Path(arguments.state_file)
    state = state_file.read(path)
    if state is None or not state.is_alive():
        print("not running", file=sys.stderr)
        path.unlink(missing_ok=True)
        return 0
    os.kill(state.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_TIMEOUT
    while time.monotonic() < end:
        if state.ask("GET", "/_oci/state") is None and not path.exists():
            return 0
        time.sleep(0.01)
    raise CommandError(f"process {state.pid} did not end within {STOP_TIMEOUT:g} s")
