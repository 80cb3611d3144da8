# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else's project: the wheel of the plugin, its README and its types, in a Python that has nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from needed import needs

README = (Path(__file__).resolve().parents[2] / "pytest_oci_registry" / "README.md").read_text()
TESTS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README, re.DOTALL))
TYPOS = {
    "method": ("registry.fial('ping', status=503)", "attr-defined"),
    "argument": ("registry.fail('ping', staus=503)", "call-arg"),
    "view": ("registry.image('app:1').diggest", "attr-defined"),
    "import": ("from pytest_oci_registry import Regsitry", "attr-defined"),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in TESTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(command: list[str], folder: Path, status: int = 0) -> str:
    ours = ("PYTEST", "PYTHON", "OCI_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def mypy(python: Path, folder: Path, status: int, *files: str) -> str:
    return run([sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), *files], folder, status)


def test_fourteen_tests_pass_at_the_first_run(bare_python: Path, project: Path) -> None:
    needs("skopeo")
    printed = run([str(bare_python), "-m", "pytest", "-q", "-p", "no:cacheprovider"], project)
    assert re.search(r"^14 passed", printed, re.MULTILINE), printed


def test_types_are_strict(bare_python: Path, project: Path) -> None:
    assert "Success" in mypy(bare_python, project, 0, *TESTS)
    start = "from pytest_oci_registry import Registry\n\n\ndef test_it(registry: Registry) -> None:\n"
    for name, (line, _code) in TYPOS.items():
        (project / f"typo_{name}.py").write_text(f"{start}    {line}\n")
    found = mypy(bare_python, project, 1, *(f"typo_{name}.py" for name in TYPOS))
    errors = re.findall(r"^typo_(\w+)\.py:\d+: error: .*\[([\w-]+)\]$", found, re.MULTILINE)
    assert dict(errors) == {name: code for name, (_line, code) in TYPOS.items()}


def test_the_plugin_can_be_switched_off(bare_python: Path, project: Path) -> None:
    command = [str(bare_python), "-m", "pytest", "--fixtures", "-p", "no:cacheprovider"]
    assert "signed_image" in run(command, project)
    assert "signed_image" not in run([*command, "-p", "no:oci_registry"], project)
