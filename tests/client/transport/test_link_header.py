# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The Link header in its legal forms, and in forms that cannot be read."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.transport.link_header import next_target

LEGAL = [
    '<n>; rel="next"', "<n>;rel=next", '<n>; rel="last next"', '<n>; rel="next last"', '<n> ; REL = "NEXT"',
    '<n>; title="a, b; c"; rel="next"', '<p>; rel="prev", <n>; rel="next"', ', <p>; rel=prev,, <n>; rel="next" ,',
    '<n>; rel="https://example.com/own next"', '<n>; rel="next";', '<p>; rel="prev"; rel="next", <n>; rel="next"',
    r'<p>; title="say \"next\""; rel="last", <n>; rel="next"', '<n>; type=text/html; rel="next"; rel="prev"',
]
UNREADABLE = [
    "garbage", 'n; rel="next"', '<n; rel="next"', '<>; rel="next"', '"n"; rel="next"', '<n>; rel="next',
    '<n> rel="next"', '<p>; rel="prev", n; rel="next"', "<" * 30000, '<n>;' * 20000,
]


@pytest.mark.parametrize("header", LEGAL)
def test_the_next_target_is_found_in_each_legal_form(header):
    assert next_target(header) == "n"


@pytest.mark.parametrize("header", UNREADABLE, ids=lambda header: header[:30])
def test_a_header_that_cannot_be_read_is_not_the_end(header):
    with pytest.raises(ValueError):
        next_target(header)


@pytest.mark.parametrize("header", ["", " ", ",", "<n>", '<n>; rel="last"', '<n>; rel="nextpage"', '<n>; title="next"',
                                    '<n>; anchor="next"'])
def test_a_header_without_a_next_page_is_the_end(header):
    assert next_target(header) is None


TOKENS = st.sampled_from(["last", "next", "prev", "first", "NEXT", "https://example.com/rel"])
URLS = st.text("abc/?=&%,;", min_size=1, max_size=12)


@given(st.lists(st.tuples(URLS, st.lists(TOKENS, min_size=1, max_size=3)), max_size=4))
def test_any_list_of_links_is_read(links):
    header = ", ".join(f'<{url}>; rel="{" ".join(relations)}"' for url, relations in links)
    expected = next((url for url, relations in links if "next" in [word.lower() for word in relations]), None)
    assert next_target(header) == expected


@given(st.text('<>";,= \\nextrl', max_size=40))
def test_any_text_is_read_or_refused(header):
    with contextlib.suppress(ValueError):
        assert next_target(header) != ""


@pytest.mark.parametrize("part", ["<", '"', "\\", ";", " ", '<a>;"', ",", "<a>"])
def test_a_hostile_header_costs_little(part):
    started = time.process_time()
    with pytest.raises(ValueError):
        next_target(f"x{part * (30000 // len(part))}x")
    assert time.process_time() - started < 2
