# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker-registry with its storage in memory, fresh for each contestant."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pytest_oci_registry.backends.process import find_executable, running, wait_for_port
from pytest_oci_registry.backends.want import MissingBackend
from pytest_oci_registry.settings import Settings

MEMORY = Path("/dev/shm")


def executable() -> str:
    """Return the path of distribution's registry; SystemExit where there is none."""
    try:
        return find_executable(Settings())
    except MissingBackend as error:
        raise SystemExit(f"error: {error}\nhint: apt-get install docker-registry") from None


def version() -> str:
    """Return what the registry says of itself."""
    return subprocess.run([executable(), "--version"], capture_output=True, text=True, check=False).stdout.strip()


@dataclass(frozen=True)
class Server:
    """A registry that runs: host and port, and its process."""

    address: str
    pid: int

    def cpu(self) -> float:
        """Return the processor seconds that it has used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def registry() -> t.Iterator[Server]:
    """Run an empty registry."""
    folder = Path(tempfile.mkdtemp(prefix="registry-api-bench-", dir=MEMORY if MEMORY.is_dir() else None))
    log, config = folder / "log", folder / "config.yml"
    config.write_text(json.dumps({
        "version": "0.1", "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}},
        "http": {"addr": "127.0.0.1:0", "secret": "only for measuring"},
    }))
    try:
        with log.open("wb") as output, running([executable(), "serve", str(config)], output) as process:
            yield Server(f"127.0.0.1:{wait_for_port(process, log, 10)}", process.pid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
