# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The tags of a repository that has to be there."""

from __future__ import annotations

import typing as t

from ..endpoints.tags import list_tags
from ..problems import problem
from ..reference import check_repository

if t.TYPE_CHECKING:
    from ..transport.request import Sender


async def existing_tags(send: Sender, repository: str) -> list[str]:
    """Return all tags. Raises NotFoundError (not-found) where the registry does not know the repository."""
    check_repository(repository)
    found = await list_tags(send, repository)
    if found is None:
        raise problem("not-found", registry=send.registry.netloc, what=f"repository {repository}", status=404)
    return found
