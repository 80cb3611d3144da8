# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tests/soak in the environment of `make test`, at the scale that SOAK names, and prints the closing count.

The full scale tries the properties of a push two thousand times each as well. With CI=true a skipped test is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import debian
from check import HOME, environment
from counts import count
from environments import ROOT, ensure
from steps import BUILD

REPORT = BUILD / "junit" / "soak.xml"
FILES = {"full": ("tests/soak", "tests/client/push/test_push_properties.py"), "short": ("tests/soak",)}
PUSHES = "2000"


def main() -> int:
    began = time.monotonic()
    scale = os.environ.get("SOAK", "full")
    if scale not in FILES:
        print(f"error: SOAK={scale} is neither full nor short")
        return 2
    complete = debian.main() == 0
    ensure("dev")
    for folder in (HOME, REPORT.parent):
        folder.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    # -rP shows what the tests measured.
    command = ["pytest", *FILES[scale], "-q", "-rfEsP", "-n", "2", f"--junitxml={REPORT}"]
    variables = {**environment(), "SOAK": scale, "PUSH_EXAMPLES": PUSHES}
    done = subprocess.run(command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, check=False)
    counts = count(done.returncode, "", [REPORT] if REPORT.is_file() else [])
    print(f"make soak SOAK={scale} took {time.monotonic() - began:.0f} s\n{counts}")
    strict = os.environ.get("CI") == "true" and (counts.skipped or not complete)
    return 1 if counts.failed or strict else 0


if __name__ == "__main__":
    sys.exit(main())
