# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Memory stays flat, whatever the size of a layer."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sending import sparse_file
from sink import sink

SIZE = 2 * 1024 ** 3
MOST = 64 * 1024  # kB

PROGRAM = """
import asyncio, os, sys
from registry_api_v2_client.transport.body.file_slice import stamp_of
from registry_api_v2_client.transport.body.file_slice import FileSlice
from registry_api_v2_client.endpoints.uploads import upload_blob
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.request import FileBody
from registry_api_v2_client.transport.session import Session

url, path = sys.argv[1:]
size = os.path.getsize(path)

async def main():
    async with Session(Settings(url, login=Login(anonymous=True), retries=0), environ={}) as session:
        body = FileBody(FileSlice(path, 0, size, stamp_of(os.stat(path)), None))
        await upload_blob(session, "app", Descriptor("layer", "sha256:" + "a" * 64, size), body)

asyncio.run(main())
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of memory is read from /proc")
def test_two_gib_are_sent_with_less_than_64_mb_of_memory(tmp_path):
    path = sparse_file(tmp_path / "large.tar", SIZE)
    with sink() as server:
        arguments = [sys.executable, "-c", PROGRAM, server.url, str(path)]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ran = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert server.puts == 1
    assert int(ran.stdout) < MOST
