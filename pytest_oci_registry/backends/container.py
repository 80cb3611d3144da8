# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A real registry in a container: podman or docker, one per test process, tests kept apart by a prefix."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..look.http_source import HttpSource
from ..look.source import SourceError
from ..settings import Settings
from .want import DISTRIBUTION_2, DISTRIBUTION_3, Given, MissingBackend, StartError, Want

RUNTIMES = ("podman", "docker")
COMMAND_TIMEOUT = 300
"""Seconds for one command of the engine; the first one may have to pull the image."""


def find_runtime(settings: Settings) -> str:
    """The engine to use. Raises MissingBackend, which says what was looked for."""
    for name in (settings.runtime,) if settings.runtime else RUNTIMES:
        found = shutil.which(name)
        if found:
            return found
    looked = f"{settings.runtime} is not" if settings.runtime else "neither podman nor docker is"
    raise MissingBackend(f"backend container: {looked} on PATH; install one or set --oci-registry-runtime.")


def start_command(runtime: str, settings: Settings, name: str) -> list[str]:
    """The command line that starts the registry on a free port and prints the container's id."""
    return [runtime, "run", "--detach", "--rm", "--name", name, "--publish", f"{settings.bind_host}::5000",
            "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true", "--env", "OTEL_TRACES_EXPORTER=none", settings.image]


def image_command(runtime: str, image: str) -> list[str]:
    """The command line that says whether the engine has the image."""
    return [runtime, "image", "inspect", image]


def pull_command(runtime: str, image: str) -> list[str]:
    """The command line that gets the image."""
    return [runtime, "pull", "--quiet", image]


def port_command(runtime: str, name: str) -> list[str]:
    """The command line that prints where port 5000 ended up."""
    return [runtime, "port", name, "5000/tcp"]


def logs_command(runtime: str, name: str) -> list[str]:
    """The command line that prints what the registry printed."""
    return [runtime, "logs", "--tail", "50", name]


def stop_command(runtime: str, name: str) -> list[str]:
    """The command line that removes the container and its data."""
    return [runtime, "rm", "--force", "--volumes", name]


def parse_port(printed: str) -> int:
    """The port of `127.0.0.1:49153` or `0.0.0.0:49153`. Raises StartError for anything else."""
    found = re.search(r":(\d+)\s*$", printed.strip().splitlines()[0] if printed.strip() else "")
    if not found:
        raise StartError(f"backend container: no port in {printed[:200]!r}")
    return int(found.group(1))


def features_of(image: str) -> frozenset[str]:
    """What the image's registry can, by its tag."""
    plain = {"auth", "tls", "read-only"}
    return (DISTRIBUTION_3 if re.search(r":v?3(\.|$)", image) else DISTRIBUTION_2) - plain


@contextmanager
def container_registry(settings: Settings) -> Iterator[Given]:
    """A running container, removed on leaving. Raises MissingBackend without engine or image, StartError otherwise."""
    runtime = find_runtime(settings)
    need_image(runtime, settings.image)
    name = f"oci-registry-{uuid.uuid4().hex[:12]}"
    call(start_command(runtime, settings, name))
    try:
        url = f"http://{settings.bind_host}:{parse_port(call(port_command(runtime, name)))}"
        wait_until_ready(url, settings.start_timeout, lambda: call(logs_command(runtime, name)))
        yield Given("container", url, settings.image, features_of(settings.image))
    finally:
        subprocess.run(stop_command(runtime, name), capture_output=True, timeout=COMMAND_TIMEOUT, check=False)


def need_image(runtime: str, image: str) -> None:
    """Get the image if the engine does not have it. Raises MissingBackend with the engine's words."""
    try:
        call(image_command(runtime, image))
    except StartError:
        try:
            call(pull_command(runtime, image))
        except StartError as error:
            raise MissingBackend(f"backend container: cannot get the image {image}: {error}; "
                                 "pull it before the tests, or set --oci-registry-image.") from error


def check(want: Want) -> None:
    """Refuse what the shared container is not started with. Raises MissingBackend."""
    if want.auth is not None or want.tls or want.server:
        raise MissingBackend("backend container has neither login, TLS nor settings; use the backend embedded.")


def call(command: list[str]) -> str:
    """What the command prints. Raises StartError with the engine's words."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise StartError(f"backend container: {error}") from error
    if done.returncode:
        said = done.stderr[-500:]
        raise StartError(f"backend container: {' '.join(command[:2])} ended with {done.returncode}: {said}")
    return done.stdout


def wait_until_ready(url: str, timeout: float, log: Callable[[], str]) -> None:
    """Return when the registry answers. Raises StartError with its log after `timeout` seconds (0: never)."""
    end = time.monotonic() + timeout
    while True:
        try:
            HttpSource(url).ping()
            return
        except SourceError as error:
            if timeout and time.monotonic() > end:
                said = log()
                late = f"backend container is silent for {timeout:g} s"
                raise StartError(f"{late}: {error}; {said[-1500:]}") from error
        time.sleep(0.05)
