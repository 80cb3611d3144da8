# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder with `ansible-playbook`, `ansible` and `python` that start in milliseconds, for tests with many plays.

They are the same programs with the same files, folder and variables, forked from a process that has imported Ansible.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


@functools.lru_cache
def forked_programs(python: str = sys.executable) -> Path:
    """Return the folder of the programs, which work until this process ends; `python` has Ansible installed."""
    folder = Path(tempfile.mkdtemp(prefix="ansible-forks-"))
    text = f"#!{python} -IS\n{(HERE / 'ansible_shim.py').read_text()}"
    for name in ("ansible-playbook", "ansible", "python"):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    # The zygote takes the listening socket over, so a first run may begin before it is up.
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener, (folder / "errors").open("wb") as errors:
        listener.bind(str(folder / "socket"))
        listener.listen(64)
        words = [python, str(HERE / "ansible_zygote.py")]
        process = subprocess.Popen(words, stdin=listener, stdout=subprocess.DEVNULL, stderr=errors,
                                   env={**os.environ, "LC_ALL": "C.UTF-8"})  # fmt: skip
    atexit.register(_end, process, folder)
    return folder


def _end(process: subprocess.Popen, folder: Path) -> None:
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder, ignore_errors=True)
