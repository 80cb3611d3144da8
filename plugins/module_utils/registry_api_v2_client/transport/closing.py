# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Closes a pool to the last connection, also where aiohttp would leave TLS half open.

aiohttp closes a TLS connection by a farewell. Before 3.12 it waits for none in return, and no version waits for a
connection that it has given up because the answer said `Connection: close`: a loop that ends then leaks the socket. We
cut what is left instead, since all that we asked is answered.
"""

from __future__ import annotations

import asyncio
import contextlib
import typing as t
import weakref

if t.TYPE_CHECKING:
    from ._aiohttp import aiohttp


class Transports:
    """Every transport that a session's connector makes, as long as something holds it, in the pool or not."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        connector: t.Any = http.connector
        self._made: weakref.WeakSet[t.Any] = weakref.WeakSet()
        self._create = connector._create_connection  # of this name in aiohttp 3.8 to 3.14; there is no public one
        connector._create_connection = self._noted

    async def _noted(self, *words: t.Any, **options: t.Any) -> t.Any:
        protocol = await self._create(*words, **options)
        with contextlib.suppress(TypeError):  # uvloop's know no weak references; it closes them itself
            self._made.add(protocol.transport)
        return protocol

    async def close(self) -> None:
        """Close the session with every connection, in use or not."""
        await self._http.close()
        for transport in list(self._made):
            with contextlib.suppress(AttributeError):  # TLS transports of asyncio forget theirs when closed twice
                transport.abort()
                transport.close()  # asyncio before 3.11 otherwise takes an aborted TLS transport for a leaked one
        await asyncio.sleep(0)  # lets transports notice
