# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the embedded registry costs: start, memory, imports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from pytest_oci_registry.server import EmbeddedRegistry

PROJECT = Path(__file__).parents[3]
MIB = 2**20

# Runs in a process of its own: the peak of memory cannot be reset.
MEMORY = """
import hashlib, http.client, pathlib, re
from pytest_oci_registry.server import EmbeddedRegistry
from pytest_oci_registry.proxy import FaultProxy
MIB, SIZE = 2**20, 300
piece = bytes(range(256)) * 4096
total = hashlib.sha256()
for _ in range(SIZE): total.update(piece)
digest = "sha256:" + total.hexdigest()
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) // 1024
def through(server):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=120)
    connection.request("POST", "/v2/app/blobs/uploads/")
    answer = connection.getresponse(); answer.read()
    location = answer.headers["Location"][len(server.url):]
    length = {"Content-Length": str(SIZE * MIB)}
    connection.request("PUT", f"{location}?digest={digest}", (piece for _ in range(SIZE)), length)
    answer = connection.getresponse(); answer.read()
    assert answer.status == 201, answer.status
    connection.request("GET", f"/v2/app/blobs/{digest}")
    answer = connection.getresponse()
    size = 0
    while True:
        data = answer.read(MIB)
        if not data: break
        size += len(data)
    assert size == SIZE * MIB
with EmbeddedRegistry() as registry, FaultProxy(registry.url) as proxy:
    before = peak()
    through(registry)
    through(proxy)
    print(peak() - before)
"""


def python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cpu_of_one_registry() -> float:
    started = time.process_time()
    with EmbeddedRegistry():
        pass
    return time.process_time() - started


def test_a_fresh_registry_costs_less_than_1_ms_of_cpu() -> None:
    cpu_of_one_registry()
    # The best of five: a neighbour's load is not our cost.
    median = min(statistics.median(cpu_of_one_registry() for _number in range(100)) for _round in range(5))
    print(f"\nstart and stop of a registry: median {median * 1000:.2f} ms of CPU in 100")
    assert median < 0.001


def test_300_mb_in_and_out_keep_memory_flat() -> None:
    grown = int(python(MEMORY))
    print(f"\n300 MiB in and out, also through the proxy: {grown} MiB above the start")
    assert grown < 64


def test_importing_the_package_does_not_load_aiohttp() -> None:
    loaded = python("import sys, pytest_oci_registry, pytest_oci_registry.server; print('aiohttp' in sys.modules)")
    assert loaded.strip() == "False"
