# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Debian's docker-registry as a process on a free port; the real thing beside the embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from needed import needs

from pytest_oci_registry.backends.process import process_registry
from pytest_oci_registry.backends.want import Want
from pytest_oci_registry.settings import Settings


@contextmanager
def debian_registry(folder: Path) -> Iterator[str]:
    """The URL of a registry that lives as long as the block; a machine without it skips the test, in CI it fails."""
    with process_registry(Settings(executable=needs("docker-registry")), Want(), folder) as given:
        yield given.url
