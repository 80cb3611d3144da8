# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's tarball: built, installed offline as the README says, the quickstart played from what it holds."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from once import made_once
from stranger import ROOT, surroundings
from tree import copy_tree

NOT_FOR_USERS = ("tests/", "extensions/", "pytest_oci_registry/", "build/", ".ci/", "pyproject.toml", "Makefile")


def run(*words: str, cwd: Path, **variables: str) -> str:
    done = subprocess.run(words, cwd=cwd, env=surroundings(cwd, **variables),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:

    def build(folder: Path) -> None:
        tree = copy_tree(folder / "tree")
        run("ansible-galaxy", "collection", "build", "--output-path", str(folder), cwd=tree, HOME=str(folder))

    (built,) = made_once(tmp_path_factory, "tarball", build).glob("*.tar.gz")
    return built


def test_its_name_is_the_one_that_the_readme_installs(tarball):
    assert set(re.findall(r"registry_api-v2-[\d.]+\.tar\.gz", (ROOT / "README.md").read_text())) == {tarball.name}


def test_it_holds_what_users_need_and_nothing_of_development(tarball):
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    needed = {"README.md", "CHANGELOG.md", "docs/index.md", "meta/runtime.yml", "LICENSES/GPL-3.0-or-later.txt"}
    assert needed <= set(names)
    assert [name for name in names if f"{name}/".startswith(NOT_FOR_USERS)] == []


def test_the_quickstart_plays_from_it_twice(tarball, registry, docker_save_tar, tmp_path):
    run("ansible-galaxy", "collection", "install", str(tarball), "--offline", "-p", str(tmp_path), cwd=tmp_path)
    quickstart = tmp_path / "ansible_collections" / "registry_api" / "v2" / "docs" / "examples" / "quickstart.yml"
    tar = docker_save_tar("app:1")
    words = ["ansible-playbook", str(quickstart), "-e", f"image_tar={tar}"]
    variables = {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path), "REGISTRY_URL": registry.url}
    assert "changed=1" in run(*words, cwd=tmp_path, **variables)
    assert registry.tags("demo/app") == ["1.0", "latest"]
    with registry.unchanged():
        assert "changed=0" in run(*words, cwd=tmp_path, **variables)
