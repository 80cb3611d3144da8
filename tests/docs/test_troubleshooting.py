# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue of problems, the page that explains it, the code that raises and what provokes: kept in step."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys

import pytest
from doc_blocks import ROOT, blocks_of, run_block
from registry_api_v2_client import RegistryError
from registry_api_v2_client.problems import PROBLEMS

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
SECTIONS = {part.partition("`")[0]: part for part in re.split(r"^### `", PAGE, flags=re.MULTILINE)[1:]}
PREFACE, *BLOCKS = [block for block in blocks_of("troubleshooting.md") if block.language == "python"]
PROVOKED = {block.heading: block.text for block in BLOCKS}
# Functions that take a code as their first argument and raise its problem.
RAISERS = {"problem", "_problem"}


def _codes_raised() -> set[str]:
    """The codes that plugins/ hand to a function that makes an error of them."""
    found: set[str] = set()
    for file in (ROOT / "plugins").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in RAISERS and node.args:
                found |= {word.value for word in ast.walk(node.args[0]) if isinstance(word, ast.Constant)}
    return found


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_each_code_has_its_heading():
    assert sorted(SECTIONS) == sorted(PROBLEMS)


@pytest.mark.parametrize("code", PROBLEMS)
def test_the_page_quotes_the_sentence_and_the_hint(code):
    problem = PROBLEMS[code]
    assert f"\n> {problem.sentence}\n>\n> hint: {problem.hint}\n" in SECTIONS[code]


def test_each_code_is_raised_somewhere_and_none_is_unknown():
    assert _codes_raised() == set(PROBLEMS)


def test_codes_without_an_example_are_asserted_by_a_test():
    tests = [file.read_text() for file in (ROOT / "tests").rglob("test_*.py") if file.name != "test_troubleshooting.py"]
    without = set(PROBLEMS) - set(PROVOKED)
    assert {code for code in without if not any(re.search(rf"[\"'\[]{code}[\"'\]]", text) for text in tests)} == set()


@pytest.mark.parametrize("code", PROVOKED)
def test_the_example_provokes_its_code(
    code, registry, registry_factory, docker_save_tar, tmp_path, monkeypatch
):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    names = {
        "registry": registry, "registry_factory": registry_factory, "docker_save_tar": docker_save_tar,
        "tmp_path": tmp_path, "monkeypatch": monkeypatch,
    }
    run_block(PREFACE.text, names)
    with pytest.raises(RegistryError) as caught:
        run_block(PROVOKED[code], names)
    assert caught.value.code == code, str(caught.value)
    assert sentence_fits(PROBLEMS[code].sentence, caught.value.message)


def sentence_fits(template: str, sentence: str) -> bool:
    """True where the sentence is the template with its names filled in, in one printable line."""
    parts = string.Formatter().parse(template)
    pattern = "".join(re.escape(text) + (".*" if name is not None else "") for text, name, *_rest in parts)
    return re.fullmatch(pattern, sentence) is not None and sentence.isprintable()


def test_without_aiohttp_one_sentence_says_so():
    program = (
        "import asyncio, sys; sys.modules['aiohttp'] = None\n"
        "import registry_api_v2_client as client\n"
        "try: asyncio.run(client.list_repositories('http://localhost:15000'))\n"
        "except client.RegistryError as error: print(error.one_line())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\S+ on \S+ has no aiohttp 3\.8 or newer, which .*\[no-aiohttp\]\n", done.stdout)
