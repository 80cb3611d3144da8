# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make coverage`: which lines and branches of the client its tests reach; below LEAST percent of lines it fails.

Modules run in processes of their own and are not counted: what counts is reached by tests of the client itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from environments import ROOT, ensure

CLIENT = "plugins/module_utils/registry_api_v2_client"
TESTS = ("tests/client", "tests/docs", "tests/corpus", "tests/faults")
WORK = ROOT / "build" / "coverage"
LEAST = 95.0  # percent of lines
SHOWN = 12  # files with the most lines that no test reaches


def main() -> int:
    programs = ensure("dev")
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    environment = {**os.environ, "COVERAGE_FILE": str(WORK / "data"), "PATH": f"{programs}:{os.environ['PATH']}"}
    tests = [name for name in TESTS if (ROOT / name).is_dir()]
    words = [programs / "pytest", *tests, "-q", "-n", "2", f"--cov={CLIENT}", "--cov-branch", "--cov-report="]
    status = subprocess.run([*words, f"--cov-report=json:{WORK / 'report.json'}"], cwd=ROOT, env=environment,
                            check=False).returncode  # fmt: skip
    return report() or status


def report() -> int:
    """Print the figures; status 1 below LEAST."""
    found = json.loads((WORK / "report.json").read_text())
    files = sorted(found["files"].items(), key=lambda item: -item[1]["summary"]["missing_lines"])
    for name, one in files[:SHOWN]:
        if one["summary"]["missing_lines"]:
            count, short = one["summary"]["missing_lines"], name.removeprefix(f"{CLIENT}/")
            print(f"{count:>4} lines missed  {short}: {_ranges(one)}")
    totals = found["totals"]
    lines = 100 * totals["covered_lines"] / totals["num_statements"]
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"coverage of the client: {lines:.1f} % of {totals['num_statements']} lines, "
          f"{branches:.1f} % of {totals['num_branches']} branches")  # fmt: skip
    if lines <= LEAST:
        print(f"error: more than {LEAST:g} % of lines have to be reached")
    return 0 if lines > LEAST else 1


def _ranges(one: dict[str, list[int]]) -> str:
    lines = one["missing_lines"]
    return ", ".join(map(str, lines[:20])) + (" ..." if len(lines) > 20 else "")


if __name__ == "__main__":
    sys.exit(main())
