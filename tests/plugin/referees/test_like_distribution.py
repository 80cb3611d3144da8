# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The same requests to the real distribution and to the personality of its name: the answers are equal."""

from __future__ import annotations

import time
from typing import Any

import pytest
from plain_http import Wire
from request_scripts import Script, Session
from scripts_of_reading import READING
from scripts_of_writing import WRITING

SCRIPTS = {**READING, **WRITING}


def answers(script: Script, url: str, repository: str, version: int) -> list[str]:
    session = Session(Wire(url), repository, unsorted=version == 2)
    script(session)
    return session.seen


@pytest.mark.parametrize("name", list(SCRIPTS))
def test_answers_are_equal(pair: Any, name: str) -> None:
    # Names grow, so that the catalog lists those of one script behind those of earlier ones.
    repository = f"like/{time.time_ns():020d}"
    real, ours = (answers(SCRIPTS[name], url, repository, pair.version) for url in (pair.real, pair.imitation))
    assert real
    assert [(theirs, mine) for theirs, mine in zip(real, ours) if theirs != mine] == []
    assert len(real) == len(ours)
