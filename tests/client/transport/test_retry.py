# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""When to try again, how long to wait, how many at once: numbers in, numbers out."""

from __future__ import annotations

import asyncio
import json

import pytest
from registry_api_v2_client.problems import problem
from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.settings import Settings
from registry_api_v2_client.transport.answers import failure
from registry_api_v2_client.transport.connection.gate import Gate
from registry_api_v2_client.transport.connection.retry import (
    LONGEST_RETRY_AFTER,
    Concurrency,
    Pace,
    delay,
    exhausted,
    is_temporary,
    retry_after,
)
from registry_api_v2_client.transport.request import Answer, Headers, Request

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 507, 522])
def test_these_may_pass(status):
    assert is_temporary(status)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 405, 413, 416, 499, 501, 505])
def test_these_stay(status):
    assert not is_temporary(status)


def test_waits_triple_and_are_spread_and_end():
    assert [round(delay(tries, 1), 3) for tries in range(1, 7)] == [0.6, 1.8, 5.4, 16.2, 30, 30]
    assert delay(1, 0) == pytest.approx(0.45)
    assert delay(10_000, 1) == 30


def test_the_default_retries_outlast_a_restart_of_fifteen_seconds():
    waits = [sum(delay(tries, chance) for tries in range(1, Settings("").retries + 1)) for chance in (0, 1)]
    assert 17 < waits[0] < waits[1] < 25


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("7", 7), (" 2 ", 2), ("3600", LONGEST_RETRY_AFTER), ("9" * 400, LONGEST_RETRY_AFTER),
        ("Fri, 15 Jan 2027 08:00:09 GMT", 9), ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("soon", None), ("", None), ("-1", None), ("1.5", None), ("\u0663", None),
        ("Fri, 99 Jan 2027 25:00:00 GMT", None),
    ],
)
def test_both_forms_of_retry_after(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_one_hosts_trouble_holds_all_and_a_longer_wait_stays():
    pace = Pace()
    pace.pause_for(5, 100)
    pace.pause_for(1, 101)
    assert [pace.wait(now) for now in (100, 104, 106)] == [5, 1, 0]


def test_concurrency_halves_once_per_burst_and_comes_back_slowly():
    places = Concurrency(4)
    for _answer in range(3):
        places.on_throttled()
    assert places.allowed == 2
    for _answer in range(2 * Concurrency.SUCCESSES_PER_SLOT):
        places.on_success()
    assert places.allowed == 3


def test_concurrency_never_falls_below_one_nor_rises_above_its_limit():
    places = Concurrency(2)
    for _round in range(5):
        places.on_throttled()
        places.on_success()
    assert places.allowed == 1
    for _answer in range(100):
        places.on_success()
    assert places.allowed == 2


def test_the_last_error_says_how_often_was_tried():
    error = problem(
        "gave-up", registry="r", cause="answered 503", what="x", doing="sent", status=503, advice="Run again"
    )
    error.retryable = True
    assert exhausted(error, 5, 18.4).message == "r answered 503 to 5 tries in 18 s while x was sent."
    assert str(error).startswith("r answered 503 to 5 tries in 18 s")


def test_an_error_without_an_answer_says_it_too():
    error = problem("unreachable", registry="r", url="http://r", cause="refused by r:80", retryable=True)
    assert exhausted(error, 5, 20).message.endswith("refused by r:80 (5 tries in 20 s).")
    assert exhausted(error, 1, 0) is error


@pytest.mark.parametrize(("status", "message", "hint"), [
    (429, "slow down", "Lower max_concurrent_uploads"), (500, "write: no space left on device", "Free disk space"),
    (507, None, "Free disk space"), (500, "disk full", "Free disk space"), (503, None, "Run the task again"),
    (500, "disk quota exceeded", "Free disk space"), (502, "bad gateway", "Run the task again"),
])
def test_the_hint_fits_the_status(status, message, hint):
    body = json.dumps({"errors": [{"code": "UNKNOWN", "message": message}]}).encode()
    request = Request("upload_put", "PUT", "/", "layer 3 of app:1", "team/app")
    error = failure(parse_registry("http://r"), request, Answer(status, Headers(), "http://r/", body))
    assert error.code == "gave-up" and error.hint.startswith(hint) and ("429" in error.hint) is False


def most_at_once(places, jobs):
    inside = most = 0

    async def job(gate):
        nonlocal inside, most
        async with gate.enter():
            inside, most = inside + 1, max(most, inside + 1)
            await asyncio.sleep(0)
            inside -= 1

    async def main():
        gate = Gate(places)
        await asyncio.gather(*(job(gate) for _job in range(jobs)))

    asyncio.run(main())
    return most


@pytest.mark.parametrize(("limit", "lowered", "most"), [(1, 0, 1), (4, 0, 4), (4, 1, 2), (50, 0, 20)])
def test_a_gate_lets_in_as_many_as_are_allowed(limit, lowered, most):
    places = Concurrency(limit)
    for _time in range(lowered):
        places.on_throttled()
    assert most_at_once(places, 20) == most


def test_a_cancelled_wait_leaves_no_hole_in_the_gate():
    async def main():
        gate = Gate(Concurrency(1))
        async with gate.enter():
            waiting = [asyncio.ensure_future(enter_and_leave(gate)) for _waiter in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # let in and cancelled in the same moment
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(enter_and_leave(gate), 1)

    asyncio.run(main())


async def enter_and_leave(gate):
    async with gate.enter():
        await asyncio.sleep(0)
