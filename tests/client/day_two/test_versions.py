# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Versions, lengths of time and moments, as people and images write them."""

from __future__ import annotations

import pytest
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.formats.durations import parse_length, parse_moment, written_moment
from registry_api_v2_client.formats.versions import natural, version_of


def test_versions_sort_as_numbers_with_candidates_first():
    candidates = ["1.0-alpha", "1.0-alpha.1", "1.0-rc.2", "1.0-rc.10"]
    ordered = ["0.9", *candidates, "1.0", "v1.2", "1.9", "1.10", "2024.1", "2024.11"]
    backwards = ordered[::-1]
    assert sorted(backwards, key=version_of) == ordered


@pytest.mark.parametrize("tag", ["latest", "stable", "main-7fa3c2d", "7fa3c2d", "v", "1.x", "12345e7", ""])
def test_other_tags_are_no_versions(tag):
    assert version_of(tag) is None


@pytest.mark.parametrize("tag", ["1", "v1", "1.2.3", "1.2.3-alpine", "2.0rc1", "1.0.0-beta.2", "2024-01-15"])
def test_these_are_versions(tag):
    assert version_of(tag) is not None


def test_trailing_zeros_make_no_difference():
    assert version_of("1.2") == version_of("1.2.0") == version_of("v1.2.0.0")


def test_names_sort_as_people_do():
    assert sorted(["app-10", "app-9", "app"], key=natural) == ["app", "app-9", "app-10"]


@pytest.mark.parametrize(("text", "seconds"), [
    ("30d", 30 * 86400), ("12h", 43200), ("2w", 1209600), ("90m", 5400), ("45s", 45), ("1d12h", 129600),
    (" 7D ", 604800),
])
def test_lengths(text, seconds):
    assert parse_length(text, "older_than") == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3y", "3 d", "1.5d", "9" * 12 + "d"])
def test_what_is_no_length_is_refused_with_the_option_named(text):
    with pytest.raises(ValidationError) as caught:
        parse_length(text, "older_than")
    assert "older_than" in caught.value.message and "30d" in caught.value.hint


@pytest.mark.parametrize(("text", "seconds"), [
    ("2024-01-15T10:00:00Z", 1705312800), ("2024-01-15T10:00:00.123456789Z", 1705312800),
    ("2024-01-15T12:00:00+02:00", 1705312800), ("2024-01-15T05:00:00-05:00", 1705312800),
])
def test_moments(text, seconds):
    assert parse_moment(text) == seconds
    assert written_moment(parse_moment(text)) == "2024-01-15T10:00:00Z"


@pytest.mark.parametrize("text", [
    None, "", 0, 17, "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2024-13-01T00:00:00Z",
    "yesterday", "2024-01-15", {"a": 1}, "9999-12-31T23:59:59-23:59",
])
def test_missing_zero_and_what_no_calendar_has_mean_unknown(text):
    assert parse_moment(text) is None
