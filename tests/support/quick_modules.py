# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as processes of their own that begin in milliseconds, for tests that run them hundreds of times."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from stranger import collections, surroundings

TIMEOUT = 120  # seconds for one run; far beyond what any needs


class ModuleProcess:
    """One run under way: `result` waits for its end, `kill` and `terminate` do what they say."""

    def __init__(self, connection, module):
        self._connection = connection
        self._module = module
        self._reader = connection.makefile("rb")
        self.largest = self.read = 0  # bytes of its largest resident set, and read, once it has ended by itself
        self.pid = int(self._reader.readline())

    def kill(self):
        """End it by SIGKILL, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self.output()

    def terminate(self):
        """Tell it to stop, as a closed connection or an operator does."""
        os.kill(self.pid, signal.SIGTERM)

    def output(self):
        """Everything that it printed, once it has ended."""
        with self._connection, self._reader:
            printed, _zero, costs = self._reader.read().decode().partition("\0")
        kilobytes, self.read = map(int, costs.split() or (0, 0))
        self.largest = kilobytes * 1024
        return printed

    def result(self):
        """What the module returns."""
        printed = self.output()
        assert printed.lstrip().startswith("{"), f"{self._module} ended without a result: {printed!r}"
        return json.loads(printed)


class QuickModules:
    """Call it with a module's name and options: its result. `start` gives the process instead."""

    def __init__(self, path, environment, errors):
        self._path = path
        self._errors = errors
        self.environment = environment

    def start(self, module, /, *, check=False, diff=False, variables=None, **arguments):
        """Begin a run; `variables` are added to its environment."""
        wanted = {
            "module": module, "environment": {**self.environment, **(variables or {})},
            "arguments": {**arguments, "_ansible_check_mode": check, "_ansible_diff": diff},
        }
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(self._path)
            connection.sendall(json.dumps(wanted).encode() + b"\n")
            return ModuleProcess(connection, module)
        except (OSError, ValueError) as error:
            connection.close()
            raise RuntimeError(f"the modules cannot be loaded: {self._errors.read_text()}") from error

    def __call__(self, module, /, **words):
        return self.start(module, **words).result()


@contextmanager
def quick_modules(folder):
    """Give modules that are ready to run, of this checkout; `folder` becomes their home."""
    home = folder / "home"
    home.mkdir()
    environment, path = surroundings(home), str(folder / "socket")
    # The zygote takes the listening socket over, so a first run may begin before it is up, however long that takes.
    with (folder / "errors").open("wb") as errors, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("module_zygote.py"))], stdin=listener,
            stdout=subprocess.DEVNULL, stderr=errors, env={**environment, "PYTHONPATH": str(collections())},
        )
    try:
        yield QuickModules(path, environment, folder / "errors")
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def modules(tmp_path_factory):
    """Call it with a module's name and options: its result."""
    with quick_modules(tmp_path_factory.mktemp("m")) as ready:
        yield ready
