# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker-registry on a disk of four megabytes: an image that does not fit ends in one sentence and harms no other."""

from __future__ import annotations

import json
import subprocess

import pytest

from pytest_oci_registry.backends.process import find_executable, running, wait_for_port
from pytest_oci_registry.look.http_source import HttpSource
from pytest_oci_registry.look.validator import validate_image
from pytest_oci_registry.settings import Settings

MOUNT = 'mount -t tmpfs -o size=4m none "$1" && exec "$2" serve "$3"'


@pytest.fixture
def url(tmp_path):
    """A registry that keeps its data on a small file system, in a name space of its own."""
    (tmp_path / "data").mkdir()
    config, log = tmp_path / "config.yml", tmp_path / "registry.log"
    storage = {"filesystem": {"rootdirectory": str(tmp_path / "data")}, "delete": {"enabled": True}}
    config.write_text(json.dumps({
        "version": "0.1", "log": {"level": "info"}, "storage": storage, "http": {"addr": "127.0.0.1:0"}}))
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine allows no mount in a name space of one's own")
    words = [str(tmp_path / "data"), find_executable(Settings()), str(config)]
    command = ["unshare", "-rm", "sh", "-c", MOUNT, "sh", *words]
    with log.open("wb") as output, running(command, output) as process:
        yield f"http://127.0.0.1:{wait_for_port(process, log, 10)}"


def test_a_full_disk_is_one_sentence_and_harms_nothing(url, modules, tars):
    words = {"registry_url": url, "name": "team/app", "retries": 1}
    assert modules("docker_tar_push", path=str(tars["small"].path), tags=["1"], **words)["changed"]
    full = modules("docker_tar_push", path=str(tars["big"].path), tags=["2"], **words)
    assert full["error"]["code"] == "gave-up" and full["error"]["status"] >= 500, full["msg"]
    source = HttpSource(url)
    assert validate_image(source, "team/app", "1").problems == [] and source.manifest("team/app", "2") is None
