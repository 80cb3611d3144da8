# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make bench`: pushes the same images by us and by others in turns, and writes docs/benchmarks.md from medians.

--quick divides sizes by 8 and takes one round, to see that all works; it writes below build/ only.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
sys.path.insert(0, str(ROOT / "tests" / "tools"))
QUIET = 0.5  # load average above which the clock measures others, too
PARTS = ("eight", "sixty", "large", "hundred", "tags", "quiet", "growth", "traffic")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small images, one round")
    parser.add_argument("--rounds", type=int, default=0, help="how often each is measured (5)")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure only this; the rest as it was")
    return parser.parse_args()


def main() -> None:
    """Measure what was asked for, keep it below build/bench, and write the page from all that is kept."""
    words = arguments()
    from environments import ensure

    python = Path(os.environ.get("BENCH_PYTHON") or ensure("dev") / "python")
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])
    BUILD.mkdir(parents=True, exist_ok=True)
    import measurements
    import report

    scale, rounds = (8, words.rounds or 1) if words.quick else (1, words.rounds or 5)
    load = os.getloadavg()[0]
    if load > QUIET:
        print(f"warning: others use this machine (load average {load:.1f}); the page will say so", flush=True)
    kept = BUILD / f"results-{scale}.json"
    results = json.loads(kept.read_text()) if kept.is_file() and words.only else {}
    results["load"] = max(load, results.get("load", 0))
    with tempfile.TemporaryDirectory(prefix="registry-api-home-") as home:
        run = measurements.Run(BUILD, scale, rounds, Path(home))
        for part in words.only or PARTS:
            results[part] = getattr(run, part)()
            kept.write_text(json.dumps(results, indent=1))
    folder = BUILD if words.quick else ROOT / "docs"
    report.write(results, folder, rounds)


if __name__ == "__main__":
    main()
