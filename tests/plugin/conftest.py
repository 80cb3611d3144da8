# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Runs of pytest inside of pytest, for what users see: options, markers, reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def plugin_arguments(config: pytest.Config) -> list[str]:
    """How an inner run finds the plugin: by its entry point, or by name where it is not installed."""
    return [] if config.pluginmanager.has_plugin("oci_registry") else ["-p", "pytest_oci_registry.plugin"]


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment says must not decide these tests."""
    for name in [name for name in os.environ if name.startswith("OCI_REGISTRY")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> Callable[..., Any]:
    """Call it with the source of a test file and arguments: a run of pytest in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def inner(source: str, *arguments: str, ini: str = "", conftest: str = "") -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        if ini:
            pytester.makeini("[pytest]\n" + ini)
        if conftest:
            pytester.makeconftest(conftest)
        return pytester.run(sys.executable, "-m", "pytest", *plugin_arguments(pytestconfig), "-p", "no:cacheprovider",
                            *arguments)

    return inner
