# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quickstart, with modules run by another Python than Ansible's own: TARGET_PYTHON, else the distribution's."""

from __future__ import annotations

import os
import subprocess

import debian
import pytest
from needed import lacking
from stranger import ROOT, with_ansible


@pytest.fixture
def target_python():
    given = os.environ.get("TARGET_PYTHON")
    if given is None and not debian.system_aiohttp():
        lacking("no python3-aiohttp of the distribution")
    return given or debian.SYSTEM_PYTHON


@pytest.fixture
def environment(tmp_path):
    return with_ansible(tmp_path)


def test_a_target_needs_its_own_python_and_aiohttp_only(
    registry, docker_save_tar, target_python, environment, tmp_path
):
    tar = docker_save_tar("app:1", layers=2, size="3MB")
    words = ["ansible-playbook", str(ROOT / "docs" / "examples" / "quickstart.yml"), "-e", f"image_tar={tar}",
             "-e", f"ansible_python_interpreter={target_python}"]  # fmt: skip

    def play() -> str:
        done = subprocess.run(words, cwd=tmp_path, env={**environment, "REGISTRY_URL": registry.url}, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    assert "changed=1" in play()
    assert registry.image("demo/app:1.0").matches(tar)
    with registry.unchanged():
        assert "changed=0" in play()
