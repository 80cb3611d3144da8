# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of this checkout, without ignored files, where Ansible wants it: .../ansible_collections/registry_api/v2."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from environments import ROOT


def copy_tree(parent: Path) -> Path:
    """Return the copy of all files that git knows or would add, below `parent`; an older copy is replaced.

    A copy and not a link: ansible-test refuses to run in a linked tree. It is a git repository, because ansible-test
    asks git which files there are.
    """
    target = parent / "ansible_collections" / "registry_api" / "v2"
    shutil.rmtree(parent, ignore_errors=True)
    for name in known_files():
        source = ROOT / name
        if source.is_symlink() or source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)
    return target


def known_files() -> list[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(listing, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return [name for name in output.decode().split("\0") if name]
