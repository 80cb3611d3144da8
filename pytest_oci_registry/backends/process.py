# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A real registry as a process of its own: `docker-registry` or `registry` (distribution 2 and 3) on a free port."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Optional

from ..settings import Settings
from .certificates import Certificates, make_certificates
from .want import DISTRIBUTION_2, DISTRIBUTION_3, Given, MissingBackend, StartError, Want, login

EXECUTABLES = ("docker-registry", "registry")
POLL = 0.002
"""Seconds between two looks at the log."""
STOP = 5.0
"""Seconds for an orderly end before the process is killed."""
UNDERSTOOD = ("delete", "read_only")
"""Settings of the embedded server that distribution has too."""


def find_executable(settings: Settings) -> str:
    """Path of the registry's executable. Raises MissingBackend, which says what was looked for."""
    wanted = (settings.executable,) if settings.executable else EXECUTABLES
    for name in wanted:
        found = shutil.which(name)
        if found:
            return found
    if settings.executable:
        raise MissingBackend(f"backend process: {settings.executable} is not there or not executable; "
                             "correct --oci-registry-exec.")
    raise MissingBackend("backend process: neither docker-registry nor registry is on PATH; "
                         "install one or set --oci-registry-exec.")


def find_version(executable: str) -> str:
    """The version that the executable tells, such as 2.8.2; empty when it tells none."""
    try:
        told = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"(\d+\.\d+(?:\.\d+)?)", told)
    return found.group(1) if found else ""


def configuration(settings: Settings, want: Want, folder: Path, certificates: Optional[Certificates],
                  htpasswd: Optional[Path]) -> dict[str, Any]:
    """The configuration of distribution, as a document. JSON is YAML, so it is written as that."""
    storage: dict[str, Any] = {"filesystem": {"rootdirectory": str(folder / "data")},
                               "delete": {"enabled": bool(want.server.get("delete", True))}}
    if want.server.get("read_only"):
        storage["maintenance"] = {"readonly": {"enabled": True}}
    http: dict[str, Any] = {"addr": f"{settings.bind_host}:0", "secret": "only for tests"}
    if certificates is not None:
        http["tls"] = {"certificate": str(certificates.certificate), "key": str(certificates.key)}
    document: dict[str, Any] = {"version": "0.1", "log": {"level": "info"}, "storage": storage, "http": http}
    if htpasswd is not None:
        document["auth"] = {"htpasswd": {"realm": "tests", "path": str(htpasswd)}}
    return document


def htpasswd_line(username: str, password: str) -> str:
    """A bcrypt line of an htpasswd file. Raises MissingBackend where nothing can make one."""
    tool = shutil.which("htpasswd")
    if tool:
        made = subprocess.run([tool, "-niB", username], input=password, capture_output=True, text=True, timeout=30,
                              check=True)
        return made.stdout.strip() + "\n"
    try:
        import bcrypt  # type: ignore[import-not-found, unused-ignore]  # optional, and without types
    except ImportError:
        raise MissingBackend("backend process with a password: install htpasswd (package apache2-utils) "
                             "or the Python package bcrypt.") from None
    return f"{username}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(5)).decode()}\n"


@contextmanager
def process_registry(settings: Settings, want: Want, folder: Path) -> Iterator[Given]:
    """A running process, ended on leaving. Raises MissingBackend without executable, StartError with its log."""
    executable = find_executable(settings)
    check(want)
    certificates = make_certificates(folder) if want.tls else None
    username, password = login(want.auth)
    htpasswd = None
    if username:
        htpasswd = folder / "htpasswd"
        htpasswd.write_text(htpasswd_line(username, password))
    config, log = folder / "config.yml", folder / "registry.log"
    config.write_text(json.dumps(configuration(settings, want, folder, certificates, htpasswd), indent=1))
    version = find_version(executable)
    try:
        with log.open("wb") as output, running([executable, "serve", str(config)], output) as process:
            port = wait_for_port(process, log, settings.start_timeout)
            yield Given("process", f"{'https' if want.tls else 'http'}://{settings.bind_host}:{port}", version,
                        DISTRIBUTION_3 if version.startswith("3") else DISTRIBUTION_2, username, password,
                        ca_file=str(certificates.ca) if certificates else "", log_file=str(log))
    finally:
        if not settings.keep:
            shutil.rmtree(folder / "data", ignore_errors=True)


def check(want: Want) -> None:
    """Refuse what distribution cannot do. Raises MissingBackend."""
    unknown = sorted(name for name in want.server if name not in UNDERSTOOD)
    if unknown or (want.auth is not None and want.auth[0] != "basic"):
        raise MissingBackend(f"backend process cannot do {', '.join(unknown) or 'token authentication'}; "
                             "use the backend embedded for that.")


@contextmanager
def running(command: list[str], output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended by its own handle on leaving."""
    # distribution takes every REGISTRY_ variable for a part of its configuration, REGISTRY_URL too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("REGISTRY_", "OTEL_"))}
    environment["OTEL_TRACES_EXPORTER"] = "none"
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(process: subprocess.Popen[bytes], log: Path, timeout: float) -> int:
    """The port that the process listens on. Raises StartError when it ends, or is silent for `timeout` seconds."""
    end = time.monotonic() + timeout
    while True:
        said = log.read_text("utf-8", "replace")
        found = re.search(r"listening on [^\"\s]*:(\d+)", said)
        if found:
            return int(found.group(1))
        if process.poll() is not None:
            raise StartError(f"backend process ended with status {process.returncode}: {said[-2000:]}")
        if timeout and time.monotonic() > end:
            raise StartError(f"backend process did not listen within {timeout:g} s: {said[-2000:]}")
        time.sleep(POLL)
