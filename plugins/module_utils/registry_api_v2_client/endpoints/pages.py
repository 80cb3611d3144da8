# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists that come in pages: follow Link to the end, however odd the cursors, but not for ever."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from urllib.parse import quote

from ..errors import RefusedError, RegistryError
from ..formats.json_object import json_object
from ..problems import printable, problem
from ..transport.redirects import next_page
from ..transport.request import Request

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..transport.request import Answer, Sender

PAGE_SIZE = 1000  # names; ECR and distribution refuse more
MAX_PAGES = 10_000  # ten million names; a registry that sends more pages goes round in circles
MAX_NAMES = 1_000_000  # names of one list that are kept in memory

Incomplete = t.Callable[[RefusedError], None]  # what is done with a list whose later pages cannot be read

_TOO_MANY = ("PAGINATION_NUMBER_INVALID", "UNSUPPORTED")


async def pages(
    send: Sender, first: Request, key: str, *, size: int | None = PAGE_SIZE, incomplete: Incomplete | None = None,
    media_type: str | None = None, thorough: bool = False,
) -> AsyncIterator[list[t.Any] | None]:
    """Yield the list under `key` of each page, None if the first page has an accepted status other than 200.

    With `media_type`, a first page of another content type that has no such list is None, too: some gateways answer
    200 to everything.

    Requests pages of `size` names, and leaves the size to the registry if it refuses ours. A full page without a link
    is followed by one more request; with `thorough`, any page is, since a registry may cap its pages. Raises
    RefusedError: incomplete-list if a later page cannot be reached or read (with `incomplete`, that is called instead
    and the list ends), hostile-answer for pages that are not lists, a page on another host, and pages without end.
    """
    least = 1 if thorough else size
    answer, page, size = await _first(send, first, key, size, media_type)
    yield page
    seen = {answer.url}
    links = False  # a registry that sends links sends none with the last page
    while page is not None:
        try:
            target = next_page(answer, first.what, send.registry)
            links = links or target is not None
            target = target if links else _after(first, page, size, least)
            if target is None or (target in seen and not links):  # the registry ignored `last`
                return
            _check_progress(send, first, target, seen)
            answer, page = await _later(send, replace(first, target=target, accept=(200,)), key)
        except RefusedError as error:
            if incomplete is None or error.code != "incomplete-list":
                raise
            incomplete(error)
            return
        yield page


def _after(first: Request, page: list[t.Any], size: int | None, least: int | None) -> str | None:
    """Return the target of what comes after a page of at least `least` names, None for a smaller page."""
    if least is None or len(page) < least or not isinstance(page[-1], str):
        return None
    query = f"n={size}&" if size else ""
    return f"{first.target}?{query}last={quote(page[-1], safe='')}"


def _check_progress(send: Sender, first: Request, target: str, seen: set[str]) -> None:
    if target in seen or len(seen) >= MAX_PAGES:
        raise problem("hostile-answer", registry=send.registry.netloc, what=first.what, cause="pages without end")
    seen.add(target)


async def _first(
    send: Sender, first: Request, key: str, size: int | None, media_type: str | None
) -> tuple[Answer, list[t.Any] | None, int | None]:
    """Return the first page and the size that the registry accepted, None if it decides that itself."""
    if size is None:
        return *await _page(send, first, key, media_type), None
    try:
        return *await _page(send, replace(first, target=f"{first.target}?n={size}"), key), size
    except RefusedError as error:
        # distribution: 400 PAGINATION_NUMBER_INVALID where n is beyond its `catalog.maxentries`
        if error.status not in (400, 422) and not error.has_code(*_TOO_MANY):
            raise
        return *await _page(send, first, key), None


async def _later(send: Sender, request: Request, key: str) -> tuple[Answer, list[t.Any] | None]:
    """Return a page after the first; a refusal is not the end of the list."""
    try:
        return await _page(send, request, key)
    except RefusedError as error:
        if error.code in ("hostile-answer", "incomplete-list"):
            raise
        raise problem(
            "incomplete-list", registry=send.registry.netloc, what=request.what, cause=error.message.rstrip("."),
            status=error.status, retryable=error.retryable,
        ) from error


async def _page(
    send: Sender, request: Request, key: str, media_type: str | None = None
) -> tuple[Answer, list[t.Any] | None]:
    """Return an answer and its list; a damaged answer is requested again."""
    tries = 0
    while True:
        tries += 1
        answer = await send.send(request)
        if media_type is not None and _is_something_else(answer, key, media_type):
            return answer, None
        try:
            return answer, _entries(send, answer, request.what, key)
        except RegistryError as error:
            await send.pause(tries, error)


def _is_something_else(answer: Answer, key: str, media_type: str) -> bool:
    """True for an answer of another content type that has no such list; gateways also rename the content type."""
    named = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return named != media_type and not isinstance((json_object(answer.body) or {}).get(key), list)


def _entries(send: Sender, answer: Answer, what: str, key: str) -> list[t.Any] | None:
    """Return the list of an answer, None for a status other than 200. It may be null or absent (Nexus, distribution).

    Raises RefusedError (hostile-answer) for anything else: names that are not understood must not look absent.
    """
    if answer.status != 200:
        return None
    document = json_object(answer.body)
    found = (document or {}).get(key)
    if document is not None and (found is None or isinstance(found, list)):
        return found or []
    cause = "something that is no JSON object" if document is None else f"{key} that are not a list"
    raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause, retryable=True)


def names(send: Sender, page: list[t.Any], what: str) -> list[str]:
    """Return the names of a page without its nulls (Nexus). Raises RefusedError (hostile-answer) for other types."""
    found = [name for name in page if name is not None]
    odd = next((name for name in found if not isinstance(name, str)), None)
    if odd is not None:
        cause = f"the name {printable(repr(odd), 40)}, which is not a string"
        raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause)
    return found


def bounded(send: Sender, found: list[str], what: str) -> list[str]:
    """Return the names so far, without repetition at page borders. Raises RefusedError beyond MAX_NAMES."""
    if len(found) > MAX_NAMES:
        cause = f"more than {MAX_NAMES} names"
        raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause)
    return found
