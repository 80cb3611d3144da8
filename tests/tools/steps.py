# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of `make test`, in their order: each a command, where it runs and where it leaves its counts."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from environments import ENVIRONMENTS, ROOT

BUILD = ROOT / "build"
COPY = BUILD / "tree" / "ansible_collections" / "registry_api" / "v2"
IMPORTER = str(ENVIRONMENTS["importer"].bin / "python")
CLIENT = "plugins/module_utils/registry_api_v2_client"
PLUGIN = "pytest_oci_registry"
OUR_COLLECTION = ("env", f"ANSIBLE_COLLECTIONS_PATH={BUILD / 'tree'}")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Step:
    """`copy` runs it in the copied tree, not in the checkout; `junit` are patterns below the folder where it runs.

    `late` runs it behind those of the copied tree, which are done before the tests of the code. `plays` lets
    ansible-playbook start in milliseconds (ansible_forks.py).
    """

    name: str
    command: tuple[str, ...]
    copy: bool = False
    late: bool = False
    plays: bool = False
    junit: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        """Steps of one lane must not run at the same time: those of the copied tree write into it."""
        return "collection" if self.copy or self.late else "code"

    @property
    def folder(self) -> Path:
        return COPY if self.copy else ROOT

    def reports(self) -> list[Path]:
        return sorted(file for pattern in self.junit for file in self.folder.glob(pattern))


STEPS = (
    Step("ruff", ("ruff", "check", "--quiet", ".")),
    Step("mypy", ("mypy", CLIENT, PLUGIN)),
    Step("shellcheck", ("shellcheck", ".ci/run", "tests/tools/with-python.sh")),
    Step(
        "pytest",
        (
            "pytest", "tests", "-q", "-rfEs", "-n", "2",
            "--ignore=tests/soak", "--ignore=tests/faults", "--ignore=tests/unit",  # these run in steps of their own
            "--junitxml=build/junit/pytest.xml",
        ),
        junit=("build/junit/pytest.xml",),
    ),
    Step(
        "molecule",
        (*OUR_COLLECTION, "molecule", "test", "--all"),
        copy=True,
        plays=True,
        junit=("build/junit/molecule-*.xml",),
    ),
    # pslint reads PowerShell files, of which there are none, and needs PowerShell.
    Step(
        "sanity",
        ("ansible-test", "sanity", "--venv", "--color", "no", "--skip-test", "pslint", "--junit"),
        copy=True,
        junit=("tests/output/junit/ansible-test-sanity-*.xml",),
    ),
    Step(
        "units",
        ("ansible-test", "units", "--venv", "--color", "no", "--python", PYTHON, "--requirements"),
        copy=True,
        junit=("tests/output/junit/python*.xml",),
    ),
    Step("galaxy-importer", (IMPORTER, "tests/tools/import_collection.py", str(BUILD / "importer")), copy=True),
    Step("ansible-lint", (*OUR_COLLECTION, "ansible-lint", "--offline", "--profile", "production"), copy=True),
    Step("docs", ("python", "tests/tools/docs_site.py")),
    Step("release-check", ("python", "tests/tools/release_check.py")),
    Step("antsibull-docs", ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "."), copy=True),
    Step("antsibull-changelog", ("antsibull-changelog", "lint"), copy=True),
    Step("reuse", ("reuse", "lint", "--lines"), copy=True),
    # These wait for retries and timeouts most of the time, so more of them than processors run at once.
    Step(
        "faults",
        ("pytest", "tests/faults", "-q", "-rfEs", "-n", "6", "--junitxml=build/junit/faults.xml"),
        late=True,
        junit=("build/junit/faults.xml",),
    ),
)
