# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation pages against the tree: links lead somewhere, lists are complete, no page is an orphan."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import module_pages
import pytest
from doc_blocks import ROOT
from registry_api_v2_client.copying import plan
from registry_api_v2_client.copying.request import PushOptions
from registry_api_v2_client.transport.operations import OPERATIONS

CLIENT = ROOT / "plugins" / "module_utils" / "registry_api_v2_client"
REPOSITORY = "https://github.com/registry-api/ansible-v2/blob/main/"
PAGES = sorted(
    page for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("roles/*/README.md"),
                      ROOT / "pytest_oci_registry" / "README.md"] if page.name != "CHANGELOG.md"
)  # fmt: skip
CODE = re.compile(r"^(```+).*?^\1$", re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """The links of a page into this tree, those to the repository on the web included."""
    text = re.sub(r"`[^`\n]*`", "", CODE.sub("", page.read_text()))
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    here = [link.replace(REPOSITORY, "/", 1) for link in found]
    return [link for link in here if not re.match(r"[a-z]+:", link)]


def target(page: Path, link: str) -> Path:
    name = link.partition("#")[0]
    return (ROOT / name[1:] if name.startswith("/") else page.parent / name) if name else page


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page):
    missing = [link for link in links(page) if not target(page, link).exists()]
    lost = [
        link for link in links(page)
        if "#" in link and target(page, link).suffix == ".md" and target(page, link).exists()
        and link.partition("#")[2] not in anchors(target(page, link))
    ]
    assert (missing, lost) == ([], [])


def test_the_index_leads_to_every_page():
    index = ROOT / "docs" / "index.md"
    reached = {target(index, link).resolve() for link in links(index)}
    assert {page.name for page in ROOT.glob("docs/*.md") if page.resolve() not in reached} == {"index.md"}


def test_the_architecture_names_every_package_of_the_client():
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page[page.index("## The client's packages") : page.index("## One engine")]
    entries = {entry.name + ("/" if entry.is_dir() else "") for entry in CLIENT.iterdir()}
    packages = {name for name in entries if name not in ("__init__.py", "__pycache__/", "py.typed")}
    assert set(re.findall(r"`([\w.]+/?)`", table)) >= packages
    adapters = set(re.findall(r"`(_\w+\.py)`", table))
    assert packages >= set(re.findall(r"`([\w.]+/|\w+\.py)`", table)) - adapters


def test_the_architecture_names_files_that_exist():
    page = (ROOT / "docs" / "architecture.md").read_text()
    names = set(re.findall(r"`((?:[\w]+/)*\w+\.py)`", page))
    known = {str(file.relative_to(root)) for root in (CLIENT, ROOT, CLIENT.parent, ROOT / "pytest_oci_registry")
             for file in root.rglob("*.py")}
    bare = {Path(name).name for name in known}
    past = {"deletion.py"}  # of the first design
    assert {name for name in names if name not in known and name not in bare} <= past


def test_the_architecture_lists_the_operations():
    page = (ROOT / "docs" / "architecture.md").read_text()
    sentence = page[page.index("**One vocabulary of operations.**") :].partition(". Scopes")[0]
    assert re.findall(r"`(\w+)`", sentence) == list(OPERATIONS)


def test_results_name_every_status_and_comparison():
    page = (ROOT / "docs" / "results-and-check-mode.md").read_text()
    first = re.findall(r"^\| `(\w+)`(?: \(default\))? \|", page, re.MULTILINE)
    (compare,) = (field for field in dataclasses.fields(PushOptions) if field.name == "compare")
    words = [*compare.metadata["choices"], plan.PUSHED, plan.TAGGED, plan.UNCHANGED, plan.FAILED, plan.NOT_TRIED]
    assert [word for word in first if word not in ("status", "compare")] == words


def test_the_page_of_modules_is_what_their_documentation_makes():
    assert module_pages.PAGE.read_text() == module_pages.page(module_pages.documentation()), (
        "run: python tests/tools/module_pages.py"
    )


def test_contributing_names_files_that_exist():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    names = set(re.findall(r"`((?:[\w.]+/)+[\w.]*|\w+\.py)`", page))
    places = (ROOT, CLIENT, CLIENT.parent, ROOT / "pytest_oci_registry")
    invented = {"plugins/modules/NAME.py", "tests/modules/test_NAME.py", "build/docs"}
    assert {name for name in names - invented if not any((place / name).exists() for place in places)} == set()


def test_contributing_names_targets_of_the_makefile():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^\| `make ([\w-]+)`", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)) <= targets
