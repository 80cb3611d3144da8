# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ansible-playbook` and `ansible` for tests: ansible_zygote.py runs them, with the files of this process.

It runs without site-packages, so it starts quickly.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main() -> int:
    folder = os.path.dirname(os.path.abspath(sys.argv[0]))
    wanted = {"words": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(os.path.join(folder, "socket"))
        socket.send_fds(connection, [json.dumps(wanted).encode()], [0, 1, 2])
        pid = int(connection.recv(20) or 0)
        if pid == 0:
            with open(os.path.join(folder, "errors"), encoding="utf-8") as errors:
                print("Ansible could not be loaded:", errors.read(), file=sys.stderr)
            return 1
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: os.kill(pid, number))
        return int(connection.recv(20) or 1)  # nothing comes from a run that was killed


if __name__ == "__main__":
    sys.exit(main())
