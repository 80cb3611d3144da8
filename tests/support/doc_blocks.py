# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Code blocks of a documentation page, and how a Python block is run as printed."""

from __future__ import annotations
import __future__

import ast
import asyncio
import inspect
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | __future__.annotations.compiler_flag


@dataclass(frozen=True)
class Block:
    """One block: its language, its text, and the heading that it stands under."""

    language: str
    text: str
    heading: str

    @property
    def name(self) -> str:
        """The coroutine function or class that the block defines, else its heading."""
        found = re.search(r"^(?:async def|class) (\w+)", self.text, re.MULTILINE)
        return found[1] if found and self.language == "python" else self.heading

    @property
    def coroutine(self) -> str | None:
        """The one function that the block defines and does not call itself."""
        found = re.search(r"^async def (\w+)", self.text, re.MULTILINE)
        return found[1] if found and "asyncio.run(" not in self.text else None


def blocks_of(page: str) -> list[Block]:
    """All code blocks of a page below docs/, in order."""
    text = (ROOT / "docs" / page).read_text()
    return [Block(found[1], found[2], _heading(text[: found.start()])) for found in _BLOCK.finditer(text)]


def _heading(before: str) -> str:
    outside = _BLOCK.sub("", before)
    return re.findall(r"^#+ (.*)$", outside, re.MULTILINE)[-1].strip("`")


def run_block(text: str, names: dict[str, t.Any]) -> None:
    """Run a block with these names at hand; `await` may stand outside of functions, as in an asynchronous console."""
    result = eval(compile(text, "<block>", "exec", flags=_FLAGS, dont_inherit=True), names)
    if inspect.iscoroutine(result):
        asyncio.run(result)
