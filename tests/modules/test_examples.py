# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module, executed as they are printed; only the registry's URL and folders are others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from pytest_oci_registry.tars import ImageSpec, save_tar

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if not path.name.startswith("_"))
TAGS = ("1.3.9", "1.4.0", "1.4.1", "1.4.2", "1.10", "latest", "pr-1", "stable")


def examples(name):
    """The text of a module's EXAMPLES."""
    tree = ast.parse((ROOT / "plugins" / "modules" / f"{name}.py").read_text())
    found = [node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES"]
    return found[0].value


@pytest.fixture
def site(registry, tmp_path):
    """A registry and a folder of tars that have what the examples name."""
    for number, tag in enumerate(TAGS):
        made = f"2026-01-{number + 1:02}T00:00:00Z"
        registry.seed(ImageSpec((f"team/app:{tag}",), layers=1, seed=tag, created=made))
    registry.seed("team/tools:1.0", "team/base:1.0", "team/db:9")
    folder = tmp_path / "files"
    folder.mkdir()
    save_tar(folder / "app.tar", ImageSpec(("registry.io/team/app:1.4.2",), layers=2))
    save_tar(folder / "tools.tar", ImageSpec(("busybox:1.36",), layers=1), ImageSpec(("alpine:3.20",), layers=1))
    return registry


def rewritten(text, registry, folder):
    """The examples with other URLs and other folders, as tasks."""
    text = text.replace("https://test.example.com", registry.url)
    for before, after in (("https://registry.example.com", registry.url), ("/srv/images", str(folder / "files"))):
        text = text.replace(before, after)
    return yaml.safe_load(text)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, site, play, tmp_path):
    tasks = rewritten(examples(name), site, tmp_path)
    played = play(tasks, registry_password="secret", test_password="secret")
    assert played.status == 0 and played.failed == 0, played.output
    assert not name.endswith("_info") or (played.changed, site.requests.writes) == (0, [])


def test_a_short_ad_hoc_call(site, adhoc, module_environment):
    module_environment["REGISTRY_URL"] = site.url
    found = adhoc("registry_tags_info", "name=team/app")
    assert found.status == 0 and '"total": 8' in found.output and "SUCCESS" in found.output
