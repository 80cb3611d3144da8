# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One process, measured: seconds, processor seconds of it and its children, peak memory."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from server import Server

POLL = 0.02  # seconds between two looks at memory
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True)
class Cost:
    """What one run cost: seconds on the clock and on the processors, bytes of memory at the peak.

    `registry` is the processor seconds that the registry spent meanwhile.
    """

    wall: float
    cpu: float
    memory: int
    registry: float = 0.0


class Failed(Exception):
    """A contestant ended with an error; holds its last words."""


def measure(command: t.Sequence[str], environment: t.Mapping[str, str], server: Server | None = None) -> Cost:
    """Run a command to its end and return its cost, that of the registry too; raises Failed."""
    before = server.cpu() if server else 0.0
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    watch = _Memory(process.pid)
    output = process.stdout.read() if process.stdout else b""
    _pid, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.stdout:
        process.stdout.close()
    peak = watch.stop()
    if process.returncode:
        raise Failed(f"{' '.join(command)[:200]}: {output[-800:].decode(errors='replace')}")
    said = re.search(rb"VmHWM (\d+)", output)
    spent = server.cpu() - before if server else 0.0
    return Cost(wall, used.ru_utime + used.ru_stime, int(said[1]) * 1024 if said else peak, spent)


class _Memory:
    """Looks at VmHWM of a process until it is told to stop.

    Not ru_maxrss: that begins with the memory of whoever started the process.
    """

    def __init__(self, pid: int) -> None:
        self._path = f"/proc/{pid}/status"
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._ended.wait(POLL):
            try:
                with open(self._path) as file:
                    found = _PEAK.search(file.read())
            except OSError:
                return
            self._peak = max(self._peak, int(found[1]) * 1024 if found else 0)

    def stop(self) -> int:
        self._ended.set()
        self._thread.join()
        return self._peak
