# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that has the modules imported, and forks one more for each run that is asked for at its socket.

A run begins in milliseconds, where a new interpreter needs half a second. quick_modules.py starts and uses it.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import resource
import signal
import socket
import sys

PACKAGE = "ansible_collections.registry_api.v2.plugins"
MODULES = (
    "docker_tar_push", "docker_tar_info", "registry_info", "registry_image_info", "registry_image_delete",
    "registry_tags", "registry_tags_info",
)
LOADED_LATE = (
    "copying.engine", "deletion.engine", "tagging.engine", "inspection.tags", "inspection.image", "inspection.registry",
    "endpoints.ping",
)


def main():
    """Serve the listening socket that is our standard input."""
    for name in MODULES:
        importlib.import_module(f"{PACKAGE}.modules.{name}")
    for name in LOADED_LATE:
        importlib.import_module(f"{PACKAGE}.module_utils.registry_api_v2_client.{name}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children; their end shows at their socket
    with socket.socket(fileno=os.dup(0)) as listener:
        while True:
            connection, _address = listener.accept()
            if os.fork() == 0:
                listener.close()
                run(connection)
            connection.close()


def run(connection):
    """Be one run of a module: read what is wanted, tell our pid, and print the result into the connection."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection.makefile("rb") as reader:
        line = reader.readline()
    wanted = json.loads(line)
    connection.sendall(b"%d\n" % os.getpid())
    for output in (1, 2):  # a complaint beside the result is found with it
        os.dup2(connection.fileno(), output)
    connection.close()
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["environment"]["HOME"])
    sys.stdin = io.TextIOWrapper(io.BytesIO(json.dumps({"ANSIBLE_MODULE_ARGS": wanted["arguments"]}).encode()))
    sys.argv = [wanted["module"]]
    status = 1
    try:
        importlib.import_module(f"{PACKAGE}.modules.{wanted['module']}").main()
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stdout.flush()
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # that is their unit on Linux
        os.write(1, b"\0%d %d" % (kilobytes, read_so_far()))
        os._exit(status)


def read_so_far():
    """The bytes that this process has read by any way, sendfile among them; 0 where the system does not say."""
    try:
        with open("/proc/self/io", encoding="ascii") as file:
            return int(file.readline().split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    main()
