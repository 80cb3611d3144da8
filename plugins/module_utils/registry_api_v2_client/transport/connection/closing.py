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
import typing as t

from .private_api import abort, transports_of

if t.TYPE_CHECKING:
    from ._aiohttp import aiohttp


class Transports:
    """Every transport that a session's connector makes, as long as something holds it, in the pool or not."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.addresses: dict[str, str] = {}  # of hosts that were reached without a proxy
        self._made = transports_of(http, self.addresses)

    async def close(self) -> None:
        """Close the session with every connection, in use or not."""
        await self._http.close()
        for transport in list(self._made):
            abort(transport)
        await asyncio.sleep(0)  # lets transports notice
