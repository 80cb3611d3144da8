# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Repositories of a registry: `_catalog`, which is distribution's own, not the specification's."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from ..problems.masking import masked
from ..reference import MAX_REPOSITORY, repository_fault
from ..transport.request import Request
from .pages import bounded, names, pages

if t.TYPE_CHECKING:
    from ..transport.request import Sender
    from .pages import Incomplete


@dataclass(frozen=True)
class Catalog:
    """Names of repositories in the registry's order, invalid ones escaped; `complete` is False if a limit cut it."""

    names: tuple[str, ...]
    complete: bool = True


async def list_repositories(
    send: Sender, *, limit: int | None = None, incomplete: Incomplete | None = None
) -> Catalog:
    """Return the registry's repositories, at most `limit` of them.

    Raises RefusedError or AuthenticationError if the registry does not list them (Docker Hub, GHCR, ECR), and
    RefusedError (incomplete-list) if a later page cannot be read; with `incomplete`, that is called instead.
    """
    what = "the list of repositories"
    found: dict[str, None] = {}
    async for page in pages(send, Request("catalog", "GET", "/v2/_catalog", what), "repositories",
                            incomplete=incomplete):
        listed = names(send, page or [], what)
        found.update(dict.fromkeys(_escaped(name) if repository_fault(name) else name for name in listed))
        if limit is not None and len(found) > limit:
            return Catalog(tuple(found)[:limit], complete=False)
        bounded(send, list(found), what)
    return Catalog(tuple(found))


def _escaped(name: str) -> str:
    """Return an invalid name as ASCII text that is still invalid: whitespace is kept, so it never equals another."""
    text = masked(json.dumps(name)[1:-1])
    return text if len(text) <= 2 * MAX_REPOSITORY else f"{text[: 2 * MAX_REPOSITORY]}..."
