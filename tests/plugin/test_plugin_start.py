# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the plugin costs those who do not use it: nothing heavy at start, few milliseconds, no other plugins."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("aiohttp", "testinfra", "trustme", "cryptography", "docker", "ansible", "registry_api_v2_client", "zstandard",
         "http.client", "ssl", "tarfile", "pytest_ansible")


def python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *options, "-c", code], capture_output=True, text=True, env=environment,
                          check=True, timeout=60)


def test_nothing_heavy_is_imported_at_start() -> None:
    code = "import sys, pytest; before = set(sys.modules); import pytest_oci_registry.plugin; " \
           "print(*(set(sys.modules) - before))"
    loaded = python(code).stdout.split()
    assert [name for name in HEAVY if name in loaded] == []


def test_start_of_pytest_gains_less_than_50_ms_of_cpu() -> None:
    code = "import time, pytest; before = time.process_time(); import pytest_oci_registry.plugin; " \
           "print(time.process_time() - before)"
    # The best of three: the neighbours of a busy machine slow each other down.
    assert min(float(python(code).stdout) for _number in range(3)) < 0.05


@pytest.mark.parametrize("module", ["tars", "validate"])
def test_tar_maker_and_validator_need_the_standard_library_only(module: str) -> None:
    code = f"import sys; import pytest_oci_registry.{module}; print(*sys.modules)"
    assert not {"aiohttp", "pytest", "zstandard"} & set(python(code).stdout.split())
