# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests install is pinned with hashes, and is what the lists that people edit ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
PIN = re.compile(r"[\w.\[\]-]+==[\w.+!-]+")

pytestmark = pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.txt")))


def entries(name):
    """Return the requirements of a file, each on one line."""
    text = (FOLDER / name).read_text().replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pin(entry):
    """Return name and version, without extras, in one spelling."""
    return re.sub(r"\[.*\]", "", PIN.match(entry).group()).lower().replace("_", "-")


def pins(name):
    return {pin(entry) for entry in entries(name) if not entry.startswith("-r ")}


def test_every_requirement_has_one_version_and_hashes(name):
    loose = [entry for entry in entries(f"{name}.txt") if not PIN.match(entry) or not HASH.search(entry)]
    assert loose == []


def test_no_package_index_is_named(name):
    text = " ".join(entries(f"{name}.txt"))
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)


def test_the_edited_list_was_written_again(name):
    included = [line[3:].strip() for line in entries(f"{name}.in") if line.startswith("-r ")]
    for listed in (f"{name}.in", *included):
        assert pins(listed) <= pins(f"{name}.txt")
