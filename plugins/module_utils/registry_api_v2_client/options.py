# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The keyword arguments of pushes, typed once, and what becomes of them."""

from __future__ import annotations

import typing as t

from .copying.request import PushKeywords, PushOptions
from .settings import Connection, refuse_unknown, some

if t.TYPE_CHECKING:
    from .copying.request import PushProgress


class Push(Connection, PushKeywords, total=False):
    """How to push: everything of Connection, `progress`, and the rules of PushOptions."""

    progress: PushProgress | None


_RULES = tuple(PushKeywords.__annotations__)


def split_push(
    options: t.Mapping[str, t.Any], original_tags: str
) -> tuple[dict[str, t.Any], PushProgress | None, PushOptions]:
    """Return the connection's options, the progress callback and the rules of a push."""
    refuse_unknown(options, tuple(Push.__annotations__))
    rules = PushOptions(original_tags=original_tags, **some(options, _RULES))
    connection = {name: value for name, value in options.items() if name in Connection.__annotations__}
    return connection, options.get("progress"), rules
