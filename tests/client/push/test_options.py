# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The options of a push are declared once: keywords of the library and options of the module follow the dataclass."""

from __future__ import annotations

import dataclasses

from registry_api_v2_client.copying.request import PushKeywords, PushOptions
from registry_api_v2_client.options import Push
from registry_api_v2_client.settings import Connection

FIELDS = {field.name: field for field in dataclasses.fields(PushOptions)}
MODULES_ONLY = {"original_tags", "continue_on_error"}  # the functions push one image, under names that they decide


def test_every_option_is_a_keyword_of_the_same_type() -> None:
    types = {name: getattr(kind, "__forward_arg__", kind) for name, kind in PushKeywords.__annotations__.items()}
    assert types == {name: field.type for name, field in FIELDS.items() if name not in MODULES_ONLY}


def test_pushes_take_them_beside_the_connections() -> None:
    assert set(Push.__annotations__) == {*PushKeywords.__annotations__, *Connection.__annotations__, "progress"}


def test_defaults_are_among_the_choices() -> None:
    chosen = [field for field in FIELDS.values() if "choices" in field.metadata]
    assert chosen and all(field.default in field.metadata["choices"] for field in chosen)
