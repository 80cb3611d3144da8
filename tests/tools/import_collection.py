# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the collection in the current folder and has galaxy-importer judge the tarball, as Galaxy does on upload."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SETTINGS = {
    "GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true",
    "GALAXY_IMPORTER_RUN_FLAKE8": "false",
    "GALAXY_IMPORTER_RUN_ANSIBLE_TEST": "false",
}


def main() -> int:
    """Return 0 when the importer accepts the tarball with neither an error nor a warning."""
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    programs = Path(sys.executable).parent
    subprocess.run([programs / "ansible-galaxy", "collection", "build", "--output-path", folder], check=True)
    environment = {**os.environ, **SETTINGS, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "galaxy_importer.main", *folder.glob("*.tar.gz")]
    run = {"cwd": folder, "env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, **run, check=False)
    output = done.stdout.decode(errors="replace")
    print(output)
    return 1 if done.returncode or re.search("^(ERROR|WARNING)", output, re.MULTILINE) else 0


if __name__ == "__main__":
    sys.exit(main())
