# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker_tar_push on the controller: nothing, unless `progress` is on. Then the module runs in the background, watched.

The module keeps a file with its counts; this plugin reads it by one shell command per second, and asks Ansible's own
async_status for the result once the file says that the push has ended, or stands still.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import shlex
import time
import typing as t

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.registry_api.v2.plugins.plugin_utils._progress_lines import ProgressLines

ASYNC_LIMIT = 30 * 24 * 3600  # seconds; async wants a limit, and a push has none but total_timeout
FIRST_POLL = 0.3  # seconds; a push that changes nothing should not wait
POLL = 1.0
START_LIMIT = 5.0  # seconds in which a module that was started has written its process number
OF_ASYNC = ("ansible_job_id", "results_file", "started", "finished")

display = Display()


class ActionModule(NormalAction):
    """The plain action of every module, with lines on the way where they are asked for."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        if not self._is_watched():
            return t.cast("dict[str, t.Any]", super().run(tmp, task_vars))
        super(NormalAction, self).run(tmp, task_vars)
        folder = self._make_folder()
        try:
            return self._watch(self._connection._shell.join_path(folder, "progress.json"), dict(task_vars or {}))
        finally:
            self._shell(f"rm -rf {shlex.quote(folder)}")
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _is_watched(self) -> bool:
        """True where lines are wanted and can be had: a task in the background or without a shell is left alone."""
        wanted = boolean(self._task.args.get("progress", False), strict=False)
        elsewhere = self._task.async_val or self._task.args.get("progress_path")
        possible = not self._connection.has_native_async and not self._connection.always_pipeline_modules
        return bool(wanted and possible and not elsewhere and not self._task.check_mode and not self._task.no_log)

    def _watch(self, path: str, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        watched = _Watched(path, ProgressLines(str(task_vars.get("inventory_hostname", ""))))
        try:
            started = self._start(path, task_vars)
            if "ansible_job_id" not in started:
                return started
            # The wrapper's own word: with a changed HOME, Ansible and the wrapper disagree about ~/.ansible_async.
            folder = posixpath.dirname(started["results_file"])
            return self._await_end(watched, {"jid": started["ansible_job_id"], "_async_dir": folder}, task_vars)
        except BaseException:  # an interrupt and the task's own `timeout` included
            self._stop(watched)
            raise

    def _await_end(self, watched: _Watched, job: dict[str, str], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        pause = FIRST_POLL
        while True:
            time.sleep(pause)
            pause = POLL
            watched.show(self._read(watched.path))
            if watched.moves:
                continue
            result = self._ask(job, "status", task_vars)
            if result.get("finished"):
                watched.show_end()
                self._ask(job, "cleanup", task_vars)
                return {name: value for name, value in result.items() if name not in OF_ASYNC}

    def _make_folder(self) -> str:
        """Return a new folder of the user who runs the module, which nobody else may write to."""
        made = self._shell("umask 77 && mktemp -d")
        if made["rc"] != 0 or not made["stdout"].strip():
            raise AnsibleError(f"no folder for the progress of the push could be made: {made['stderr'].strip()}")
        return t.cast(str, made["stdout"].strip().splitlines()[-1])

    def _start(self, path: str, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        self._task.async_val = ASYNC_LIMIT
        try:
            return t.cast("dict[str, t.Any]", self._execute_module(
                module_args={**self._task.args, "progress_path": path}, task_vars=task_vars, wrap_async=True
            ))
        finally:
            self._task.async_val = 0

    def _read(self, path: str) -> dict[str, t.Any] | None:
        """Return the counts, None where the module has written none yet."""
        read = self._shell(f"cat {shlex.quote(path)}")
        with contextlib.suppress(ValueError):
            counts = json.loads(read["stdout"])
            return counts if isinstance(counts, dict) else None
        return None

    def _ask(self, job: dict[str, str], mode: str, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self._execute_module(
            module_name="ansible.legacy.async_status", module_args={**job, "mode": mode}, task_vars=task_vars
        ))

    def _stop(self, watched: _Watched) -> None:
        """Tell the module to end, also when it is only just starting; it gives its uploads back to the registry."""
        end = time.monotonic() + START_LIMIT
        with contextlib.suppress(Exception):
            counts = self._read(watched.path)
            while counts is None and time.monotonic() < end:
                time.sleep(FIRST_POLL)
                counts = self._read(watched.path)
            if counts and not counts["ended"]:
                self._shell(f"kill {int(counts['pid'])}")

    def _shell(self, command: str) -> dict[str, t.Any]:
        return t.cast("dict[str, t.Any]", self._low_level_execute_command(command, sudoable=True))


class _Watched:
    """What was last seen of one push; `moves` is False where it has ended, or nothing new was written."""

    def __init__(self, path: str, lines: ProgressLines) -> None:
        self.path = path
        self.moves = False
        self._lines = lines
        self._began = time.monotonic()
        self._counts: dict[str, t.Any] = {}

    def show(self, counts: dict[str, t.Any] | None) -> None:
        """Display what is due, once for each version of the counts."""
        self.moves = bool(counts) and not counts["ended"] and counts["version"] != self._counts.get("version")
        self._counts = counts or self._counts
        if self.moves:
            self._display(self._lines.look(self._elapsed(), self._counts))

    def show_end(self) -> None:
        """Display the last line."""
        if self._counts:
            self._display(self._lines.end(self._elapsed(), self._counts))

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _display(self, lines: list[str]) -> None:
        for line in lines:
            display.display(line)
