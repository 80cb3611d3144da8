# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-playbook prints at its most talkative, with debug on, holds no password, no token and no part of one."""

from __future__ import annotations

import base64
import json

import pytest

USER, PASSWORD = "deployer", "pa55-of-the-registry"
IDENTITY = "identity-token-of-the-registry"
FEW = ("docker_tar_push", "registry_info")
WRONG = "some-mistaken-w0rd"


@pytest.fixture
def registry(registry_factory):
    return registry_factory(backend="embedded", auth=(USER, PASSWORD), token=True)


@pytest.fixture
def config(registry, tmp_path):
    """A docker config.json with the login, of which Ansible itself knows nothing."""
    path = tmp_path / "some.json"
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    path.write_text(json.dumps({"auths": {registry.netloc: {"auth": auth}}}))
    return str(path)


def sent(registry):
    """Every secret that went over the wire: values of Authorization, and what is in them."""
    values = {request.header("Authorization") for request in registry.requests} - {None}
    return {value.partition(" ")[2] for value in values}


def tasks(registry, tar, login, modules=None):
    """Push, push with an option that fails, list, look, delete and ask the registry; all with debug and diff."""
    words = {"registry_url": registry.url, "debug": True, **login}
    image = {"name": "team/app", "tags": ["1"]}
    calls = {
        "docker_tar_push": [{**image, "path": str(tar)}, {**image, "path": str(tar), "name": "Not A Name"}],
        "registry_tags_info": [{"name": "team/app", "details": True}], "registry_info": [{}],
        "registry_image_info": [{"name": "team/app", "tag": "1"}],
        "registry_tags": [{"name": "team/app", "source": "1", "tags": ["2"]}],
        "registry_image_delete": [{"name": "team/app", "tags": ["2"]}],
    }
    return [
        {"name": module, f"registry_api.v2.{module}": {**words, **options}, "ignore_errors": True, "register": "said"}
        for module, several in calls.items() if modules is None or module in modules for options in several
    ] + [{"name": "Show", "ansible.builtin.debug": {"var": "said"}}]


def check(played, registry, *others):
    assert "PLAY RECAP" in played.output and sent(registry)
    for secret in (*sent(registry), *others):
        assert secret not in played.output
    assert "Authorization" not in played.output and "Bearer " not in played.output.replace("Bearer realm", "")


@pytest.mark.parametrize("way", ["words", "file"])
def test_a_login_is_nowhere_in_what_is_printed(way, play, registry, config, docker_save_tar):
    login = {"username": USER, "password": PASSWORD} if way == "words" else {"config_path": config}
    played = play(tasks(registry, docker_save_tar("app:1"), login), "-vvv", "--diff")
    assert played.changed >= 2 and "manifest_put: PUT 201" in played.output
    check(played, registry, PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())


def test_nor_is_one_that_is_refused(play, registry, docker_save_tar):
    login = {"username": USER, "password": WRONG}
    played = play(tasks(registry, docker_save_tar("app:1"), login, FEW), "-vvv", "--diff")
    assert "refused the login deployer" in played.output
    check(played, registry, WRONG, base64.b64encode(f"{USER}:{WRONG}".encode()).decode())


def test_nor_is_a_token(play, registry, docker_save_tar):
    played = play(tasks(registry, docker_save_tar("app:1"), {"token": IDENTITY}, FEW), "-vvv", "--diff")
    check(played, registry, IDENTITY)


def test_nor_is_a_login_in_the_url(play, registry, docker_save_tar):
    """It is refused, and not repeated by whoever refuses it."""
    url = registry.url.replace("://", f"://{USER}:{PASSWORD}@")
    task = {"name": "Push", "registry_api.v2.docker_tar_push": {
        "registry_url": url, "path": str(docker_save_tar("app:1")), "debug": True}}
    played = play([task], "-vvv", "--diff")
    assert played.failed == 1 and PASSWORD not in played.output
