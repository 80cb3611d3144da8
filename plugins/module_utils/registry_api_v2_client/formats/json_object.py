# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A JSON object out of bytes that anybody may have written."""

from __future__ import annotations

import json
import typing as t


def json_object(data: bytes) -> dict[str, t.Any] | None:
    """Return the JSON object of the bytes, None where they hold something else."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
