# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The surroundings of a stranger: nobody's settings, logins and proxies, and this checkout as the collection."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

from ansible_forks import forked_programs

ROOT = Path(__file__).resolve().parents[2]
PERSONAL = ("ANSIBLE_", "REGISTRY_", "DOCKER_", "PYTEST_", "PYTHON", "XDG_")
FORKS = sys.platform == "linux"  # what ansible_forks.py needs
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@functools.lru_cache
def collections() -> Path:
    """Return a folder in which Ansible finds this checkout as the collection registry_api.v2, for this process."""
    folder = Path(tempfile.mkdtemp(prefix="collections-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    namespace = folder / "ansible_collections" / "registry_api"
    namespace.mkdir(parents=True)
    (namespace / "v2").symlink_to(ROOT)
    return folder


def surroundings(home: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a process: of nobody, with this Python's programs first, and those that are named."""
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith(PERSONAL) and name.lower() not in PROXIES
    }
    search = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "HOME": str(home), "PATH": search, "LC_ALL": "C.UTF-8", **variables}


def python_for_modules() -> str:
    """Return the interpreter that tests name to Ansible: this one, which starts in milliseconds if the system can."""
    return str(forked_programs() / "python") if FORKS else sys.executable


def with_ansible(home: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a process of Ansible that prints what it does, and nothing about its surroundings.

    Its programs are those of ansible_forks.py if the system has what these need.
    """
    base = surroundings(
        home, ANSIBLE_COLLECTIONS_PATH=str(collections()), ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false", ANSIBLE_NOCOLOR="1", ANSIBLE_PIPELINING="1", **variables,
    )
    if not FORKS:
        return base
    programs = forked_programs()
    # One home of Ansible for all tests, because a process can be forked only for the same ANSIBLE_* variables.
    return {"ANSIBLE_HOME": str(programs / "home"), **base, "PATH": f"{programs}{os.pathsep}{base['PATH']}"}
