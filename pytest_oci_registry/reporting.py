# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a person reads: the header of a run, the log of a failed test, sentences about rules that were not used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from .backends.want import MissingBackend
from .registry import Registry, write_sentence
from .settings import Settings

LOG_LINES = 100
"""Lines of the request log that a report shows; the newest ones."""
SERVER_CHARACTERS = 3000
"""Characters of what a registry process printed."""


def header(settings: Settings) -> str:
    """One line of the report's header."""
    return "oci-registry: " + ", ".join(describe(name, settings) for name in settings.backends)


def describe(backend: str, settings: Settings) -> str:
    """One backend with its version, or with the fact that it is missing."""
    if backend == "embedded":
        return "embedded (conformance 1.1)"
    if backend == "external":
        return f"external {settings.url or '(no URL)'}"
    try:
        return _found(backend, settings)
    except MissingBackend:
        return f"{backend} (missing)"


def _found(backend: str, settings: Settings) -> str:
    if backend == "process":
        from .backends.process import find_executable, find_version

        executable = find_executable(settings)
        return f"process {Path(executable).name} {find_version(executable)}".strip()
    from .backends.container import find_runtime

    return f"container {settings.image} by {Path(find_runtime(settings)).name}"


def attach(report: pytest.TestReport, when: str, registries: Sequence[Registry]) -> None:
    """Add a section for each registry: always, for failures, or never."""
    wanted = {"all": report.when == "call" or report.failed, "failed": report.failed, "none": False}[when]
    for registry in registries if wanted else ():
        report.sections.append((f"oci-registry {registry.backend} {registry.netloc}", section(registry)))


def section(registry: Registry) -> str:
    """Differences that were found, the request log, and what a registry process printed."""
    parts = list(registry.notes)
    if registry.given.controls is not None:
        lines = str(registry.requests).splitlines()
        parts += [f"... {len(lines) - LOG_LINES} earlier requests"] if len(lines) > LOG_LINES else []
        parts += lines[-LOG_LINES:]
    if registry.given.log_file:
        parts.append(printed(Path(registry.given.log_file)))
    return "\n".join(parts)


def printed(log: Path) -> str:
    """The end of what a registry process printed: its access log and its warnings."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
    return "\n".join(line for line in lines if "level=info" not in line)[-SERVER_CHARACTERS:]


def unused_sentences(registries: Sequence[Registry]) -> list[str]:
    """One sentence for each fault rule that was not used; the rules then end, so that no later test hears of them."""
    sentences = []
    for registry in registries:
        if registry.given.controls is None:
            continue
        for rule in registry.unused_rules():
            sentences.append(unused_sentence(rule, registry))
            rule.times = rule.hits
            rule.end()
    return sentences


def unused_sentence(rule: Any, registry: Registry) -> str:
    """What was expected, and what came instead."""
    seen = Counter(entry.operation for entry in registry.requests)
    listed = ", ".join(f"{count} {name}" for name, count in sorted(seen.items())) or "none at all"
    words = ", ".join(f'"{name}"' for name in rule.operations)
    often = "never used" if not rule.hits else f"used {rule.hits} times of {rule.times}"
    return (f"registry.fail({words}, {rule.fault}) was {often}: "
            f"this test sent {len(registry.requests)} requests ({listed}).")


def explain_requests(left: Sequence[Any], right: Sequence[Any]) -> list[str]:
    """A comparison of two lists of requests in words."""
    if not right:
        return [write_sentence(list(left)), *map(str, left)]
    return [f"{len(left)} requests == {len(right)} requests", "left:", *map(str, left), "right:", *map(str, right)]
