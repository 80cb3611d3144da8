# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One layer of two gigabytes into docker-registry: memory stays small, and the second push reads and sends nothing."""

from __future__ import annotations

import shutil

import pytest
from debian_registry import debian_registry
from soak_scale import MIB, SCALE

from pytest_oci_registry.tar_factory import TarFactory

READ = 4 * MIB  # bytes that a second push may read: headers of the tar, documents, answers
MOST = {"none": 64 * 10**6, "gzip": 128 * 10**6}  # bytes of memory
FILL = {"none": "zeros", "gzip": "text"}  # a hole in the file, and what compresses well


@pytest.fixture
def tar(tmp_path, compression):
    """The image; fails in one sentence where it and what the registry keeps of it do not fit on the disk."""
    free, wanted = shutil.disk_usage(tmp_path).free, 5 * SCALE.layer // 2
    assert free > wanted, f"{tmp_path} has {free} bytes free; this test wants {wanted}"
    yield TarFactory(tmp_path)("app:1", layers=1, size=SCALE.layer, fill=FILL[compression])
    for file in tmp_path.iterdir():
        file.unlink()


@pytest.mark.parametrize("compression", MOST)
def test_a_large_layer(compression, tar, modules, tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    with debian_registry(folder) as url:
        words = {"path": str(tar.path), "registry_url": url, "name": "app", "tags": ["1"], "compression": compression}
        first = modules.start("docker_tar_push", **words)
        assert first.result()["changed"]
        second = modules.start("docker_tar_push", **words)
        assert second.result()["changed"] is False
    shutil.rmtree(folder)
    print(f"{compression}: {first.largest} and {second.largest} bytes of memory, {first.read} and {second.read} read")
    assert max(first.largest, second.largest) <= MOST[compression]
    assert second.read < READ < SCALE.layer <= first.read
