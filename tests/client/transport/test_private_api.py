# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The private parts of aiohttp and asyncio that private_api.py relies on exist in what is installed here, and work."""

from __future__ import annotations

import asyncio
import inspect
import socket
import struct

import aiohttp
import pytest
from registry_api_v2_client.transport.connection._aiohttp import version
from registry_api_v2_client.transport.connection.private_api import (
    ResetTolerantSocket,
    abort,
    never_repeat,
    tolerate_resets,
    transports_of,
)


def with_session(check):
    async def run():
        async with aiohttp.ClientSession() as http:
            return check(http)

    return asyncio.run(run())


def test_the_connector_makes_connections_by_a_method_that_can_be_replaced():
    def check(http):
        plain = http.connector._create_connection
        made = transports_of(http, {})
        return inspect.iscoroutinefunction(plain), http.connector._create_connection is not plain, list(made)

    assert with_session(check) == (True, True, [])


def test_aiohttp_has_the_switch_against_repetition_or_repeats_capitals_only():
    def check(http):
        never_repeat(http)
        return getattr(http, "_retry_connection", None)

    assert with_session(check) is (False if version() >= (3, 12) else None)


class Waiting(asyncio.Protocol):
    """Keeps what arrives and notes the end."""

    def __init__(self):
        self.data, self.lost = b"", asyncio.Event()

    def data_received(self, data):
        self.data += data

    def connection_lost(self, exc):
        self.lost.set()


async def answered_then_reset(tolerant):
    """What a client reads whose peer answers and resets while the client still sends."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(Waiting, sock=ours)
    if tolerant:
        tolerate_resets(transport)
        assert isinstance(transport.get_extra_info("socket")._sock, ResetTolerantSocket)
    theirs.send(b"answer")
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    transport.write(b"more of the body")
    await asyncio.wait_for(protocol.lost.wait(), 10)
    abort(transport)
    abort(transport)
    return protocol.data


@pytest.mark.parametrize(("tolerant", "read"), [(True, b"answer"), (False, b"")])
def test_an_answer_before_a_reset_is_read_by_a_tolerant_socket_only(tolerant, read):
    assert asyncio.run(answered_then_reset(tolerant)) == read


def test_other_sockets_are_left_alone():
    class Odd:
        def get_extra_info(self, name):
            return None

    tolerate_resets(Odd())
