# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a registry can delete, found out by deleting what is not there.

Both requests are writes by verb that change nothing, so check mode sends them too; the modules' pages say so.
"""

from __future__ import annotations

import typing as t
import uuid

from ..endpoints.manifests import Deletion, delete_manifest, delete_tag

if t.TYPE_CHECKING:
    from ..transport.request import Sender

NOTHING = "sha256:" + "0" * 64  # no manifest has this digest
PROBE = "registry-api-probe-"  # and a random number: no repository has this tag


class Capabilities:
    """Asks once for each repository, since rights may differ between them."""

    def __init__(self, send: Sender) -> None:
        self._send = send
        self._deletes: set[str] = set()
        self._untags: dict[str, bool] = {}

    async def require_deletion(self, repository: str) -> None:
        """Return when manifests may be deleted; raises RefusedError (deletion-off), AuthenticationError (not-allowed).

        distribution answers 404 where deletion is on and 405 where it is off.
        """
        if repository not in self._deletes:
            await delete_manifest(self._send, repository, NOTHING, what=f"manifests of {repository}")
            self._deletes.add(repository)

    async def can_untag(self, repository: str) -> bool:
        """Return whether a tag can be deleted alone: 404 where it can (distribution 3), 400 where not (2.8)."""
        if repository not in self._untags:
            tag = PROBE + uuid.uuid4().hex
            done = await delete_tag(self._send, repository, tag, what=f"a tag of {repository} that is not there")
            self._untags[repository] = done is not Deletion.UNSUPPORTED
        return self._untags[repository]
