# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""JSON as Go's decoder reads it into typed fields: stricter about types, laxer about keys than Python's."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, NoReturn, Union

STRING, INTEGER, TEXTS, BYTES, ANY = "string", "integer", "texts", "bytes", "any"

Shape = Union[str, "list[Any]", Mapping[str, Any]]
_MAX = 2**63


class WrongType(ValueError):
    """The document cannot be decoded."""


def decode(data: bytes, shape: Mapping[str, Shape]) -> dict[str, Any]:
    """The document with the fields of the shape that it has. WrongType for anything Go would refuse."""
    try:
        document = json.loads(data.decode("utf-8", "replace"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise WrongType("it is not JSON") from None
    if document is None:
        return {}
    found = _typed(document, shape)
    return found if isinstance(found, dict) else {}


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _typed(value: Any, shape: Shape) -> Any:
    """The value with the type of the shape; null fits everything. WrongType for another type."""
    if value is None:
        return None
    if isinstance(shape, list):
        return [_typed(item, shape[0]) for item in _a(list, value)]
    if isinstance(shape, str):
        return _plain(value, shape)
    folded = {name.lower(): name for name in shape}
    fields = {}
    for key, item in _a(dict, value).items():
        name = folded.get(key.lower())  # Go ignores the case of keys
        if name is not None:
            fields[name] = _typed(item, shape[name])
    return fields


def _plain(value: Any, shape: str) -> Any:
    if shape == INTEGER:
        if isinstance(value, bool) or not isinstance(value, int) or not -_MAX <= value < _MAX:
            raise WrongType(f"{value!r} is not an integer")
        return value
    if shape == TEXTS:
        return {key: _typed(item, STRING) for key, item in _a(dict, value).items()}
    if shape == ANY:
        return value
    if shape == BYTES:
        try:
            return base64.b64decode(_a(str, value), validate=True)
        except ValueError:
            raise WrongType("data is not base64") from None
    return _a(str, value)


def _a(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise WrongType(f"{value!r} has the wrong type")
    return value
