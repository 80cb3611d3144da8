# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The log tells what was asked and answered, and no secret at any level."""

from __future__ import annotations

import asyncio
import base64
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import registry_api_v2_client
from registry_api_v2_client import AuthenticationError, Login, RegistryClient, Settings, list_tags, push_docker_tar

PASSWORD = "s3cr3t-of-ci"
NAME = "registry_api_v2_client"


def secrets(text: str) -> list[str]:
    """What of the log nobody may see."""
    basic = base64.b64encode(f"ci:{PASSWORD}".encode()).decode()
    forbidden = (PASSWORD, basic, "Bearer ", "Basic ", "Authorization", "?digest=", "_state=")
    return [word for word in forbidden if word in text]


@pytest.mark.parametrize("token", [False, True])
def test_nothing_secret_is_logged_at_debug(registry_factory, docker_save_tar, caplog, token):
    registry = registry_factory(auth=("ci", PASSWORD), token=token)
    tar = docker_save_tar("app:1")
    with caplog.at_level(logging.DEBUG):
        asyncio.run(push_docker_tar(tar, registry.url, username="ci", password=PASSWORD))
    assert any(record.name == NAME for record in caplog.records)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(NAME))
    assert "manifest_put" in ours
    assert secrets(caplog.text) == []


@pytest.mark.registry(auth=("ci", PASSWORD))
def test_a_login_that_is_refused_is_not_logged(registry, caplog):
    wrong = f"not-{PASSWORD}"
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError) as caught:
        asyncio.run(list_tags(registry.url, "app", username="ci", password=wrong))
    assert PASSWORD not in caplog.text + str(caught.value)


def test_values_show_no_secret():
    login = Login(username="ci", password=PASSWORD, token=PASSWORD)
    assert PASSWORD not in repr(Settings("http://localhost:1", login))
    assert PASSWORD not in repr(RegistryClient("http://localhost:1", username="ci", password=PASSWORD).settings)


def test_an_unconfigured_logger_prints_nothing(tmp_path):
    script = f"import logging, {NAME}; logging.getLogger('{NAME}').error('heard?')"
    home = Path(registry_api_v2_client.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(home)}
    )
    assert (done.stdout, done.stderr) == ("", "")
