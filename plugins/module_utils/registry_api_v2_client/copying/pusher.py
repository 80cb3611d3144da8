# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A client that pushes and nothing else: what the module needs, and so all that is packed for it."""

from __future__ import annotations

import typing as t

from ..transport.connected import Connected
from .request import PushOptions

if t.TYPE_CHECKING:
    from .request import PlanKnown, PushProgress, Source
    from .result import PushResult


class Pusher(Connected):
    """RegistryClient with one call."""

    async def push(
        self, sources: t.Sequence[Source], options: PushOptions = PushOptions(), *, check: bool = False,
        progress: PushProgress | None = None, planned: PlanKnown | None = None,
    ) -> PushResult:
        """Push image archives; with `check` only tell what would be sent, by GET and HEAD.

        `progress` is called with digest, bytes gone and size while a blob moves, `planned` with the plan before the
        first write.

        What fails is part of the result (`result.error`). Raises ValidationError for names that break the grammar and
        for two contents under one name, ConnectionFailedError (out-of-time) after `settings.total_timeout` seconds.
        """
        from .engine import push  # loads the archive readers, which other calls do not need

        work = push(self._session, sources, options, check=check, progress=progress, planned=planned)
        return await self._bounded(work, "The push")
