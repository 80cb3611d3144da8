# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SECURITY.md: each promise names tests, and these tests exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text()
ROWS = re.findall(r"^\| (?!Promise|---)(.+?) \| (.+) \|$", PAGE.partition("## What is promised")[2], re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_there_are_promises():
    assert len(ROWS) > 10


@pytest.mark.parametrize(("promise", "tests"), ROWS, ids=[promise[:40] for promise, _tests in ROWS])
def test_each_promise_names_tests_that_exist(promise, tests):
    named = TEST.findall(tests)
    assert len(named) == len(tests.split(", ")) > 0
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in (ROOT / path).read_text()]
    assert missing == []


def test_files_that_the_page_names_exist():
    named = re.findall(r"`((?:[a-z]+/)*[a-z]+\.py)`", PAGE.partition("## Where to look")[2])
    client = ROOT / "plugins" / "module_utils" / "registry_api_v2_client"
    assert len(named) == 3
    assert [name for name in named if not list(client.rglob(name))] == []
