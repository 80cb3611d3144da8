# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker-registry with its storage in memory, fresh for each contestant."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMORY = Path("/dev/shm")
EXECUTABLES = ("docker-registry", "registry")


def executable() -> str:
    """Return the path of distribution's registry; SystemExit where there is none."""
    for name in EXECUTABLES:
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit("error: neither docker-registry nor registry is on PATH\nhint: apt-get install docker-registry")


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
        with log.open("wb") as output:
            process = subprocess.Popen([executable(), "serve", str(config)], stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Server(f"127.0.0.1:{_port(process, log)}", process.pid)
        finally:
            process.terminate()
            process.wait(10)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _port(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.01)
    raise RuntimeError(f"docker-registry did not start: {log.read_text()[-500:]}")
