# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of the roles: each reaches the option of the module, or the setting of the registry, that it is about."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
import yaml
from stranger import ROOT, python_for_modules, with_ansible

from pytest_oci_registry.tars import ImageSpec

ROLES = ROOT / "roles"
SERVER = ROLES / "registry_server"
ASKED = "registry_api.v2."
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def tasks_in(listed):
    """Yield all tasks, those of blocks included."""
    for task in listed:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks_in(task.get(part, []))


def handed_on(role):
    """The options that the role's tasks and variables give to modules, with the text that each is given."""
    given = {}
    for file in (ROLES / role / "tasks").glob("*.yml"):
        for task in tasks_in(yaml.safe_load(file.read_text()) or []):
            for name, options in task.items():
                given.update(options.items() if name.startswith(ASKED) and isinstance(options, dict) else ())
    named = yaml.safe_load((ROLES / role / "vars" / "main.yml").read_text())
    return {**given, **named[f"__{role}_all_options"]}


@pytest.mark.parametrize("role", ["registry_seed", "registry_prune"])
def test_a_variable_that_is_named_after_an_option_is_given_to_it(role):
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]
    given = handed_on(role)
    named = {name.removeprefix(f"{role}_") for name in specs["options"]} & given.keys()
    lost = {name for name in named if not re.search(rf"\b{role}_{name}\b", str(given[name]))}
    assert lost == set() and len(named) >= 9


def test_seeding_with_everything_set(play, secure_registry, docker_save_tar, tmp_path):
    registry = secure_registry
    tar = docker_save_tar("reg.example.com/app:1", "reg.example.com/app:2", layers=2, size="1MB")
    options = {
        "url": registry.url, "install": "none", "from": "target", "verify": "manifest", "tars": [str(tar)],
        "config_path": str(registry.write_auth_file(tmp_path)), "ca_path": registry.ca_file, "validate_certs": True,
        "timeout": 20, "total_timeout": 60, "retries": 1, "original_tags": "first", "original_registry": "keep",
        "platforms": ["linux/amd64"], "compression": "gzip", "compression_level": 1, "manifest_format": "docker",
        "cache_path": str(tmp_path / "record"), "compare": "digest", "overwrite": False, "force": True,
        "verify_existing": True, "max_concurrent_uploads": 1, "chunk_size": "256K", "temp_dir": str(tmp_path),
    }
    done = play("registry_seed", **{f"registry_seed_{name}": value for name, value in options.items()})
    assert done.returncode == 0, done.stdout
    assert registry.tags("reg.example.com/app") == ["1"] and (tmp_path / "record").exists()
    assert registry.image("reg.example.com/app:1").media_type == DOCKER
    assert any(request.operation == "upload_patch" for request in registry.requests)


def test_pruning_with_everything_set(play, registry_factory, tmp_path):
    registry = registry_factory(tls=True, auth=("user", "secret"))
    for tag in ("1", "2", "3-keep"):
        registry.seed(ImageSpec((f"app:{tag}",), seed=tag, created="2024-01-01T00:00:00Z"))
    options = {
        "url": registry.url, "from": "controller", "config_path": str(registry.write_auth_file(tmp_path)),
        "ca_path": registry.ca_file, "validate_certs": True, "timeout": 20, "retries": 1, "limit": 2,
        "rules": [{"name": "app", "older_than": "1h", "match": ["^[12]", "keep"], "exclude": "keep$"}],
    }
    done = play("registry_prune", **{f"registry_prune_{name}": value for name, value in options.items()})
    assert done.returncode == 0, done.stdout
    assert registry.tags("app") == ["3-keep"]


