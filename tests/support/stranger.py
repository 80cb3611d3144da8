# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The surroundings of a stranger: nobody's settings, logins and proxies, and this checkout as the collection."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PERSONAL = ("ANSIBLE_", "REGISTRY_", "DOCKER_", "PYTEST_", "PYTHON", "XDG_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def collections_in(folder: Path) -> Path:
    """Return a folder below this one in which Ansible finds the checkout as the collection registry_api.v2."""
    namespace = folder / "collections" / "ansible_collections" / "registry_api"
    namespace.mkdir(parents=True)
    (namespace / "v2").symlink_to(ROOT)
    return folder / "collections"


def surroundings(home: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a process: of nobody, with this Python's programs first, and those that are named."""
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith(PERSONAL) and name.lower() not in PROXIES
    }
    search = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "HOME": str(home), "PATH": search, "LC_ALL": "C.UTF-8", **variables}


def with_ansible(home: Path, collections: Path, **variables: str) -> dict[str, str]:
    """Return the variables of a process of Ansible that prints what it does, and nothing about its surroundings."""
    return surroundings(
        home, ANSIBLE_COLLECTIONS_PATH=str(collections), ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false", ANSIBLE_NOCOLOR="1", **variables,
    )
