# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The closing count of `make test`: what passes, what fails and what was left out."""

from __future__ import annotations

import pytest
from counts import Counts, count

REPORT = "<testsuites><testsuite>{}</testsuite></testsuites>"
PASSED = "<testcase/>"
FAILED = "<testcase><failure/></testcase>"
BROKEN = "<testcase><error/></testcase>"
SKIPPED = '<testcase><skipped type="pytest.skip">no skopeo</skipped></testcase>'
EXPECTED = '<testcase><skipped type="pytest.xfail"/></testcase>'
INAPPLICABLE = "<testcase><skipped>No tests applicable.</skipped></testcase>"


@pytest.mark.parametrize(
    ("status", "cases", "counts"),
    [
        (0, [PASSED, PASSED], Counts(2, 0, 0)),
        (1, [PASSED, FAILED, BROKEN], Counts(1, 2, 0)),
        (0, [PASSED, SKIPPED], Counts(1, 0, 1)),
        (0, [EXPECTED, INAPPLICABLE], Counts(1, 0, 0)),
        (2, [PASSED], Counts(1, 1, 0)),
    ],
)
def test_reports_are_counted_case_by_case(tmp_path, status, cases, counts):
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format("".join(cases)))
    assert count(status, "", [report]) == counts


@pytest.mark.parametrize(("status", "counts"), [(0, Counts(passed=1)), (1, Counts(failed=1)), (-9, Counts(failed=1))])
def test_a_step_without_a_report_is_one_check(status, counts):
    assert count(status, "", []) == counts


@pytest.mark.parametrize(
    ("words", "skipped"),
    [
        ('WARNING: Required program "shellcheck" not found.', 1),
        ('WARNING: Skipping sanity test "compile" on Python 3.9 because it could not be found.', 0),
        ("WARNING: Using locale C.UTF-8", 0),
    ],
)
def test_what_ansible_test_leaves_out_is_counted(words, skipped):
    assert count(0, words, []).skipped == skipped


def test_the_closing_line_names_skips_only_where_there_are_some():
    assert str(Counts(3, 0, 0)) == "3 passed, 0 failed"
    assert str(Counts(3, 1, 2)) == "3 passed, 1 failed, 2 skipped"
