# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-playbook`, `ansible` and `python` for tests: ansible_zygote.py runs them, with the files of this process.

It runs without site-packages, so it starts quickly.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

HARMLESS = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}


def is_forked() -> bool:
    """True for Ansible's programs, and for Python with a script alone, which is how Ansible starts a module."""
    with_script = not sys.argv[1:] or sys.argv[1].endswith(".py")
    plain = {name for name in os.environ if name.startswith("PYTHON")} <= HARMLESS
    return os.path.basename(sys.argv[0]) != "python" or (with_script and plain)


def main() -> int:
    if not is_forked():
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    folder = os.path.dirname(os.path.abspath(sys.argv[0]))
    wanted = {"words": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        try:
            connection.connect(os.path.join(folder, "socket"))
            socket.send_fds(connection, [json.dumps(wanted).encode()], [0, 1, 2])
            pid = int(connection.recv(20))
        except (OSError, ValueError):
            with open(os.path.join(folder, "errors"), encoding="utf-8") as errors:
                sys.exit(f"{sys.argv[0]} cannot be forked: {errors.read()}")
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: os.kill(pid, number))
        return int(connection.recv(20) or 1)  # nothing comes from a run that was killed


if __name__ == "__main__":
    sys.exit(main())
