# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Token scopes: which rights an operation needs, as the strings a token server reads.

Source: the distribution project's "Docker Registry Token Scope and Access".
"""

from __future__ import annotations

import typing as t

from ..operations import DELETE, OPERATIONS, PULL, PUSH

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ..request import Request

MAX_SCOPES = 16  # of one token; a registry that asks for more is not followed
CATALOG = "registry:catalog:*"

_ORDER = ("pull", "push", "delete", "*")
_DEEDS = {PULL: "pull from", PUSH: "push to", DELETE: "deletion in"}


def scopes_of(request: Request) -> tuple[str, ...]:
    """Return the scopes a request needs, the repository's own first; a mount needs the pull right of its source too."""
    if request.operation == "catalog":
        return (CATALOG,)
    if request.repository is None:
        return ()
    own = scope(request.repository, OPERATIONS[request.operation].actions)
    return (own, scope(request.mount_from, PULL)) if request.mount_from else (own,)


def deed(operation: str) -> str:
    """Return what an operation does to a repository, as sentences name it: `push to`."""
    return _DEEDS[OPERATIONS[operation].actions]


def scope(repository: str, actions: Iterable[str]) -> str:
    """Return the one string that asks for all these actions: `repository:team/app:pull,push`."""
    return f"repository:{repository}:{','.join(_ordered(actions))}"


def merged(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    """Return both sets of scopes with one string for each resource, in the order of their first mention."""
    actions: dict[str, tuple[str, ...]] = {}
    for text in (*first, *second):
        resource, colon, rights = text.rpartition(":")
        if colon and resource and rights:
            actions[resource] = (*actions.get(resource, ()), *rights.split(","))
    return tuple(f"{resource}:{','.join(_ordered(rights))}" for resource, rights in actions.items())[:MAX_SCOPES]


def covers(asked: tuple[str, ...], needed: tuple[str, ...]) -> bool:
    """True where a token that was asked for with the first scopes serves a request that needs the second."""
    return merged(asked, needed) == merged(asked, ())


def fallbacks(scopes: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the scopes to ask for, one set after the other, where a token server refuses to read the first.

    Quay refuses the action "delete" and wants "*". A server that knows one scope only gets the first one alone.
    """
    without_delete = tuple(_all_rights(text) for text in scopes)
    return tuple(dict.fromkeys((scopes, without_delete, scopes[:1])))


def _all_rights(text: str) -> str:
    resource, _colon, rights = text.rpartition(":")
    return f"{resource}:*" if "delete" in rights.split(",") else text


def _ordered(actions: Iterable[str]) -> list[str]:
    once = dict.fromkeys(action for action in actions if action)
    return sorted(once, key=lambda action: _ORDER.index(action) if action in _ORDER else len(_ORDER))
