# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README: short, and each of its blocks is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from doc_blocks import ROOT, blocks_of
from needed import needs
from readme import masked
from stranger import with_ansible

README = (ROOT / "README.md").read_text()
BLOCKS = blocks_of("../README.md")


def block(language: str, heading: str) -> str:
    (found,) = [one.text for one in BLOCKS if (one.language, one.heading) == (language, heading)]
    return found


@pytest.fixture
def environment(tmp_path):
    return with_ansible(tmp_path)


def run(words: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_it_is_short_and_comes_to_the_point():
    before_code = README.partition("```")[0]
    assert len(README.splitlines()) <= 220 and len(README.split()) <= 1100
    assert len(before_code.split()) <= 90 and len(before_code.splitlines()) < 30


def test_links_are_absolute_since_galaxy_shows_this_page_too():
    assert [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("https://")] == []


def test_the_demo_prints_what_is_shown(environment):
    needs("skopeo")
    command, shown = block("console", "registry_api.v2").split("\n", 1)
    assert command == "$ make demo"
    printed = masked(run(["make", "--silent", "demo"], environment, ROOT))
    assert [line for line in printed if not line.startswith("environment demo:")] == masked(shown)


def test_check_mode_and_diff_print_what_is_shown(registry, docker_save_tar, environment, tmp_path):
    tar = docker_save_tar("team/app:1.4.2", layers=3, size="3MB")
    playbook = block("yaml", "A task").replace("https://registry.example.com", registry.url)
    (tmp_path / "push.yml").write_text(playbook.replace("/srv/images/app.tar", str(tar)))
    command, shown = block("console", "A task").split("\n", 1)
    words = command.removeprefix("$ ").split()
    with registry.unchanged():
        printed = masked(run(words, environment, tmp_path))
    assert printed[: printed.index("PLAY RECAP")] == masked(shown)
    run(["ansible-playbook", "push.yml"], environment, tmp_path)
    assert registry.image("team/app:1.4.2").matches(tar)


def test_the_role_reports_what_is_shown(registry, docker_save_tar, environment, tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for name, size in (("app:1.4.2", "3MB"), ("db:9", "2MB")):
        tar = docker_save_tar(f"team/{name}", size=size, filename=f"{name[:2]}.tar")
        (images / tar.path.name).symlink_to(tar.path)
    tools = docker_save_tar("tools:1", filename="tools.tar")
    playbook = block("yaml", "A role").replace("https://registry.example.com", registry.url)
    (tmp_path / "seed.yml").write_text(
        playbook.replace("/srv/images", str(images)).replace("/srv/tools.tar", str(tools)),
    )
    registry.seed(docker_save_tar("team/db:9", size="2MB", filename="db.tar"))
    printed = masked(run(["ansible-playbook", "seed.yml"], environment, tmp_path))
    report = [line.strip().strip('",') for line in printed]
    assert [line for line in masked(block("text", "A role")) if line not in report] == [], "\n".join(printed)
    assert registry.tags("team/tools") == ["1.10"]


def test_the_test_passes(environment, tmp_path):
    (tmp_path / "test_push.py").write_text(block("python", "A test"))
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_push.py"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "plugins" / "module_utils")])
    installed = any(point.name == "oci_registry" for point in entry_points(group="pytest11"))
    plugin = [] if installed else ["-p", "pytest_oci_registry.plugin"]
    assert "1 passed" in run([*words, *plugin], {**environment, "PYTHONPATH": paths}, tmp_path)


def test_the_table_of_modules_is_that_of_the_documentation():
    rows = dict(re.findall(r"^\| \[(\w+)\]\([^)]*modules\.md#\w+\) \| (.*) \|$", README, re.MULTILINE))
    page = (ROOT / "docs" / "modules.md").read_text()
    real = dict(re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (.*) \|$", page, re.MULTILINE))
    assert rows == {name: row.replace("full", "yes").replace("N/A", "-") for name, row in real.items()}
