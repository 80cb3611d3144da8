# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""registry_server's script with programs in the registry's place: what is collected, and that it runs again."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import jinja2
import pytest

TEMPLATE = Path(__file__).resolve().parents[2] / "roles" / "registry_server" / "templates" / "registry-server.sh.j2"
PROGRAM = """#!/bin/sh
case "$1" in
  --version) echo "docker-registry github.com/docker/distribution {version}" ;;
  serve) exec sleep 60 ;;
  *) [ -f {folder}/run/pid ] && running=yes || running=no
     echo "$* running=$running" >> {folder}/calls
     exit {status} ;;
esac
"""


@pytest.fixture
def registry(tmp_path):
    """Call it with version, exit status of the collection, `untagged` and service: a function that runs the script."""
    made = []

    def make(version="2.8.2+ds1", status=0, untagged=True, service=None):
        (tmp_path / "run").mkdir()
        program = tmp_path / "docker-registry"
        program.write_text(PROGRAM.format(version=version, folder=tmp_path, status=status))
        program.chmod(0o755)
        environment = jinja2.Environment(keep_trailing_newline=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
        environment.filters["quote"] = shlex.quote
        script = tmp_path / "registry-server"
        script.write_text(environment.from_string(TEMPLATE.read_text()).render(
            ansible_managed="Ansible managed", registry_server_executable=str(program),
            registry_server_config_path="/c.yml", registry_server_collect_untagged=untagged,
            registry_server_run_path=str(tmp_path / "run"),
            registry_server_start_command=f"{program} serve", registry_server_service=service,
            __registry_server_by_command=service is None,
        ))
        made.extend([script] if service is None else [])

        def run(word):
            command = ["/bin/sh", str(script), word]
            environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)

        return run

    yield make
    for script in made:
        subprocess.run(["/bin/sh", str(script), "stop"], timeout=30, check=False)


def test_start_status_and_stop_may_come_twice(registry):
    run = registry()
    assert run("status").returncode != 0
    assert [run(word).returncode for word in ("start", "start", "status", "stop", "stop")] == [0] * 5
    assert run("status").returncode != 0


@pytest.mark.parametrize(("version", "words"), [
    ("2.8.2+ds1", "garbage-collect /c.yml"),
    ("v2.8.3", "garbage-collect /c.yml"),
    ("unknown", "garbage-collect /c.yml"),
    ("v3.0.0", "garbage-collect --delete-untagged /c.yml"),
    ("3.1.0-rc.1", "garbage-collect --delete-untagged /c.yml"),
])
def test_untagged_manifests_are_collected_by_version_3_only(registry, tmp_path, version, words):
    assert registry(version)("collect").returncode == 0
    assert (tmp_path / "calls").read_text() == f"{words} running=no\n"


def test_it_is_stopped_while_collecting_and_runs_afterwards(registry, tmp_path):
    run = registry()
    run("start")
    assert run("collect").returncode == 0 and run("status").returncode == 0
    assert (tmp_path / "calls").read_text() == "garbage-collect /c.yml running=no\n"


def test_it_runs_again_also_when_the_collection_fails(registry):
    run = registry(status=3)
    run("start")
    assert run("collect").returncode == 3 and run("status").returncode == 0


def test_what_did_not_run_is_not_started_by_a_collection(registry):
    run = registry()
    assert run("collect").returncode == 0 and run("status").returncode != 0


def test_another_word_is_refused(registry):
    assert registry()("reload").returncode == 2


def test_a_service_is_stopped_and_started_by_its_name(registry, tmp_path):
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "systemctl $*" >> {tmp_path}/calls\n')
    systemctl.chmod(0o755)
    assert registry(service="site images")("collect").returncode == 0
    active, stop, collect, start = (tmp_path / "calls").read_text().splitlines()
    assert (active, stop) == ("systemctl is-active --quiet site images", "systemctl stop site images")
    assert collect.startswith("garbage-collect") and start == "systemctl start site images"
