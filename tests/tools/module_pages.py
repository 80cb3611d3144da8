# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/modules.md from the modules' own documentation, as ansible-doc reads it.

    python tests/tools/module_pages.py

A test compares the page with what this would write.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "modules.md"
COLLECTION = "registry_api.v2"
INTRODUCTION = """\
# Modules

Written by `tests/tools/module_pages.py` from the documentation that `ansible-doc registry_api.v2.NAME` shows, where all
examples are. Every module takes the options of [the connection](#connection), also by `module_defaults` of the group
`registry_api.v2.registry`.

| Module | What it does | Check mode | Diff | Idempotent |
|---|---|---|---|---|
"""
Page = t.Dict[str, t.Any]
_MARKUP = (
    (re.compile(r"M\(registry_api\.v2\.(\w+)\)"), r"[\1](#\1)"),
    (re.compile(r"L\(([^,)]+), *([^)]+)\)"), r"[\1](\2)"),
    (re.compile(r"(?:RV|O)\((?:ignore:)?([^)]+)\)"), r"`\1`"),
    (re.compile(r"(?:C|V|E|I|B|M|P)\(([^)]*)\)"), r"`\1`"),
)


def documentation() -> dict[str, Page]:
    """Return what ansible-doc knows of each module, fragments included, by the module's short name."""
    names = sorted(f"{COLLECTION}.{file.stem}" for file in (ROOT / "plugins" / "modules").glob("[!_]*.py"))
    with tempfile.TemporaryDirectory() as folder:
        namespace = Path(folder, "ansible_collections", "registry_api")
        namespace.mkdir(parents=True)
        (namespace / "v2").symlink_to(ROOT)
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": folder, "ANSIBLE_LOCAL_TEMP": folder}
        program = Path(sys.executable).with_name("ansible-doc")
        output = subprocess.run([program, "--json", "-t", "module", *names], env=environment, check=True,
                                stdout=subprocess.PIPE).stdout  # fmt: skip
    return {name.rpartition(".")[2]: found for name, found in sorted(json.loads(output).items())}


def page(found: dict[str, Page]) -> str:
    """Return docs/modules.md."""
    connection = set.intersection(*(set(one["doc"]["options"]) for one in found.values()))
    rows = "".join(_row(name, one) for name, one in found.items())
    first = next(iter(found.values()))
    parts = [INTRODUCTION + rows, *(_module(name, one, connection) for name, one in found.items())]
    shared = {name: option for name, option in first["doc"]["options"].items() if name in connection}
    return "\n".join([*parts, "## Connection\n\nOptions that all modules have.\n\n" + _options(shared)])


def _row(name: str, one: Page) -> str:
    attributes = one["doc"]["attributes"]
    support = [attributes[key]["support"] for key in ("check_mode", "diff_mode", "idempotent")]
    return f"| [{name}](#{name}) | {text(one['doc']['short_description'])} | {' | '.join(support)} |\n"


def _module(name: str, one: Page, connection: set[str]) -> str:
    doc = one["doc"]
    own = {key: option for key, option in doc["options"].items() if key not in connection}
    notes = "".join(f"- {text(note)}\n" for note in doc.get("notes") or [])
    details = "".join(f"- {line}\n" for line in _details(doc["attributes"]))
    parts = [
        f"## {name}\n\n" + "\n\n".join(text(line) for line in _lines(doc["description"])) + "\n",
        f"```yaml\n{_first_example(one['examples'])}```\n",
        _options(own),
        _returns(one.get("return") or {}),
        notes + details,
    ]
    return "\n".join(part for part in parts if part)


def _details(attributes: Page) -> list[str]:
    return [text(line) for key in ("check_mode", "idempotent") for line in _lines(attributes[key].get("details") or [])]


def _first_example(examples: str) -> str:
    return re.split(r"^(?=- name:)", examples.strip("\n"), flags=re.MULTILINE)[1].rstrip("\n") + "\n"


def _options(options: Page) -> str:
    rows = [row for name, option in sorted(options.items()) for row in _option_rows(name, option)]
    return "| Option | Type, default | |\n|---|---|---|\n" + "".join(rows)


def _option_rows(name: str, option: Page) -> list[str]:
    aliases = f" ({', '.join(f'`{alias}`' for alias in option['aliases'])})" if option.get("aliases") else ""
    words = " ".join(text(line) for line in _lines(option["description"]))
    choices = f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}." if option.get("choices") else ""
    parts = sorted((option.get("suboptions") or {}).items())
    inner = [row for key, one in parts for row in _option_rows(f"{name}.{key}", one)]
    return [f"| `{name}`{aliases} | {_kind(option)} | {words}{choices} |\n", *inner]


def _kind(option: Page) -> str:
    kind = option["type"] + (f" of {option['elements']}" if option.get("elements") else "")
    if option.get("required"):
        return f"{kind}, **required**"
    return kind if option.get("default") is None else f"{kind}, `{json.dumps(option['default']).strip(chr(34))}`"


def _returns(values: Page) -> str:
    rows = [row for name, value in sorted(values.items()) for row in _return_rows(name, value)]
    return "| Returned | Type | |\n|---|---|---|\n" + "".join(rows)


def _return_rows(name: str, value: Page) -> list[str]:
    words = " ".join(text(line) for line in _lines(value["description"]))
    when = _when(text(value.get("returned", "always")))
    kind = value["type"] + (f" of {value['elements']}" if value.get("elements") else "")
    parts = sorted((value.get("contains") or {}).items())
    inner = [row for key, one in parts for row in _return_rows(f"{name}.{key}", one)]
    return [f"| `{name}` | {kind} | {words}{when} |\n", *inner]


def _when(returned: str) -> str:
    if returned == "always":
        return ""
    return f" On {returned}." if returned in ("success", "failure") else f" {returned[:1].upper()}{returned[1:]}."


def _lines(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def text(words: str) -> str:
    """Return Ansible's markup as Markdown, fit for a cell of a table."""
    for pattern, replacement in _MARKUP:
        words = pattern.sub(replacement, words)
    return " ".join(words.split()).replace("|", r"\|")


def main() -> int:
    PAGE.write_text(page(documentation()))
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
