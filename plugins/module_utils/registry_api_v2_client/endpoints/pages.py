# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists that come in pages: follow Link to the end, however odd the cursors, but not for ever."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..errors import RefusedError, RegistryError
from ..json_object import json_object
from ..problems import problem
from ..transport.redirects import next_page
from ..transport.request import Request

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..transport.request import Answer, Sender

PAGE_SIZE = 1000  # names; ECR and distribution refuse more
MAX_PAGES = 10_000  # ten million names; a registry that sends more pages goes round in circles
MAX_NAMES = 1_000_000  # names of one list that are kept in memory

_TOO_MANY = ("PAGINATION_NUMBER_INVALID", "UNSUPPORTED")


async def pages(send: Sender, first: Request, size: int | None = PAGE_SIZE) -> AsyncIterator[dict[str, t.Any]]:
    """Give the JSON document of each page, {} for an accepted status other than 200.

    Pages of `size` names are asked for first, and the size left to the registry where it refuses ours. Raises
    RefusedError (hostile-answer) for no JSON object, a page on another host, a page that came before, or more than
    MAX_PAGES.
    """
    answer, page = await _first(send, first, size)
    seen = {answer.url}
    while True:
        yield page
        url = next_page(answer, first.what, send.registry)
        if url is None:
            return
        if url in seen or len(seen) >= MAX_PAGES:
            raise problem("hostile-answer", registry=send.registry.netloc, what=first.what, cause="pages without end")
        seen.add(url)
        answer, page = await _page(send, replace(first, target=url))
        if answer.status != 200:  # the list vanished while it was read
            return


async def _first(send: Sender, first: Request, size: int | None) -> tuple[Answer, dict[str, t.Any]]:
    if size is None:
        return await _page(send, first)
    try:
        return await _page(send, replace(first, target=f"{first.target}?n={size}"))
    except RefusedError as error:
        # distribution: 400 PAGINATION_NUMBER_INVALID where n is beyond its `catalog.maxentries`
        if error.status not in (400, 422) and error.registry_code not in _TOO_MANY:
            raise
        return await _page(send, first)


async def _page(send: Sender, request: Request) -> tuple[Answer, dict[str, t.Any]]:
    """Return an answer and its document; one that was spoilt on its way is asked for again."""
    tries = 0
    while True:
        tries += 1
        answer = await send.send(request)
        try:
            return answer, document(send, answer, request.what)
        except RegistryError as error:
            await send.pause(tries, error)


def document(send: Sender, answer: Answer, what: str) -> dict[str, t.Any]:
    """Return the answer's JSON object; {} for a status other than 200. Raises RefusedError (hostile-answer)."""
    if answer.status != 200:
        return {}
    found = json_object(answer.body)
    if found is None:
        cause = "something that is no JSON object"
        raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause, retryable=True)
    return found


def names(page: dict[str, t.Any], key: str) -> list[str]:
    """Return the strings of a list that may be null or hold nulls (Nexus, distribution without tags)."""
    found = page.get(key)
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def bounded(send: Sender, found: list[str], what: str) -> list[str]:
    """Return the names so far, without repetition at page borders. Raises RefusedError beyond MAX_NAMES."""
    if len(found) > MAX_NAMES:
        cause = f"more than {MAX_NAMES} names"
        raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause)
    return found
