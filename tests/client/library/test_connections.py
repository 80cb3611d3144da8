# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Connections are used again within one client and one call; a client stays in its loop and process."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
import registry_api_v2_client
from registry_api_v2_client import (
    ConnectionFailedError,
    RegistryClient,
    RegistryConfig,
    RegistryError,
    Settings,
    get_image_info,
    list_tags,
    push_docker_tar,
)

from pytest_oci_registry.tars import ImageSpec

# With aiohttp before 3.10 a connection that carried a body is not used again, so the manifest has one of its own.
OWN = 1 if tuple(map(int, aiohttp.__version__.split(".")[:2])) < (3, 10) else 0


def test_calls_of_one_client_one_after_the_other_share_a_connection(registry):
    registry.seed("app:1")

    async def work():
        async with RegistryClient(registry.url) as client:
            for _turn in range(5):
                await client.list_repositories()
                await client.get_image_info("app", "1")

    asyncio.run(work())
    assert len(registry.requests) == 16  # one ping, then three for each turn
    assert registry.requests.connections == 1


def test_one_call_shares_a_connection(registry):
    registry.seed("app:1")
    asyncio.run(get_image_info(registry.url, "app", "1"))
    assert len(registry.requests) > 2
    assert registry.requests.connections == 1


def test_a_push_opens_at_most_one_connection_for_each_blob(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=20)
    asyncio.run(push_docker_tar(tar, registry.url))
    assert len(registry.requests.filter(operation="upload_put")) == 21
    assert registry.requests.connections <= 21 + OWN
    assert len(registry.requests) == 67


def test_one_upload_at_a_time_takes_few_connections(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=1)
    asyncio.run(push_docker_tar(tar, registry.url, max_concurrent=1))
    assert registry.requests.connections <= 2 + OWN


SOCKETS = """
import asyncio, os, sys
from registry_api_v2_client import push_docker_tar

def sockets():
    links = (os.path.join("/proc/self/fd", name) for name in os.listdir("/proc/self/fd"))
    return sorted(os.readlink(link) for link in links if os.path.lexists(link) and "socket:" in os.readlink(link))

async def main():
    before = sockets()
    await push_docker_tar(sys.argv[1], sys.argv[2])
    print(sockets() == before)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_every_connection_is_closed_when_a_call_returns(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=5)
    home = str(Path(registry_api_v2_client.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", SOCKETS, str(tar), registry.url], capture_output=True,
        text=True, check=True, env={**os.environ, "PYTHONPATH": home},
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize("make", [str, RegistryConfig, Settings])
def test_a_client_takes_a_url_a_config_and_settings(registry, make):
    async def work():
        async with RegistryClient(make(registry.url)) as client:
            return await client.ping()

    assert asyncio.run(work()).auth == "none"


def test_a_client_can_be_opened_again(registry):
    client = RegistryClient(registry.url)

    async def work():
        async with client:
            await client.ping()

    asyncio.run(work())
    asyncio.run(work())


def test_a_client_works_beside_other_work_of_a_running_loop(registry):
    registry.seed("app:1")

    async def work():
        ticks = asyncio.ensure_future(asyncio.sleep(3600))
        try:
            return await asyncio.gather(*(list_tags(registry.url, "app") for _turn in range(10)))
        finally:
            ticks.cancel()

    assert asyncio.run(work()) == [["1"]] * 10


def _refusal(work) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        asyncio.run(work)
    assert caught.value.code == "wrong-loop"
    return caught.value


def test_a_client_that_is_not_open_says_so(registry):
    error = _refusal(RegistryClient(registry.url).ping())
    assert str(error) == (
        "This client is not open in this event loop and process, so it cannot be used here.\n"
        "hint: Open one RegistryClient in each event loop, `async with RegistryClient(...) as registry`,"
        " and use it there."
    )


def test_a_client_is_refused_in_a_second_loop(registry):
    client = RegistryClient(registry.url)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.__aenter__())
    try:
        _refusal(client.ping())
        _refusal(client.__aenter__())
        assert loop.run_until_complete(client.ping()).auth == "none"
    finally:
        loop.run_until_complete(client.__aexit__(None, None, None))
        loop.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_client_is_refused_after_fork(registry):
    client = RegistryClient(registry.url)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(client.__aenter__())
    try:
        assert _code_in_child(loop, client) == "wrong-loop"
        assert loop.run_until_complete(client.ping()).auth == "none"
    finally:
        loop.run_until_complete(client.__aexit__(None, None, None))
        loop.close()


def _code_in_child(loop, client) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            loop.run_until_complete(client.ping())
        except RegistryError as error:
            os.write(writer, error.code.encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        return said.read()


def test_a_cancelled_push_takes_its_uploads_back(registry, docker_save_tar):
    tar = docker_save_tar(ImageSpec(("app:1",), layers=2, size="4MB"))
    registry.stall("upload_put", after_bytes=65536, times=None)

    async def work():
        task = asyncio.ensure_future(push_docker_tar(tar, registry.url))
        while not registry.requests.filter(operation="upload_put"):  # noqa: ASYNC110 - the registry is in a thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    started = registry.requests.filter(operation="upload_start", status=202)
    assert len(registry.requests.filter(operation="upload_cancel")) >= 1
    assert len(started) >= 1
    assert registry.tags("app") == []


def test_options_go_with_a_url_only():
    with pytest.raises(TypeError, match="keyword arguments go with a URL"):
        RegistryClient(Settings("http://localhost:1"), retries=1)


def test_settings_and_config_can_be_pickled():
    for value in (Settings("http://localhost:1"), RegistryConfig("http://localhost:1")):
        assert pickle.loads(pickle.dumps(value)) == value


def test_total_timeout_bounds_all_work_of_one_call(registry):
    registry.stall("tags", times=None)

    async def work():
        async with RegistryClient(Settings(registry.url, total_timeout=0.3)) as client:
            await client.list_tags("app")

    with pytest.raises(ConnectionFailedError) as caught:
        asyncio.run(work())
    assert caught.value.code == "out-of-time"


def test_the_registry_is_told_who_asks(registry):
    registry.seed("app:1")
    asyncio.run(list_tags(registry.url, "app", user_agent="nightly/3"))
    assert {entry.header("User-Agent") for entry in registry.requests} == {"nightly/3"}
