# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One deletion from request to result: plan, and unless rehearsing, run."""

from __future__ import annotations

import time
import typing as t

from ..stores.registry_reader import RegistryReader
from .capabilities import Capabilities
from .planner import plan_deletion
from .request import DeleteRequest
from .result import DeletionResult
from .run import run_deletion

if t.TYPE_CHECKING:
    from ..transport.request import Sender


async def delete(send: Sender, request: DeleteRequest, *, check: bool = False) -> DeletionResult:
    """Delete what the request names and return what happened; with `check`, what would happen.

    Rehearsing sends GET and HEAD, and DELETE of a digest and a tag that are not there, to learn what the registry can.
    """
    request.check()
    inventory = RegistryReader(send)
    try:
        plan = await plan_deletion(send, request, inventory, Capabilities(send), time.time())
        if check:
            return DeletionResult(plan)
        return DeletionResult(plan, await run_deletion(plan, send, request, inventory))
    finally:
        await inventory.aclose()
