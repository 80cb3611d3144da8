# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Runs of pytest inside of pytest, for what users see: options, markers, reports."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the counts of the conformance program, and what was left out for want of a program."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    counts = [value for report in reports for name, value in getattr(report, "user_properties", ())
              if name == "conformance" and report.when == "call"]
    skipped = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])
               if isinstance(report.longrepr, tuple)]
    left_out = sorted({reason for reason in skipped if "left out: " in reason})
    if counts or left_out:
        terminalreporter.section("conformance program")
        for line in [*counts, *left_out]:
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's environment says must not decide these tests."""
    for name in [name for name in os.environ if name.startswith("OCI_REGISTRY")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Call it with the source of a test file and arguments: a run of pytest, in a process of its own where asked.

    Only our plugin is loaded; others are named by `-p`, since all that are installed would cost a second each time.
    """
    # What is loaded now is not loaded again by each inner run.
    import_module("pytest_oci_registry.server.registry")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def inner(source: str, *arguments: str, ini: str = "", conftest: str = "", own: bool = False) -> pytest.RunResult:
        pytester.makepyfile(test_it=source)
        if ini:
            pytester.makeini("[pytest]\n" + ini)
        if conftest:
            pytester.makeconftest(conftest)
        words = ["-p", "pytest_oci_registry.plugin", "-p", "no:cacheprovider", *arguments]
        return pytester.run(sys.executable, "-m", "pytest", *words) if own else pytester.runpytest_inprocess(*words)

    return inner
