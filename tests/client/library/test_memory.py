# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Memory stays constant: the peak of ten pushes at once is that of one push."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import registry_api_v2_client

MIB = 1024 * 1024
IMAGE = 48 * MIB
ALLOWED = 16 * MIB  # for ten sessions and their buffers; the images are 480 MiB
SCRIPT = """
import asyncio, re, sys
from registry_api_v2_client import push_docker_tar

async def main(tar, url, number):
    await asyncio.gather(*(push_docker_tar(tar, url, f"{sys.argv[4]}{turn}", "1") for turn in range(number)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def peak(tar, url: str, number: int, prefix: str) -> int:
    """Bytes that a process which pushes needs at most."""
    package = Path(registry_api_v2_client.__file__).parents[1]
    command = [sys.executable, "-c", SCRIPT, os.fspath(tar), url, str(number), prefix]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return int(re.fullmatch(r"(\d+)\n", done.stdout)[1]) * 1024


def test_ten_pushes_at_once_need_no_more_memory_than_one(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=3, size=IMAGE)
    one = peak(tar, registry.url, 1, "one")
    ten = peak(tar, registry.url, 10, "ten")
    assert len(registry.repositories) == 11
    assert ten - one < ALLOWED


def test_a_push_needs_memory_for_no_layer(registry, docker_save_tar):
    small = docker_save_tar("app:1", layers=3, size=3 * MIB)
    large = docker_save_tar("app:2", layers=3, size=2 * IMAGE)
    assert peak(large, registry.url, 1, "large") - peak(small, registry.url, 1, "small") < ALLOWED


@pytest.mark.parametrize("outer", ["gzip"])
def test_a_compressed_archive_is_not_held_in_memory(registry, docker_save_tar, outer):
    small = docker_save_tar("app:1", layers=3, size=3 * MIB)
    packed = docker_save_tar("app:2", layers=3, size=IMAGE, fill="zeros", outer=outer)
    assert peak(packed, registry.url, 1, "packed") - peak(small, registry.url, 1, "small") < ALLOWED
