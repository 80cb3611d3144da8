# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared by the tests of documentation pages: a folder in which Ansible finds this checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def collections_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Ansible finds this checkout as the collection registry_api.v2."""
    path = tmp_path_factory.mktemp("collections")
    namespace = path / "ansible_collections" / "registry_api"
    namespace.mkdir(parents=True)
    (namespace / "v2").symlink_to(ROOT)
    return path
