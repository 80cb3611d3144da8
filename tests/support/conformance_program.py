# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The specification's conformance program: it runs against a registry, and prints a line for each check."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tools import tool

_LINE = re.compile(r"^\s*(\S.*?): (Pass|FAIL)$", re.MULTILINE)
_CHECK = "OCI Conformance Test"


@dataclass(frozen=True)
class Outcome:
    """The lines of one run that passed and that failed, by their names, and what the program printed."""

    passed: list[str]
    failed: list[str]
    printed: str

    @property
    def counts(self) -> str:
        """For the summary: `831 passed, 0 failed`."""
        return f"{len(self.passed)} passed, {len(self.failed)} failed"

    @property
    def failed_checks(self) -> list[str]:
        """The names of the checks that failed, without the lines that sum up."""
        return sorted(line for line in self.failed if line.startswith(_CHECK))


def run(url: str, folder: Path, ca_file: str = "", **settings: str) -> Outcome:
    """Run the program against a registry; its reports are left in the folder. Settings are its variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OCI_")}
    repository = f"conformance/{uuid4().hex[:10]}"
    environment.update(OCI_REGISTRY=urlsplit(url).netloc, OCI_REPO1=f"{repository}/one", OCI_REPO2=f"{repository}/two")
    environment.update({"OCI_TLS": "enabled", "SSL_CERT_FILE": ca_file} if ca_file else {"OCI_TLS": "disabled"})
    done = subprocess.run([tool("oci-conformance")], env={**environment, **settings}, cwd=folder, capture_output=True,
                          text=True, timeout=120, check=False)
    lines = _LINE.findall(done.stdout)
    assert lines, done.stderr
    return Outcome([name for name, word in lines if word == "Pass"], [name for name, word in lines if word == "FAIL"],
                   done.stdout + done.stderr)
