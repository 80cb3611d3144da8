# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays with one role, by ansible-playbook, on this machine under the name edge."""

from __future__ import annotations

import subprocess

import pytest
import yaml
from stranger import python_for_modules, with_ansible


@pytest.fixture
def play(tmp_path):
    """Call it with a role, words of the command line, tasks before the role, and variables: the ended process."""
    environment = with_ansible(tmp_path)

    def run(role, *words, python=None, before=(), **variables):
        about = {"name": "Test", "hosts": "edge", "gather_facts": False, "pre_tasks": list(before), "vars": variables}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([{**about, "roles": [f"registry_api.v2.{role}"]}]))
        host = ["-i", "edge,", "-c", "local", "-e", f"ansible_python_interpreter={python or python_for_modules()}"]
        return subprocess.run(
            ["ansible-playbook", *host, *words, "play.yml"], cwd=tmp_path, env=environment, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, timeout=120, check=False,
        )

    return run
