# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Pages of tags and repositories; pure. Distribution specification, "Content Discovery"."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from ..operations import Query, first


class BadPage(ValueError):
    """The client's `n` is no count that this registry accepts."""


@dataclass(frozen=True)
class Page:
    """One page of names and the query of the next one; None on the last."""

    names: list[str]
    following: str | None


@dataclass(frozen=True)
class Pages:
    """How a registry cuts lists: `size` when the client does not say, `limit` at most (0: none), opaque cursors or last
    names.
    """

    size: int = 0
    limit: int = 0
    opaque: bool = False

    def cut(self, names: Sequence[str], query: Query) -> Page:
        """The page that the query asks for out of sorted names. BadPage for a wrong `n`."""
        count = self._count(query)
        after = self._after(query)
        rest = [name for name in names if name > after] if after else list(names)
        if count is None or (count >= len(rest) and count > 0):
            return Page(rest, None)
        page = rest[:count]
        return Page(page, self._following(page[-1], count) if page else None)

    def _count(self, query: Query) -> int | None:
        given = first(query, "n")
        if not given:
            return self.size or None
        try:
            count = int(given)
        except ValueError:
            raise BadPage(f"n is {given!r}, not a number") from None
        if count < 0 or (self.limit and count > self.limit):
            raise BadPage(f"n is {count}, not between 0 and {self.limit or 'any size'}")
        return count

    def _after(self, query: Query) -> str:
        if not self.opaque:
            return first(query, "last")
        cursor = first(query, "next_page")
        try:
            return base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
        except ValueError:
            raise BadPage("next_page is not a cursor of this registry") from None

    def _following(self, last: str, count: int) -> str:
        if self.opaque:
            return f"n={count}&next_page={quote(base64.urlsafe_b64encode(last.encode()).decode())}"
        return f"last={quote(last, safe='')}&n={count}"
