# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Failures of the system while a client works: too few open files, modules that are gone. Each is one RegistryError."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from registry_api_v2_client import RegistryError
from registry_api_v2_client.problems import system_problem
from registry_api_v2_client.transport.connected import Connected

CLIENT = """
import asyncio, resource, sys
import registry_api_v2_client.client, registry_api_v2_client.copying.engine
from registry_api_v2_client import RegistryClient, RegistryError, Source

async def main(url, tar):
    async with RegistryClient(url, retries=1, username="ci", password="s3cr3t") as client:
        result = await client.push([Source(tar, "team/app", ("1",))])
    return result.error.code if result.error else "pushed"

url, tar, files = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
loop = asyncio.new_event_loop()
try:
    print(loop.run_until_complete(main(url, tar)))
except RegistryError as error:
    print(error.code)
"""


@pytest.mark.parametrize("login", [False, True])
@pytest.mark.parametrize(("files", "expected"), [(6, "out-of-files"), (9, "out-of-files"), (32, "pushed")])
def test_few_open_files_are_one_error(files, expected, login, registry_factory, docker_save_tar):
    registry = registry_factory(backend="embedded", auth=("ci", "s3cr3t") if login else None)
    command = [sys.executable, "-c", CLIENT, registry.url, str(docker_save_tar("team/app:1")), str(files)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": ":".join(sys.path)}, timeout=60,
                          check=False)  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == (expected, "")


def test_a_module_that_is_gone_is_one_error():
    async def work():
        import registry_api_v2_client.removed_meanwhile  # noqa: F401

    class Client(Connected):
        def run(self):
            return self._bounded(work(), "The work")

    with pytest.raises(RegistryError, match=r"cannot load a part of .*removed_meanwhile") as caught:
        asyncio.run(Client("http://localhost:1").run())
    assert caught.value.code == "incomplete-install"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError(), KeyError("errno")])
def test_other_exceptions_are_left_alone(error):
    assert system_problem(error) is None
