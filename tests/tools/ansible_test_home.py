# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepares a home folder in which ansible-test works with nothing but a package index."""

from __future__ import annotations

import re
from pathlib import Path

# ansible-test fetches get-pip.py from a server of its own, and names this file as the place for a copy by hand
# (https://github.com/ansible/ansible/issues/77304). Python brings pip along, so nothing has to be fetched.
BOOTSTRAP = '''\
import subprocess
import sys

wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
'''


def seed(home: Path, environment: Path) -> None:
    """Write the bootstrap script for each pip version that the installed ansible-test pins."""
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for source in environment.glob("lib/python3*/site-packages/ansible_test/_internal/python_requirements.py"):
        for version in re.findall(r"pip='([0-9.]+)'", source.read_text()):
            (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(BOOTSTRAP)
