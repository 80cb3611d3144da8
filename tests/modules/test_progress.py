# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker_tar_push with `progress`: lines while it runs, the same result, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time

import pytest
import yaml
from stranger import python_for_modules

from pytest_oci_registry.tars import ImageSpec

HOST = "edge-7"
LAST = r"\[edge-7\] team/app:1\.4\.2  [012]/2 layers  \d+\.\d/6\.0 MB  .+/s  \d+ s in all"
SIZE = 6_000_000
SLOW = 400_000  # bytes per second for each of the two uploads, so that they outlast the first line (5 s)


@pytest.fixture
def tar(docker_save_tar):
    return docker_save_tar(ImageSpec(("team/app:1.4.2",), layers=2, size=SIZE))


@pytest.fixture
def timed_play(module_environment, tmp_path):
    """Call it with options and keywords of the task: exit status, lines with their seconds, and the result."""

    def run(task_words=None, **options):
        push = {"name": "Push", "registry_api.v2.docker_tar_push": options, "register": "pushed", **(task_words or {})}
        file = {"content": "{{ pushed | to_json }}", "dest": str(tmp_path / "result")}
        keep = {"name": "Keep", "ansible.builtin.copy": file}
        book = [{"name": "Test", "hosts": HOST, "gather_facts": False, "tasks": [push, keep]}]
        (tmp_path / "play.yml").write_text(yaml.safe_dump(book))
        (tmp_path / "tmp").mkdir(exist_ok=True)
        python = f"ansible_python_interpreter={python_for_modules()}"
        command = ["ansible-playbook", "-i", f"{HOST},", "-c", "local", "-e", python, "play.yml"]
        # Ansible never flushes, so that only a terminal shows any of its lines at once, ours included.
        own = {"TMPDIR": str(tmp_path / "tmp"), "ANSIBLE_ASYNC_DIR": str(tmp_path / "async"), "PYTHONUNBUFFERED": "1"}
        began = time.monotonic()
        with subprocess.Popen(
            command, cwd=tmp_path, env={**module_environment, **own}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        ) as process:
            lines = [(time.monotonic() - began, line.rstrip()) for line in process.stdout]
        result = json.loads((tmp_path / "result").read_text()) if process.returncode == 0 else None
        return process.returncode, lines, result

    return run


def shown(lines):
    return [line for _when, line in lines if line.startswith(f"[{HOST}]")]


def when(lines, part):
    return next(seconds for seconds, line in lines if part in line)


def test_lines_come_while_it_runs_and_the_result_is_the_same(registry_factory, tar, timed_play, tmp_path):
    plain, watched = registry_factory(), registry_factory()
    _status, quiet, expected = timed_play(registry_url=plain.url, path=str(tar))
    watched.fail("upload_put", status=503, after=1)
    watched.slow("upload_put", bytes_per_second=SLOW)
    status, lines, result = timed_play(registry_url=watched.url, path=str(tar), progress=True)
    assert status == 0 and shown(quiet) == [], lines
    assert shown(lines)[0] == f"[{HOST}] team/app:1.4.2  0 of 2 layers present, 2 to send, 6.0 MB"
    assert re.fullmatch(LAST, shown(lines)[-1])
    assert any(re.search(r"  layer \d again after 503 \(try 2 of 5, in \d s\)", line) for line in shown(lines))
    assert when(lines, " layers present") < when(lines, "changed: [edge-7]") - 1
    assert result.keys() == expected.keys() and result["changed"]
    assert result["digest"] == expected["digest"] and watched.image("team/app:1.4.2").matches(tar)
    assert [*(tmp_path / "tmp").iterdir(), *(tmp_path / "async").glob("j*")] == []


def test_failures_are_the_same(registry, timed_play):
    status, lines, _result = timed_play(registry_url=registry.url, path="/nowhere/app.tar", progress=True)
    text = "\n".join(line for _when, line in lines)
    assert status != 0 and "There is no file /nowhere/app.tar" in text and "[no-file]" in text
    assert "ansible_job_id" not in text


def test_wrong_options_are_refused_as_ever(registry, timed_play):
    status, lines, _result = timed_play(registry_url=registry.url, progress=True)
    assert status != 0 and "one of the following is required: path, images" in "\n".join(line for _when, line in lines)


def test_the_second_run_is_silent(registry, tar, timed_play):
    registry.seed(tar)
    with registry.unchanged():
        _status, lines, result = timed_play(registry_url=registry.url, path=str(tar), progress=True)
    assert shown(lines) == [] and not result["changed"]


@pytest.mark.parametrize("words", [{"check_mode": True}, {"async": 60, "poll": 1}, {"no_log": True}], ids=str)
def test_left_to_the_module_where_it_cannot_watch(registry, tar, timed_play, words):
    registry.slow("*", seconds=0.4)  # long enough for lines, if there were any
    status, lines, result = timed_play(words, registry_url=registry.url, path=str(tar), progress=True)
    assert status == 0 and result["changed"] and shown(lines) == []


def test_a_task_that_is_given_up_takes_its_uploads_back(registry, tar, timed_play):
    registry.slow("upload_put", bytes_per_second=10_000)
    status, _lines, _result = timed_play({"timeout": 9}, registry_url=registry.url, path=str(tar), progress=True)
    assert status != 0
    end = time.monotonic() + 20
    while not registry.requests.filter(operation="upload_cancel") and time.monotonic() < end:
        time.sleep(0.1)
    assert registry.requests.filter(operation="upload_cancel")


def test_defaults_of_the_group_reach_the_module(registry, tar, play):
    text = yaml.safe_dump([{
        "name": "Test", "hosts": "localhost", "gather_facts": False,
        "module_defaults": {"group/registry_api.v2.registry": {"registry_url": registry.url}},
        "tasks": [{"name": "Push", "registry_api.v2.docker_tar_push": {"path": os.fspath(tar), "progress": True}}],
    }])
    assert play(text).changed == 1
    assert registry.image("team/app:1.4.2").matches(tar)
