# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step of `make test` came to: counts from exit status, JUnit files and words about what was skipped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# ansible-test's words when a program is absent.
LEFT_OUT = re.compile(
    r"^WARNING: (?:Skipping (?!.*could not be found)|Required program |All targets skipped).*", re.MULTILINE
)
# A sanity test without a file to judge, or for an interpreter that is not here: `make test-matrix` tells which are.
NOT_FOR_HERE = re.compile(r"No tests applicable|on Python \S+ because it could not be found")


@dataclass(frozen=True)
class Counts:
    """How many checks passed, failed and were skipped; adds up."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def count(status: int, output: str, junit: Iterable[Path]) -> Counts:
    """Return the counts of a step that ended with `status`.

    A step without JUnit files counts as one check. A status other than 0 is a failure even where no single check
    failed, such as a collection error.
    """
    counts = sum((count_junit(file) for file in junit), Counts())
    counts += Counts(skipped=len(LEFT_OUT.findall(output)))
    if status != 0 and counts.failed == 0:
        return counts + Counts(failed=1)
    return counts if counts.passed or counts.failed else counts + Counts(passed=1)


def count_junit(file: Path) -> Counts:
    """Return the counts of one file; an expected failure (xfail) passes, since it is strict."""
    return sum((count_case(case) for case in ET.parse(file).getroot().iter("testcase")), Counts())


def count_case(case: ET.Element) -> Counts:
    if case.find("failure") is not None or case.find("error") is not None:
        return Counts(failed=1)
    skipped = case.find("skipped")
    if skipped is not None and NOT_FOR_HERE.search(skipped.text or ""):
        return Counts()
    if skipped is not None and skipped.get("type") != "pytest.xfail":
        return Counts(skipped=1)
    return Counts(passed=1)
