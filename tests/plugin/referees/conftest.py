# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The real distribution 2.8 and 3.1, one process of each in a session, and the personalities that imitate them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from needed import needs
from tools import tool

from pytest_oci_registry.backends.process import process_registry
from pytest_oci_registry.backends.want import Want
from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings
from pytest_oci_registry.settings import Settings

VERSIONS = {2: "2.8.", 3: "3.1."}


class Pair:
    """The URLs of a real registry and of its imitation."""

    def __init__(self, version: int, real: str, imitation: str) -> None:
        self.version, self.real, self.imitation = version, real, imitation


@pytest.fixture(scope="session", params=sorted(VERSIONS), ids=["distribution2", "distribution3"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    version: int = request.param
    executable = needs("docker-registry") if version == 2 else tool("registry")
    folder: Path = tmp_path_factory.mktemp(f"distribution{version}")
    with ExitStack() as stack:
        real = stack.enter_context(process_registry(Settings(executable=executable), Want(), folder))
        if not real.version.startswith(VERSIONS[version]):
            pytest.skip(f"left out: {executable} is {real.version}, not {VERSIONS[version]}x")
        imitation = EmbeddedRegistry(ServerSettings(personality=f"distribution{version}"))
        yield Pair(version, real.url, stack.enter_context(imitation).url)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OCI_")]:
        monkeypatch.delenv(name)
