# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The packages of the client import each other in one direction, and stay small enough to be surveyed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import registry_api_v2_client

CLIENT = Path(registry_api_v2_client.__file__).parent
# lower packages first: each may import those before it, and the files of the root that are named among them
ORDER = (
    "errors", "problems", "concurrency", "reference", "settings", "formats", "images", "transport", "endpoints",
    "referrers", "archive", "stores", "copying", "deletion", "tagging", "inspection", "options", "client", "functions",
    "exports",
)
MOST_FILES, MOST_AT_ROOT, MOST_LINES = 12, 8, 400


def imports(path):
    """What a file imports of the client, as parts of dotted names; imports for type checkers count too."""
    package = path.relative_to(CLIENT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [node.module.split(".")] if node.module else [[alias.name] for alias in node.names]
            yield from ((*base, *name) for name in names)


def files():
    return [path for path in sorted(CLIENT.rglob("*.py")) if path != CLIENT / "__init__.py"]


def unit(parts):
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(CLIENT)))
def test_imports_point_downward(path):
    own = ORDER.index(unit(path.relative_to(CLIENT).parts))
    above = {unit(parts) for parts in imports(path) if ORDER.index(unit(parts)) > own}
    assert not above


def test_the_transport_does_not_know_archives():
    found = {parts[0] for path in (CLIENT / "transport").rglob("*.py") for parts in imports(path)}
    assert not found & {"archive", "stores", "images"}


def test_every_package_has_its_place_in_the_order():
    units = {path.name.removesuffix(".py") for path in CLIENT.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert units - {"__init__", "__pycache__"} == set(ORDER)


def test_packages_and_files_stay_small():
    packages = {path.parent for path in files()} - {CLIENT}
    sizes = {str(one.relative_to(CLIENT)): len([*one.glob("*.py")]) - 1 for one in packages}  # without __init__.py
    assert {name: size for name, size in sizes.items() if size > MOST_FILES} == {}
    assert sum(path.name != "__init__.py" for path in CLIENT.glob("*.py")) <= MOST_AT_ROOT
    long = {path.name: len(path.read_text().splitlines()) for path in files()}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}
