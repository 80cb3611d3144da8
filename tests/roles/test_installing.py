# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles bring to a host: packages, a registry's binary, a service; and how long they wait for it."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml

# Stands for the host's package manager, which tests must not use: notes what it was asked for, and has it already.
PACKAGES = """
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"name": {"type": "list"}, "state": {}})
with open("NOTES", "a") as notes:
    notes.write(" ".join(module.params["name"]) + " " + module.params["state"])
module.exit_json(changed=False)
"""
STAND_IN = "ansible.legacy.stand_in"
SYSTEMD = {"name": "Be a host with systemd", "ansible.builtin.set_fact": {"service_mgr": "systemd", "cacheable": True}}


@pytest.fixture
def packages(tmp_path):
    """The file with what the package manager was asked for."""
    notes = tmp_path / "packages"
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "stand_in.py").write_text(PACKAGES.replace("NOTES", str(notes)))
    return notes


@pytest.mark.parametrize(("variables", "asked"), [
    ({}, "python3-aiohttp present"),
    ({"install": "packages", "packages": ["python3.12-aiohttp", "tar"]}, "python3.12-aiohttp tar present"),
    ({"zstandard": True}, "python3-aiohttp python3-zstandard present"),
    ({"compression": "zstd"}, "python3-aiohttp python3-zstandard present"),
    ({"from": "controller"}, None),
    ({"install": "none"}, None),
], ids=str)  # fmt: skip
def test_seeding_brings_packages(play, packages, variables, asked):
    """Before the tars are read and the registry is asked, which are not there."""
    given = {"url": "http://127.0.0.1:1", "tars": "/srv/app.tar", "retries": 0, **variables}
    named = {f"registry_seed_{name}": value for name, value in given.items()}
    done = play("registry_seed", ansible_package_use=STAND_IN, **named)
    assert "/srv/app.tar [no-file]" in done.stdout
    assert (packages.read_text() if packages.exists() else None) == asked


def test_the_server_is_a_package(play, packages):
    """On a host where nothing starts services the role stops before that."""
    done = play("registry_server", before=[SYSTEMD], ansible_package_use=STAND_IN, registry_server_package="reg",
                registry_server_config_path="/dev/null/config.yml")  # fmt: skip
    assert done.returncode != 0 and "Make the folder of the configuration" in done.stdout
    assert packages.read_text() == "reg present"


@pytest.fixture
def server(tmp_path):
    """Variables of a server that is all below a temporary folder; it is stopped at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = tmp_path / "host" / "registry"
    program.parent.mkdir()
    config, script = tmp_path / "host" / "etc" / "config.yml", tmp_path / "host" / "script"
    yield {
        "registry_server_port": port, "registry_server_address": "127.0.0.1", "registry_server_script": str(script),
        "registry_server_binary": shutil.which("docker-registry"), "registry_server_executable": str(program),
        "registry_server_user": getpass.getuser(), "registry_server_group": grp.getgrgid(os.getgid()).gr_name,
        "registry_server_config_path": str(config), "registry_server_data_path": str(tmp_path / "host" / "data"),
        "registry_server_run_path": str(tmp_path / "host" / "run"),
        "registry_server_start_command": f"{program} serve {config}",
    }
    if script.exists():
        subprocess.run(["/bin/sh", str(script), "stop"], timeout=30, check=False)


def home_and_shell():
    return subprocess.run(["getent", "passwd", getpass.getuser()], capture_output=True, check=True).stdout


def test_the_server_is_a_binary_of_ones_own(play, server):
    mine = home_and_shell()
    done = play("registry_server", **server)
    assert done.returncode == 0, done.stdout
    with urllib.request.urlopen(f"http://127.0.0.1:{server['registry_server_port']}/v2/", timeout=10) as answer:
        assert answer.status == 200
    assert home_and_shell() == mine


def test_the_service_has_a_name_and_the_binary_in_it(play, server):
    server = {**server, "registry_server_start_command": None, "registry_server_service": "site-images"}
    done = play("registry_server", "--check", "--diff", "-vvv", before=[SYSTEMD], **server)
    assert done.returncode == 0, done.stdout
    assert '"dest": "/etc/systemd/system/site-images.service"' in done.stdout
    start = f"ExecStart={server['registry_server_executable']} serve {server['registry_server_config_path']}"
    assert f"+{start}\n" in done.stdout


def test_a_server_that_does_not_answer_is_waited_for_as_long_as_one_says(play, server):
    server = {**server, "registry_server_start_command": "sleep 60", "registry_server_wait": 1}
    done = play("registry_server", **server)
    assert done.returncode != 0
    assert done.stdout.count("FAILED - RETRYING: [edge]: Wait until the registry answers") == 1
    assert "Connection refused" in done.stdout


def with_secrets(mark):
    """Return settings of a user, in each place where the registry takes a secret."""
    return {
        "storage": {"s3": {"accesskey": "key", "secretkey": f"{mark}-of-s3"}},
        "redis": {"addr": "127.0.0.1:6379", "password": f"{mark}-of-redis"},
        "proxy": {"remoteurl": "https://example.com", "username": "me", "password": f"{mark}-of-proxy"},
        "notifications": {"endpoints": [{"name": "hook", "headers": {"Authorization": [f"Bearer {mark}-of-hook"]}}]},
    }


def test_a_diff_shows_no_secret_of_the_configuration(play, server, tmp_path):
    """Neither those that are written, nor those that are replaced."""
    shutil.copy(server["registry_server_binary"], server["registry_server_executable"])
    config = Path(server["registry_server_config_path"])
    config.parent.mkdir()
    config.write_text(yaml.safe_dump(with_secrets("old")))
    given = {"config": with_secrets("new"), "users": [{"name": "me", "hash": "new-hash"}]}
    named = {f"registry_server_{name}": value for name, value in given.items()}
    done = play("registry_server", "--check", "--diff", "-vv", **{**server, **named})
    task = done.stdout.partition(": Write the configuration]")[2].partition("\nTASK [")[0]
    assert "changed: [edge]" in task, done.stdout
    assert [word for word in ("old-of", "new-of", "new-hash") if word in done.stdout] == []


@pytest.mark.parametrize("opened", [False, True])
def test_a_registry_without_a_login_says_which_variable_opens_it(play, server, opened):
    server = {**server, "registry_server_address": "" if opened else None}
    shutil.copy(server["registry_server_binary"], server["registry_server_executable"])
    done = play("registry_server", "--check", **server)
    said = "It has no login (registry_server_users) and no TLS (registry_server_tls_certificate)." in done.stdout
    assert said is not opened, done.stdout
    assert ("set registry_server_address" in done.stdout) is not opened
