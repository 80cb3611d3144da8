# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes ansible_collections.registry_api.v2 importable from any checkout; ansible-test brings that by itself."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile

if importlib.util.find_spec("ansible_collections") is None:
    _TREE = tempfile.TemporaryDirectory(prefix="collections-")
    _NAMESPACE = os.path.join(_TREE.name, "ansible_collections", "registry_api")
    os.makedirs(_NAMESPACE)
    os.symlink(os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")), os.path.join(_NAMESPACE, "v2"))
    sys.path.insert(0, _TREE.name)
