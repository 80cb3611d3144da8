# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The specification's conformance program against the embedded registry, in every mode, and against the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import conformance_program
import pytest

from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings

LOGIN = {"OCI_USERNAME": "user", "OCI_PASSWORD": "secret"}
SPARSE = {"OCI_DATA_SPARSE": "true"}


@dataclass(frozen=True)
class Mode:
    """Settings of the registry and of the program, and how many lines pass at least."""

    server: dict[str, Any] = field(default_factory=dict)
    program: dict[str, str] = field(default_factory=dict)
    lines: int = 831


MODES = {
    "default": Mode(),
    "dev": Mode(program={"OCI_VERSION": "dev"}, lines=941),
    "1.0": Mode(program={"OCI_VERSION": "1.0"}, lines=821),
    "basic": Mode({"auth": ("basic", "user", "secret")}, LOGIN),
    "token": Mode({"auth": ("token", "user", "secret")}, LOGIN),
    "tls": Mode({"tls": True}),
    "relative": Mode({"locations": "relative"}),
    "sparse": Mode({"check_references": False}, SPARSE, 872),
    "dev, sparse": Mode({"check_references": False}, {"OCI_VERSION": "dev", **SPARSE}, 982),
    "harbor": Mode({"personality": "harbor"}),
}


@pytest.mark.parametrize("name", list(MODES))
def test_the_embedded_registry_conforms(name: str, tmp_path: Path, record_property: Any) -> None:
    mode = MODES[name]
    with EmbeddedRegistry(ServerSettings(**mode.server)) as registry:
        outcome = conformance_program.run(registry.url, tmp_path, registry.ca_file or "", **mode.program)
    record_property("conformance", f"{name}: {outcome.counts}")
    assert outcome.failed == [], outcome.printed[-3000:]
    assert len(outcome.passed) >= mode.lines


def test_a_personality_fails_what_the_real_one_fails(pair: Any, tmp_path: Path, record_property: Any) -> None:
    real, ours = (conformance_program.run(url, tmp_path) for url in (pair.real, pair.imitation))
    record_property("conformance", f"distribution {pair.version}: {real.counts}; imitated: {ours.counts}")
    assert real.failed_checks == ours.failed_checks != []