SET = {
    "delete": (False, ["storage", "delete", "enabled"]),
    "upload_interval": ("6h", ["storage", "maintenance", "uploadpurging", "interval"]),
    "http_secret": ("of-the-site", ["http", "secret"]),
    "log_level": ("warn", ["log", "level"]),
    "config": ({"http": {"relativeurls": True}}, ["http", "relativeurls"]),
    "tls_remote": (True, ["http", "tls", "certificate"]),
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """The registry's configuration as the role's variables make it when those of SET have these values."""
    folder = tmp_path_factory.mktemp("server")
    given = {f"registry_server_{name}": value for name, (value, _place) in SET.items()}
    given.update(registry_server_tls_certificate="/on/the/host.crt", registry_server_tls_key="/on/the/host.key")
    files = [f"@{SERVER / part / 'main.yml'}" for part in ("defaults", "vars")]
    written = f"dest={folder}/config.json content={{{{ __registry_server_settings | to_json }}}}"
    words = ["ansible", "localhost", "-m", "ansible.builtin.copy", "-a", written]
    extra = [word for value in (*files, json.dumps(given)) for word in ("-e", value)]
    environment = with_ansible(folder)
    subprocess.run([*words, *extra], env=environment, check=True, capture_output=True, timeout=60)
    return json.loads((folder / "config.json").read_text())


@pytest.mark.parametrize("name", SET)
def test_a_variable_of_the_server_reaches_its_configuration(settings, name):
    expected, place = SET[name]
    found = settings
    for key in place:
        found = found[key]
    assert found == {"tls_remote": "/on/the/host.crt", "config": True}.get(name, expected)


USERS = {"registry_server_users": [{"name": "ci", "hash": "$2y$05$x"}]}
TLS = {"registry_server_tls_certificate": "server.pem", "registry_server_tls_key": "server.key"}
TOKENS = {"registry_server_config": {"auth": {"token": {}}, "http": {"tls": {"letsencrypt": {}}}}}
OPEN = {"registry_server_address": ""}
REACH = [  # variables, address that is listened on, whether images can be deleted
    ({}, "127.0.0.1:5000", True),
    (TLS, "127.0.0.1:5000", True),
    (USERS, "127.0.0.1:5000", True),
    ({**USERS, **TLS}, ":5000", True),
    (TOKENS, ":5000", True),
    (OPEN, ":5000", False),
    ({**OPEN, **TLS}, ":5000", False),
    ({**OPEN, **USERS}, ":5000", True),
    ({"registry_server_address": "192.0.2.7"}, "192.0.2.7:5000", False),
    ({"registry_server_address": "127.0.0.1", "registry_server_delete": False}, "127.0.0.1:5000", False),
    ({**OPEN, "registry_server_delete": True}, ":5000", True),
    ({**USERS, **TLS, "registry_server_delete": False}, ":5000", False),
]


@pytest.fixture(scope="module")
def reach(tmp_path_factory):
    """The configurations that the role's variables make of REACH, each made for a host of its own."""
    folder = tmp_path_factory.mktemp("reach")
    common = {"ansible_connection": "local", "ansible_python_interpreter": python_for_modules()}
    for part in ("defaults", "vars"):
        common.update(yaml.safe_load((SERVER / part / "main.yml").read_text()))
    hosts = {f"case{number}": given for number, (given, _address, _delete) in enumerate(REACH)}
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"vars": common, "hosts": hosts}}))
    written = f"dest={folder}/{{{{ inventory_hostname }}}} content={{{{ __registry_server_settings | to_json }}}}"
    words = ["ansible", "all", "-i", str(folder / "hosts.yml"), "-m", "ansible.builtin.copy", "-a", written]
    environment = with_ansible(folder)
    done = subprocess.run(words, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads((folder / name).read_text()) for name in hosts]


@pytest.mark.parametrize("number", range(len(REACH)), ids=lambda number: str(REACH[number][0]))
def test_a_registry_without_login_or_tls_is_for_its_own_host(reach, number):
    _given, address, delete = REACH[number]
    assert reach[number]["http"]["addr"] == address
    assert reach[number]["storage"]["delete"]["enabled"] is delete
