# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make docs`: the documentation site of the collection below build/docs/html. A warning is a failure."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from environments import ROOT, ensure
from tree import copy_tree

WORK = ROOT / "build" / "docs"
COLLECTION = "registry_api.v2"
SETTINGS = """\
project = "registry_api.v2"
extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
html_theme = "alabaster"
html_title = project
highlight_language = "YAML+Jinja"
default_role = "any"
nitpicky = True
"""
ELSEWHERE = "https://docs.ansible.com/ansible/latest"
BUILTIN = "collections/ansible/builtin"
# Pages of Ansible's own site that ours refer to by label. They are named here and not fetched: no network is needed.
LABELS = {
    "common_return_values": "reference_appendices/common_return_values.html",
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
}


def main() -> int:
    """Build rst from the modules' documentation, and html from that. Status 1 where anything warns."""
    programs = ensure("dev")
    shutil.rmtree(WORK, ignore_errors=True)
    copy_tree(WORK / "collections")
    source = WORK / "rst"
    source.mkdir()
    generate = ["antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error",
                "--dest-dir", source, COLLECTION]  # fmt: skip
    if run(programs, generate):
        return 1
    (source / "conf.py").write_text(SETTINGS)
    (source / "elsewhere.rst").write_text(elsewhere(source))
    build = ["sphinx-build", "--fail-on-warning", "--keep-going", "-q", "-b", "html", source, WORK / "html"]
    status = run(programs, build)
    if status == 0:
        print(f"site: {(WORK / 'html' / 'index.html').relative_to(ROOT)}, without a warning")
    return status


def elsewhere(source: Path) -> str:
    """Return a page that leads the labels of Ansible's documentation there, those of its modules included."""
    text = "".join(file.read_text() for file in source.rglob("*.rst"))
    modules = set(re.findall(r"(ansible_collections\.ansible\.builtin\.(\w+_module))", text))
    labels = {**LABELS, **{label: f"{BUILTIN}/{name}.html" for label, name in sorted(modules)}}
    sections = [f".. _{label}:\n\n`{label} <{ELSEWHERE}/{path}>`_\n{'-' * 200}\n" for label, path in labels.items()]
    return "\n".join([":orphan:\n\nIn Ansible's documentation\n" + "=" * 40 + "\n", *sections])


def run(programs: Path, words: list[object]) -> int:
    environment = {
        **os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(WORK / "collections"),
    }
    return subprocess.run([str(word) for word in words], cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
