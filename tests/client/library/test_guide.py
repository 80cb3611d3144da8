# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Every example of docs/library.md runs, in the order of the page, and its tables name what there is."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import shutil

import pytest
import registry_api_v2_client
from doc_blocks import ROOT, blocks_of, run_block
from registry_api_v2_client import RegistryError
from registry_api_v2_client.options import Push

from pytest_oci_registry.tars import ImageSpec, save_tar

TEXT = (ROOT / "docs" / "library.md").read_text()
SECURE = "https://registry.example.com"


@pytest.fixture
def quiet_logger():
    """The library's logger as it was, afterwards."""
    logger = logging.getLogger("registry_api_v2_client")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("quiet_logger")
def test_every_example_runs(registry, registry_factory, tmp_path, monkeypatch, capsys):
    secure = registry_factory(tls=True, auth=("ci", "secret"))
    secure.seed("team/app:1")
    registry.seed("team/app:1.4.0")
    other = registry_factory()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGISTRY_URL", registry.url)
    shutil.copy(secure.ca_file, tmp_path / "ca.pem")
    save_tar(tmp_path / "app.tar", "app:1.4.2")
    save_tar(tmp_path / "large.tar", ImageSpec(("large:1",), size="9MB"))
    save_tar(tmp_path / "images.tar", ImageSpec(("one:1",), seed="one"), ImageSpec(("two:1",), seed="two"))
    names: dict = {}
    for block in blocks_of("library.md"):
        if block.language == "python":
            text = block.text.replace("http://localhost:15000", registry.url).replace(SECURE, secure.url)
            text = text.replace("http://localhost:15001", other.url)
            run_block(text, names)
    printed = capsys.readouterr().out
    assert names["tags"] == ["1"]
    assert re.search(r"^Pushed 2 of 3 images to .* in \d", printed, re.MULTILINE)
    assert re.search(r"^Nothing to do: ", printed, re.MULTILINE)
    assert re.search(r"^Copied 3 of 3 images to ", printed, re.MULTILINE) and len(other.snapshot()) == 2
    assert re.search(r"^[0-9a-f]{12} \d+/\d+$", printed, re.MULTILINE)
    assert re.search(r"^amd64 \d+ (None|\{.*\})\nTrue$", printed, re.MULTILINE)
    assert re.search(r"^\['app:1\.4\.2'\] linux amd64 2 1970-01-01", printed, re.MULTILINE)
    assert printed.endswith("None\n")


def _words(heading: str) -> set[str]:
    """The words in the first column of all tables that begin with this heading."""
    rows = re.findall(rf"^\| {heading} \|.*\n(?:\|.*\n)+", TEXT, re.MULTILINE)
    cells = [row.split("|")[1] for table in rows for row in table.splitlines()[2:]]
    return {word for cell in cells for word in re.findall(r"`(\w+)`", cell)}


def test_the_tables_of_keywords_are_complete():
    assert _words("Keyword") == set(Push.__annotations__) | {"image"}


def test_the_table_of_errors_is_complete():
    kinds = {
        name for name in registry_api_v2_client.__all__
        if inspect.isclass(getattr(registry_api_v2_client, name))
        and issubclass(getattr(registry_api_v2_client, name), RegistryError)
    }
    assert _words("Class") == kinds


def test_the_table_of_attributes_is_complete():
    assert _words("Attribute") == set(vars(RegistryError("It failed.")))


def test_the_guide_works_inside_a_running_loop(registry, tmp_path, monkeypatch):
    save_tar(tmp_path / "app.tar", "app:1")
    monkeypatch.chdir(tmp_path)

    async def notebook():
        return await registry_api_v2_client.push_docker_tar("app.tar", registry.url)

    assert asyncio.run(notebook()) == registry.snapshot()["app:1"]


def test_the_new_side_of_the_migration_runs(registry, tmp_path, monkeypatch):
    registry.seed("app:1")
    save_tar(tmp_path / "app.tar", "team/app:2")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks_of("migration.md"):
        if "registry_api_v2_client" in block.text and not block.text.startswith("# version 1"):
            run_block(block.text.replace("http://localhost:15000", registry.url), names)
    assert (names["repository"], names["tag"]) == ("team/app", "2")
    assert asyncio.run(names["all_tags"]()) == {"app": ["1"]}
