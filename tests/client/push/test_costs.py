# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a push costs: bytes read, requests, memory, open files, and code that is loaded."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import registry_api_v2_client
from compressing import Reads, layers, push

MIB = 1024 * 1024
PACKAGE = Path(registry_api_v2_client.__file__).parents[1]
FILES = 50  # that the process may have open in the test of many archives, sockets included
SCRIPT = """
import asyncio, json, re, resource, sys
from registry_api_v2_client import PushOptions, RegistryClient, Source

files, url, options, paths = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]), sys.argv[4:]
if files:
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

async def main():
    async with RegistryClient(url) as client:
        return await client.push([Source(path) for path in paths], PushOptions(**options))

result = asyncio.run(main())
print(result.message())
print(*sorted(name for name in sys.modules if name.startswith("registry_api_v2_client.")))
print(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def run(url, *tars, files=0, options="{}"):
    """Push in a process of its own: (message, modules loaded, peak memory in bytes)."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    command = [sys.executable, "-c", SCRIPT, str(files), url, options, *map(str, tars)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    message, modules, peak = done.stdout.splitlines()
    return message, set(modules.replace("registry_api_v2_client.", "").split()), int(peak) * 1024


@pytest.mark.parametrize("layout", ["docker", "podman", "docker25", "oci", "kaniko"])
def test_a_second_push_reads_no_layer(registry, docker_save_tar, monkeypatch, layout):
    """But for the first bytes of each, which tell how it is compressed."""
    tar = docker_save_tar("app:1", layers=3, size="900kB", layout=layout)
    options = {"compression": "none", "names": ("app",), "tag": "1"}
    push(registry, tar, **options)
    with Reads().counted(monkeypatch) as reads, registry.unchanged():
        push(registry, tar, **options)
    assert reads.total() < 64 * 1024  # headers and documents
    if layout in ("docker", "podman"):
        assert max(reads.of_layers(tar)) <= 512


def test_a_second_push_asks_once_for_each_tag_and_blob(registry, docker_save_tar):
    tar = docker_save_tar("app:1", "app:latest", layers=5)
    push(registry, tar, compression="none")
    registry.requests.clear()
    push(registry, tar, compression="none")
    assert sorted(entry.operation for entry in registry.requests) == (
        ["blob_head"] * 6 + ["manifest_head"] * 2 + ["ping"]
    )


@linux
def test_more_archives_than_open_files(registry, docker_save_tar):
    tars = [docker_save_tar(f"app{number}:1", layers=layers("base", str(number), size=2000)) for number in range(70)]
    message, _modules, _peak = run(registry.url, *tars, files=FILES)
    assert message.startswith("Pushed 70 of 70 images")
    assert registry.image("app69:1").matches(tars[69])


@linux
def test_memory_of_compression_does_not_grow_with_layers(registry, docker_save_tar):
    small = docker_save_tar("app:1", layers=4, size=48 * MIB)
    large = docker_save_tar("app:2", layers=4, size=144 * MIB)
    gzip = '{"compression": "gzip"}'
    one, three = (run(registry.url, tar, options=gzip)[2] for tar in (small, large))
    assert three - one < 16 * MIB
    assert three < 128_000_000


@linux
def test_a_run_with_nothing_to_do_loads_nothing_that_writes(registry, docker_save_tar):
    tar = docker_save_tar("app:1")
    _message, first, _peak = run(registry.url, tar)
    message, second, _peak = run(registry.url, tar)
    writing = {
        "copying.running.run", "copying.running.blobs", "copying.compression.compress", "copying.compression.encoder",
        "copying.compression.recipe", "endpoints.uploads",
    }
    assert message.startswith("Nothing to do")
    assert writing <= first
    assert not writing & second
    assert not {name for name in second if re.match("deletion|tagging|inspection|functions", name)}


def test_the_package_names_none_of_its_files_to_those_who_pack_it():
    """AnsiballZ packs what import statements name, in functions too; __init__ is in every module's payload."""
    text = (PACKAGE / "registry_api_v2_client" / "__init__.py").read_text()
    assert not re.search(r"^\s*(from \.|import registry_api)", text, re.MULTILINE)
