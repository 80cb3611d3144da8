# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Debian's docker-registry as a process on a free port; the real thing beside the embedded one."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from needed import needs

_CONFIG = """version: 0.1
log: {{level: info}}
storage:
  filesystem: {{rootdirectory: "{root}"}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:0"}}
"""


@contextmanager
def debian_registry(folder: Path) -> Iterator[str]:
    """The URL of a registry that lives as long as the block; a machine without it skips the test, in CI it fails."""
    program = needs("docker-registry")
    config, log = folder / "config.yml", folder / "registry.log"
    config.write_text(_CONFIG.format(root=folder / "data"))
    with log.open("wb") as output:
        process = subprocess.Popen([program, "serve", str(config)], stdout=output, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{_port(process, log)}"
    finally:
        process.terminate()
        process.wait(10)


def _port(process: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.005)
    raise RuntimeError(f"docker-registry did not start: {log.read_text()[-500:]}")
