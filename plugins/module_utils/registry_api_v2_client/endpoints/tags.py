# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tags of a repository (distribution specification 1.1, "Listing Tags")."""

from __future__ import annotations

import typing as t

from ..problems import printable, problem
from ..reference import tag_fault
from ..transport.request import Request
from .pages import bounded, names, pages

if t.TYPE_CHECKING:
    from ..transport.request import Sender
    from .pages import Incomplete


async def list_tags(
    send: Sender, repository: str, incomplete: Incomplete | None = None, *, thorough: bool = False
) -> list[str] | None:
    """Return every tag of the repository, in the registry's order; None if the registry does not know it.

    A deletion needs a `thorough` list, which costs one more request: registries may cap a page without a link.
    Raises AuthenticationError, RefusedError (incomplete-list) if a later page cannot be read (with `incomplete`, that
    is called instead), RefusedError (hostile-answer) for pages without end or on another host, and for a tag
    that breaks the grammar: it would become part of a request, and without it its image may look untagged.
    """
    what = f"the tags of {repository}"
    found: dict[str, None] = {}
    request = Request("tags", "GET", f"/v2/{repository}/tags/list", what, repository, (200, 404))
    async for page in pages(send, request, "tags", incomplete=incomplete, thorough=thorough):
        if page is None:
            return None
        listed = names(send, page, what)
        odd = next((tag for tag in listed if tag_fault(tag)), None)
        if odd is not None:
            cause = f"the tag \"{printable(odd, 40)}\" ({tag_fault(odd)})"
            raise problem("hostile-answer", registry=send.registry.netloc, what=what, cause=cause)
        found.update(dict.fromkeys(listed))
        bounded(send, list(found), what)
    return list(found)
