# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each role's README against its defaults and its argument specification: names, types, defaults, order of sections."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir())
ROW = re.compile(r"^\| `(\w+)` \| ([\w ]+) \| (.+?) \| (.+) \|$", re.MULTILINE)
SECTIONS = ("What most people set", "What it changes", "Check mode", "Tags", "All variables", "How it ends")

pytestmark = pytest.mark.parametrize("role", NAMES)


def readme(role):
    return (ROLES / role / "README.md").read_text()


def options(role):
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())
    return specs["argument_specs"]["main"]["options"]


def defaults(role):
    return yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())


def rows(role):
    table = readme(role).partition("\n## All variables\n")[2]
    return {name: (kind, default) for name, kind, default, _text in ROW.findall(table)}


def shown(option):
    kind = option["type"] + (f" of {option['elements']}" if "elements" in option else "")
    if option.get("required"):
        return kind, "required"
    return kind, "none" if option.get("default") is None else f"`{json.dumps(option['default'])}`"


def test_readme_and_specification_agree(role):
    assert rows(role) == {name: shown(option) for name, option in options(role).items()}


def test_defaults_and_specification_agree(role):
    expected = {name: option.get("default") for name, option in options(role).items() if not option.get("required")}
    assert defaults(role) == expected


def test_every_variable_has_the_role_as_prefix(role):
    inner = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_text())
    assert all(name.startswith(f"{role}_") for name in options(role))
    assert all(name.startswith(f"__{role}_") for name in inner)


def test_passwords_are_not_logged(role):
    secret = [name for name in options(role) if name.endswith(("_password", "_token", "_secret"))]
    assert secret and all(options(role)[name]["no_log"] for name in secret)


def test_sections_are_there_and_in_order(role):
    text = readme(role)
    places = [text.index(f"\n## {section}") for section in SECTIONS]
    assert places == sorted(places)
    assert text.index("```yaml") < places[0]


def test_examples_use_variables_that_there_are(role):
    used = set(re.findall(rf"\b({role}_\w+)\b", readme(role)))
    assert used - {f"{role}_collect"} <= set(options(role))
