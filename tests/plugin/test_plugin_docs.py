# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""docs/pytest-plugin.md: every example is run, every table is compared with the code."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from needed import needs
from stranger import collections

from pytest_oci_registry.backends.process import find_version
from pytest_oci_registry.backends.want import EVERYTHING
from pytest_oci_registry.operations import OPERATIONS
from pytest_oci_registry.registry import Registry
from pytest_oci_registry.server.personalities import PERSONALITIES
from pytest_oci_registry.server.settings import ServerSettings
from pytest_oci_registry.settings import FIELDS, Settings
from pytest_oci_registry.tars import Broken, Layout

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "pytest-plugin.md").read_text()
PYTHON = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
Run = Callable[..., pytest.RunResult]
Make = Callable[..., Registry]


def test_each_python_block_names_its_file() -> None:
    assert PAGE.count("```python\n") == len(PYTHON) == 14


@pytest.mark.parametrize("name", ["test_look.py", "test_faults.py", "test_tars.py", "test_real.py", "test_typed.py",
                                  "test_signed.py", "test_clients.py"])
def test_example_runs(run: Run, name: str) -> None:
    result = run(PYTHON[name], "-W", "error::pytest.PytestUnknownMarkWarning")
    assert result.ret == 0 and "failed" not in result.stdout.str()


@pytest.mark.parametrize("name", ["test_push.py", "test_idempotence.py"])
def test_example_with_skopeo_runs(run: Run, name: str) -> None:
    needs("skopeo")
    assert run(PYTHON[name]).ret == 0


def test_example_with_factories_runs(run: Run) -> None:
    assert run(PYTHON["test_mirror.py"], conftest=PYTHON["conftest.py"]).ret == 0


def test_real_example_runs_before_a_real_registry(run: Run) -> None:
    is_old = find_version(needs("docker-registry")).startswith("2.")
    result = run(PYTHON["test_real.py"], "--oci-registry=process")
    result.assert_outcomes(passed=3 if is_old else 4, skipped=1 if is_old else 0)


def masked(text: str) -> str:
    """Without digests, ports and the width of lines."""
    text = re.sub(r"sha256:(…|[0-9a-f]{64})", "sha256:…", re.sub(r"127\.0\.0\.1:(…|\d+)", "127.0.0.1:…", text))
    return re.sub(r"-{4,}", "----", text)


def test_failing_output_is_what_the_page_shows(run: Run) -> None:
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    printed = masked(run(PYTHON["test_failing.py"]).stdout.str())
    missing = [line for line in masked(shown.group(1)).splitlines() if line.strip() not in printed]
    assert missing == []


def test_verify_example_runs_with_testinfra(run: Run, registry_factory: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec("testinfra") is None:
        pytest.skip("testinfra is not installed")
    registry = registry_factory(backend="embedded")
    registry.seed("team/app:1.2")
    monkeypatch.setenv("OCI_REGISTRY_URL", registry.url)
    run(PYTHON["test_verify.py"], "-p", "testinfra.plugin").assert_outcomes(passed=2)


def test_role_example_runs_with_ansible(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("ansible-playbook")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(collections()))
    monkeypatch.setenv("ANSIBLE_PYTHON_INTERPRETER", sys.executable)
    run(PYTHON["test_role.py"]).assert_outcomes(passed=1)


def test_commands_of_the_molecule_section_run(tmp_path: Path) -> None:
    commands = [shlex.split(line) for block in SHELL for line in block.splitlines() if "pytest_oci_registry " in line
                and line.startswith("python -m")]
    assert [words[3] for words in commands] == ["serve", "requests", "stop"]
    for words in commands:
        done = subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
                              stdout=subprocess.DEVNULL, timeout=60, check=True)
        assert done.returncode == 0
        if words[3] == "serve":
            assert {"url", "pid"} <= set(json.loads((tmp_path / "registry.json").read_text()))


def test_table_of_settings_has_every_option() -> None:
    rows = re.findall(r"^\| `(--oci-registry[a-z-]*)` \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == [(field.option, field.key) for field in FIELDS]
    assert all(getattr(Settings(), field.name) is not None for field in FIELDS)


def listed(sentence: str) -> list[str]:
    found = re.search(rf"^{sentence}(.*?)\.(?: |$)(?!\d)", PAGE, re.MULTILINE)
    assert found is not None
    return re.findall(r"`([^`]+)`", found.group(1))


def test_lists_of_features_layouts_breakages_and_operations_are_whole() -> None:
    assert listed("Features: ") == sorted(EVERYTHING)
    assert {layout.value for layout in Layout} <= set(re.findall(r"`([a-z0-9-]+)`", PAGE))
    assert listed("Breakages: ") == sorted(broken.value for broken in Broken)
    assert all(f"`{operation}`" in PAGE for operation in OPERATIONS)


def test_table_of_fixtures_is_whole() -> None:
    from pytest_oci_registry import plugin

    public = {name for name in plugin.__all__ if not name.startswith("oci_registry") and "backend" not in name}
    assert {name for name in public if f"`{name}`" in PAGE} == public


def test_settings_and_personalities_are_listed() -> None:
    section = PAGE.partition("## The embedded registry")[2].partition("## Settings")[0]
    rows = [name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(rows) == sorted(field.name for field in fields(ServerSettings))
    assert listed("Personalities: ") == sorted(PERSONALITIES)
