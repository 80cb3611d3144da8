# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules as users run them: by `ansible-playbook` and `ansible`, and quickly, as processes without Ansible around."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from quick_modules import modules
from stranger import python_for_modules, with_ansible

__all__ = ["modules"]
TIMEOUT = 120  # seconds for one process; far beyond what any of them needs


@dataclass(frozen=True)
class Played:
    """The end of one run of ansible-playbook or ansible; `changed` and `failed` count tasks."""

    status: int
    output: str

    def _recap(self, word: str) -> int:
        return sum(int(number) for number in re.findall(rf"\b{word}=(\d+)", self.output))

    @property
    def changed(self) -> int:
        return self._recap("changed")

    @property
    def failed(self) -> int:
        return self._recap("failed")


@pytest.fixture
def module_environment(tmp_path: Path) -> dict[str, str]:
    """The variables for modules: nobody's login, proxy or setting. Tests may add to them."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return with_ansible(home)


@pytest.fixture
def run_module(module_environment, modules):
    """Call it with a module's name and options: its result. `check` and `diff` as on Ansible's command line."""
    return lambda module, /, **words: modules(module, variables=module_environment, **words)


@pytest.fixture
def play(module_environment, tmp_path):
    """Call it with a playbook's text or with a list of tasks (`variables` for these): how ansible-playbook ended."""

    def run(text_or_tasks, /, *options, **variables):
        text = text_or_tasks
        if not isinstance(text, str):
            text = yaml.safe_dump([{
                "name": "Test", "hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": text_or_tasks,
            }], sort_keys=False)
        playbook = tmp_path / "playbook.yml"
        playbook.write_text(text)
        return _run(["ansible-playbook", str(playbook), *options], module_environment, tmp_path)

    return run


@pytest.fixture
def adhoc(module_environment, tmp_path):
    """Call it with a module's name and its arguments as text: how `ansible localhost -m ... -a ...` ended."""

    def run(name, arguments="", *options):
        command = ["ansible", "localhost", "-m", f"registry_api.v2.{name}", "-a", arguments, *options]
        return _run(command, module_environment, tmp_path)

    return run


def _run(command, environment, folder) -> Played:
    command[1:1] = ["-e", f"ansible_python_interpreter={python_for_modules()}"]  # first, so that a test can overrule it
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT, check=False)
    return Played(done.returncode, done.stdout)
