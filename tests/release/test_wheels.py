# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two wheels of this tree: complete, built by way of their sdists, and usable where there is no Ansible."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest
from tree import known_files

ROOT = Path(__file__).resolve().parents[2]
CLIENT = ("registry_api_v2_client", "2.0.0", ROOT / "plugins" / "module_utils" / "registry_api_v2_client")
PLUGIN = ("pytest_oci_registry", "1.0.0", ROOT / "pytest_oci_registry")
IMPORTS = """
import importlib.util, pathlib
import registry_api_v2_client, pytest_oci_registry
for package in (registry_api_v2_client, pytest_oci_registry):
    assert "site-packages" in package.__file__, package.__file__
    assert pathlib.Path(package.__file__).with_name("py.typed").is_file()
assert registry_api_v2_client.RegistryClient and pytest_oci_registry.EmbeddedRegistry
assert importlib.util.find_spec("ansible") is None
"""


def run(*words: object, cwd: Path | None = None) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("package", "version", "folder"), [CLIENT, PLUGIN])
def test_a_wheel_holds_the_whole_package_and_nothing_else(wheels, package, version, folder):
    wheel = wheels[package]
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = [ROOT / name for name in known_files() if name.endswith((".py", ".pyi", "py.typed"))]
    wanted = {f"{package}/{file.relative_to(folder).as_posix()}" for file in files if folder in file.parents}
    assert inside == wanted
    assert wheel.name.startswith(f"{package}-{version}-py3-none-any")


@pytest.mark.parametrize("package", [CLIENT[0], PLUGIN[0]])
def test_a_wheel_carries_its_licence(wheels, package):
    names = zipfile.ZipFile(wheels[package]).namelist()
    assert [name for name in names if "/licenses/" in name]


def test_the_wheels_are_usable_without_ansible(bare_python, tmp_path):
    run(bare_python, "-c", IMPORTS, cwd=tmp_path)


def test_pytest_finds_the_plugin(bare_python, tmp_path):
    assert "oci-registry" in run(bare_python, "-m", "pytest", "--version", "--version", cwd=tmp_path)


PROJECT = """
import importlib.util, pytest

def test_a_registry_is_there_for_a_project_without_ansible(registry, docker_save_tar):
    assert importlib.util.find_spec("ansible") is None and importlib.util.find_spec("testinfra") is None
    tar = docker_save_tar("app:1", layers=2)
    registry.seed(tar)
    with registry.unchanged():
        assert registry.image("app:1").exists and registry.image("app:1").matches(tar)

def test_each_test_has_its_own(registry):
    assert registry.repositories == []

def test_a_fault_is_seen_by_any_client(registry):
    import urllib.error, urllib.request
    with registry.fail("ping", status=503):
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(registry.url + "/v2/")
"""


def test_the_plugin_serves_a_project_that_has_nothing_else(bare_python, tmp_path):
    (tmp_path / "test_project.py").write_text(PROJECT)
    said = run(bare_python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path, cwd=tmp_path)
    assert "3 passed" in said
