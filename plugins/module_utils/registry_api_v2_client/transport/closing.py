# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Closes a pool to the last connection, also where aiohttp would leave TLS half open.

aiohttp before 3.12 closes a TLS connection by a farewell and waits for none in return: a loop that ends then leaks the
socket, and its documentation advises to sleep. We cut the connection instead, since all that we asked is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import typing as t

from ._aiohttp import version

if t.TYPE_CHECKING:
    from ._aiohttp import aiohttp

WAITS_ITSELF = (3, 12)  # the aiohttp whose close() returns when the connections are closed


async def close(http: aiohttp.ClientSession) -> None:
    """Close every connection, in use or not."""
    transports = _transports(http.connector) if version() < WAITS_ITSELF else []
    await http.close()
    for transport in transports:
        with contextlib.suppress(AttributeError):  # asyncio's TLS transports forget their protocol when closed twice
            transport.abort()
            transport.close()  # asyncio before 3.11 otherwise takes an aborted TLS transport for a leaked one
    await asyncio.sleep(0)  # lets transports notice


def _transports(connector: t.Any) -> list[t.Any]:
    pooled = [entry[0] for entries in list(getattr(connector, "_conns", {}).values()) for entry in entries]
    protocols = [*pooled, *getattr(connector, "_acquired", ())]
    return [protocol.transport for protocol in protocols if protocol.transport is not None]
