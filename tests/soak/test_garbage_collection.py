# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docker-registry collects garbage behind its cache, or during a push: no run is green whose image cannot be pulled."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from contextlib import contextmanager

import pytest
from compressing import push
from registry_api_v2_client import delete_image
from soak_scale import SCALE

from pytest_oci_registry.backends.process import find_executable, running, wait_for_port
from pytest_oci_registry.look.http_source import HttpSource
from pytest_oci_registry.look.validator import validate_image
from pytest_oci_registry.settings import Settings
from pytest_oci_registry.tars import LayerSpec


class Registry:
    """docker-registry over one folder; each `serving` is another process, with an empty cache."""

    def __init__(self, folder, cache):
        storage = {"filesystem": {"rootdirectory": str(folder / "data")}, "delete": {"enabled": True}}
        if cache:
            storage["cache"] = {"blobdescriptor": "inmemory"}
        self.url = ""
        self._program = find_executable(Settings())
        self._config, self._log = folder / "config.yml", folder / "registry.log"
        self._config.write_text(json.dumps({
            "version": "0.1", "log": {"level": "info"}, "storage": storage, "http": {"addr": "127.0.0.1:0"}}))

    @contextmanager
    def serving(self):
        command = [self._program, "serve", str(self._config)]
        with self._log.open("wb") as output, running(command, output) as process:
            self.url = f"http://127.0.0.1:{wait_for_port(process, self._log, 30)}"
            yield self

    def collect(self):
        subprocess.run([self._program, "garbage-collect", str(self._config)], check=True, capture_output=True)

    def problems(self):
        return validate_image(HttpSource(self.url), "app", "1").problems

    def has_tag(self):
        return HttpSource(self.url).manifest("app", "1") is not None


@pytest.mark.parametrize("options", [{}, {"force": True}, {"verify_existing": True}], ids=str)
@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_collection_behind_the_cache(docker_save_tar, tmp_path, compression, options):
    tar, registry = docker_save_tar("app:1", layers=3, size=30_000), Registry(tmp_path, cache=True)
    with registry.serving():
        assert push(registry, tar, compression=compression).error is None
        asyncio.run(delete_image(registry.url, "app", "1"))
        registry.collect()
        result = push(registry, tar, compression=compression, **options)
        if result.error is None:
            assert registry.problems() == []
        else:
            assert result.error.code == "lost-blob" and not registry.has_tag()
    with registry.serving():
        assert push(registry, tar, compression=compression, force=True).error is None
        assert registry.problems() == []


@pytest.mark.parametrize("seed", range(SCALE.collections))
def test_a_collection_during_a_push_is_repaired_by_a_second_run(docker_save_tar, tmp_path, seed):
    layers = [LayerSpec(size=size, seed=str(size)) for size in range(20_000, 50_000, 5_000)]
    tar, registry, moment = docker_save_tar("app:1", layers=layers), Registry(tmp_path, cache=False), []
    last = random.Random(seed).randint(2, len(layers))

    def collect(digest, _done, _size):
        if digest not in moment:
            moment.append(digest)
            if len(moment) == last:
                registry.collect()

    with registry.serving():
        result = push(registry, tar, compression="none", settings={"max_concurrent": 1}, progress=collect)
        assert result.error.code == "lost-blob" and not registry.has_tag()
        assert result.error.hint.startswith("Run the task again")
        assert push(registry, tar, compression="none").error is None
        assert registry.problems() == []
