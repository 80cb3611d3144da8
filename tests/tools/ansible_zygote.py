# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that forks one more for each run of `ansible-playbook`, `ansible` or a module; ansible_forks.py starts it.

Importing Ansible takes longer than most plays of the tests. Ansible reads its ANSIBLE_* variables while it is imported,
so each set of them has its own template: a child that imports Ansible once and forks for each run. One more template is
the Python of the modules, which has imported aiohttp.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import traceback
import types
from collections.abc import Iterator

import zip_cache

PROGRAMS = {"ansible-playbook": "ansible.cli.playbook", "ansible": "ansible.cli.adhoc"}
# Plugins of nearly every play.
PLUGINS = {
    "action": ("assert", "command", "copy", "debug", "include_vars", "normal", "set_fact", "template"),
    "cache": ("memory",),
    "inventory": ("advanced_host_list", "auto", "host_list", "ini", "script", "toml", "yaml"),
    "strategy": ("linear",),
}
FOR_MODULES = ("aiohttp", "datetime", "json", "runpy", "selectors", "subprocess", "tempfile", "uuid", "zipfile")
LARGEST_REQUEST = 1_000_000


def main() -> None:
    """Serve the listening socket that is our standard input."""
    sys.path[0] = os.path.dirname(sys.executable)  # nothing of tests/tools is to be found by what runs here
    templates: dict[str, socket.socket] = {}
    with socket.socket(fileno=os.dup(0)) as listener:
        while True:
            connection, _address = listener.accept()
            with connection:
                request, files, _flags, _from = socket.recv_fds(connection, LARGEST_REQUEST, 3)
                if request:
                    pass_on(request, [*files, connection.fileno()], templates, listener)
            for file in files:
                os.close(file)


def pass_on(request: bytes, files: list[int], templates: dict[str, socket.socket], listener: socket.socket) -> None:
    """Hand a request and its files to the template with the same ANSIBLE_* variables, which is made if missing."""
    wanted = json.loads(request)
    program = os.path.basename(wanted["words"][0])
    key = settings(wanted["environment"]) if program in PROGRAMS else program
    if key not in templates:
        templates[key], theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            listener.close()
            for ours in templates.values():
                ours.close()
            for file in files:
                os.close(file)
            template(theirs, wanted)
        theirs.close()
    socket.send_fds(templates[key], [request], files)


def settings(environment: dict[str, str]) -> str:
    """Return all that Ansible reads while it is imported, as text."""
    chosen = {name: value for name, value in environment.items() if name.startswith("ANSIBLE_")}
    if "ANSIBLE_HOME" not in chosen:
        chosen["HOME"] = environment.get("HOME", "")
    with contextlib.suppress(KeyError, OSError), open(chosen["ANSIBLE_CONFIG"], encoding="utf-8") as file:
        chosen["content of the configuration"] = file.read()
    return json.dumps(chosen, sort_keys=True)


def template(requests: socket.socket, wanted: dict) -> None:
    """Be a process that has imported what this run and others like it need, until the parent ends."""
    os.environ.clear()
    os.environ.update(wanted["environment"])
    if os.path.basename(wanted["words"][0]) in PROGRAMS:
        load_ansible()
        sys.executable = os.path.join(os.path.dirname(wanted["words"][0]), "python")  # for `ansible_playbook_python`
    else:
        for name in FOR_MODULES:
            importlib.import_module(name)
        zip_cache.install(os.path.dirname(wanted["words"][0]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the runs; their end shows at their sockets
    gc.freeze()
    while True:
        request, files, _flags, _from = socket.recv_fds(requests, LARGEST_REQUEST, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            requests.close()
            run(json.loads(request), files)
        for file in files:
            os.close(file)


def load_ansible() -> None:
    """Have the loader of collections in place, and the plugins of nearly every play loaded with their options."""
    for module in PROGRAMS.values():
        importlib.import_module(module)
    sys.modules["ansible.constants"].DEFAULT_INTERNAL_POLL_INTERVAL = 0.01  # a hundredth of a processor, not a tenth
    cli, loader = sys.modules["ansible.cli"], importlib.import_module("ansible.plugins.loader")
    initialize = cli.init_plugin_loader
    initialize([])
    cli.init_plugin_loader = lambda paths: initialize(paths) if paths else None  # a second call is a warning
    for kind, names in PLUGINS.items():
        for name in names:
            getattr(loader, f"{kind}_loader").get(name, class_only=True)
    for kind in ("become", "callback", "connection", "shell"):  # a play loads all of these for their options
        list(getattr(loader, f"{kind}_loader").all(class_only=True))


def run(wanted: dict, files: list[int]) -> None:
    """Be one run: take over the files of the program that asks, and send it our pid and in the end our status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with socket.socket(fileno=files.pop()) as connection:
        os.set_inheritable(connection.fileno(), False)
        connection.send(b"%d" % os.getpid())
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        status = 1
        try:
            status = main_of_program(wanted) or 0
        finally:
            connection.send(b"%d" % status)
            os._exit(status)


def main_of_program(wanted: dict) -> int:
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = wanted["words"]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=bool(os.environ.get("PYTHONUNBUFFERED")))
    program = PROGRAMS.get(os.path.basename(sys.argv[0]))
    with own_temporary_folder() if program else contextlib.nullcontext():
        try:
            return sys.modules[program].main() if program else script()
        except SystemExit as end:
            if isinstance(end.code, int) or end.code is None:
                return end.code or 0
            print(end.code, file=sys.stderr)
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()


def script() -> int:
    """Be Python with a script: the file that is named, else what comes from standard input."""
    del sys.argv[0]
    try:
        if sys.argv:
            sys.path[0] = os.path.dirname(sys.argv[0])
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            sys.argv, sys.path[0] = [""], ""
            module = sys.modules["__main__"] = types.ModuleType("__main__")
            exec(compile(sys.stdin.buffer.read(), "<stdin>", "exec"), module.__dict__)
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        atexit._run_exitfuncs()
    return 0


@contextlib.contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Have Ansible keep its temporary files apart from those of other runs, except for modules that are packed already.

    A module outside of collections may be another one in the next run, under the same name.
    """
    constants = sys.modules["ansible.constants"]
    template_folder = constants.DEFAULT_LOCAL_TMP
    with tempfile.TemporaryDirectory(dir=os.path.dirname(template_folder), ignore_cleanup_errors=True) as folder:
        constants.DEFAULT_LOCAL_TMP = folder
        link_files(template_folder, folder)
        yield
        link_files(folder, template_folder)


def link_files(before: str, after: str) -> None:
    """Make the packed modules of collections and of Ansible available in another temporary folder."""
    before, after = (os.path.join(folder, "ansiballz_cache") for folder in (before, after))
    os.makedirs(after, exist_ok=True)
    for name in os.listdir(before) if os.path.isdir(before) else ():
        if not name.startswith("ansible.legacy.") and not name.endswith(".lock"):
            with contextlib.suppress(FileExistsError):
                os.link(os.path.join(before, name), os.path.join(after, name))


if __name__ == "__main__":
    main()
