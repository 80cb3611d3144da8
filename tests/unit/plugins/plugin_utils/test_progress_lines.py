# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which lines a push shows, and when: a clock of our own, counts as the module writes them."""

from __future__ import annotations

import pytest
from ansible_collections.registry_api.v2.plugins.plugin_utils._progress_lines import ProgressLines

USUAL = {
    "label": "team/app:1.4.2", "images": 1, "images_done": 0, "layers": 11, "layers_to_send": 3, "layers_done": 0,
    "bytes": 412_000_000, "bytes_done": 0, "seconds": 0.0, "retried": 0, "retries": [],
}


def counts(**words):
    return {**USUAL, **words}


@pytest.fixture
def lines():
    return ProgressLines("edge-7")


def moments(lines, until, **words):
    """The seconds at which something is said when looked at every second."""
    return [second for second in range(until + 1) if lines.look(second, counts(**words))]


def test_moments_of_a_ten_minute_push(lines):
    assert moments(lines, 600) == [5, 15, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]


def test_the_first_lines(lines):
    assert lines.look(4.9, counts()) == []
    assert lines.look(5.2, counts(layers_done=1, bytes_done=130_200_000, seconds=5.0)) == [
        "[edge-7] team/app:1.4.2  8 of 11 layers present, 3 to send, 412.0 MB",
        "[edge-7] team/app:1.4.2  1/3 layers  130.2/412.0 MB  26.0 MB/s  11 s left",
    ]


def test_many_images_are_one_line_for_the_task(lines):
    lines.look(5, counts(images=12, label="", bytes=8_400_000_000))
    done = counts(images=12, label="", images_done=3, bytes=8_400_000_000, bytes_done=1_900_000_000, seconds=19.8)
    assert lines.look(20, done) == ["[edge-7] 3/12 images  1.9/8.4 GB  96.0 MB/s  68 s left"]


def test_a_complete_image_is_said_but_not_every_second(lines):
    lines.look(5, counts(images=300))
    assert [second for second in range(6, 15) if lines.look(second, counts(images=300, images_done=second))] == [10]


def test_tries_have_their_own_lines(lines):
    lines.look(5, counts())
    said = "team/app:1.4.2  layer 9 again after 503 (try 2 of 5, in 4 s)"
    assert lines.look(15, counts(retried=1, retries=[said]))[0] == f"[edge-7] {said}"
    assert len(lines.look(30, counts(retried=1, retries=[said]))) == 1


def test_many_tries_at_once_are_counted(lines):
    shown = lines.look(5, counts(retried=40, retries=[f"try {number}" for number in range(20, 40)]))
    assert shown[1] == "[edge-7] 35 more tries before these"
    assert shown[2:-1] == [f"[edge-7] try {number}" for number in range(35, 40)]


def test_the_end_is_said_where_something_was_said_before(lines):
    whole = counts(layers_done=3, images_done=1, bytes_done=412_000_000, seconds=15.8)
    assert lines.end(4, whole) == []
    lines.look(5, counts())
    assert lines.end(16, whole) == ["[edge-7] team/app:1.4.2  3/3 layers  412.0/412.0 MB  26.1 MB/s  16 s in all"]


def test_nothing_to_send_is_silent(lines):
    assert moments(lines, 100, images=0) == []
    assert lines.end(100, counts(images=0)) == []


@pytest.mark.parametrize(("rate", "left"), [(4_000_000, "102 s"), (400_000, "17 min"), (4_000, "29 h")])
def test_times_that_people_read(lines, rate, left):
    assert lines.look(5, counts(bytes_done=rate, seconds=1.0))[-1].endswith(f"{left} left")


def test_lines_are_short_and_ascii(lines):
    long = counts(bytes_done=1, seconds=1.0, bytes=999_900_000_000)
    assert all(len(line) < 100 and line.isascii() and "\r" not in line for line in lines.look(5, long))
