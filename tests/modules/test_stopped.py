# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module that is told to stop, or whose file changes under it: one sentence, no upload left, nothing half tagged."""

from __future__ import annotations

import os
import signal
import time

import pytest

from pytest_oci_registry.tars import ImageSpec, LayerSpec, save_tar

SENTENCE = "The task was told to stop; uploads under way were released, and no image is half tagged."


@pytest.fixture
def started(modules):
    """Call it with the options of docker_tar_push: the process, running. Its result is all that it printed."""
    return lambda **options: modules.start("docker_tar_push", **options)


def wait_for(registry, operation):
    end = time.monotonic() + 60
    while not registry.requests.filter(operation=operation):
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda one: one.name)
@pytest.mark.parametrize("operation", ["upload_put", "blob_head", "manifest_put"])
def test_a_signal_ends_the_push_with_one_sentence(registry, tmp_path, started, number, operation):
    tar = save_tar(tmp_path / "app.tar", "app:1")
    with registry.stall(operation, times=None):
        process = started(registry_url=registry.url, path=[str(tar)])
        wait_for(registry, operation)
        os.kill(process.pid, number)
        result = process.result()
    assert result["failed"] and result["msg"] == SENTENCE
    assert registry.forget_uploads() == 0 and not registry.image("app:1").exists


@pytest.mark.parametrize("change", ["written", "truncated"])
def test_a_tar_that_changes_while_it_is_sent_is_named(registry, tmp_path, started, change):
    tar = save_tar(tmp_path / "app.tar", ImageSpec(("app:1",), layers=[LayerSpec(size="20MB")]))
    registry.slow("upload_put", bytes_per_second="20MB")
    process = started(registry_url=registry.url, path=[str(tar)])
    wait_for(registry, "upload_put")
    if change == "truncated":
        os.truncate(tar.path, 100_000)
    else:
        with tar.path.open("r+b") as file:
            file.seek(18_000_000)
            file.write(b"\xff" * 1_000_000)
    result = process.result()
    assert result["error"]["code"] == "changed" and str(tar) in result["msg"]
    assert not registry.image("app:1").exists
