# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The catalogue of problems: the form of its sentences, and how foreign words get into them."""

from __future__ import annotations

import re
import string

import pytest
from registry_api_v2_client.problems import MAX_QUOTED, PROBLEMS, printable, problem, quoted, size_text

WORDS_OF_OTHERS = ("name ", "tags ", "registry_url ", "nginx:", "distribution:")  # options and programs


def _names(template: str) -> set[str]:
    return {name for _text, name, _format, _conversion in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("code", PROBLEMS)
def test_codes_are_short_words(code):
    assert re.fullmatch(r"[a-z]+(-[a-z]+){0,3}", code)


@pytest.mark.parametrize("template", [text for one in PROBLEMS.values() for text in (one.sentence, one.hint)])
def test_sentences_and_hints_are_one_line_that_ends_with_a_full_stop(template):
    assert template.isprintable() and (template.endswith(".") or template == "{advice}")
    assert template[0].isupper() or template.startswith(("{", *WORDS_OF_OTHERS))


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_filled_in_and_keeps_what_it_is_about(code):
    entry = PROBLEMS[code]
    values = {name: f"<{name}>" for name in _names(entry.sentence) | _names(entry.hint)}
    error = problem(code, **{**values, "path": "a.tar", "status": 400})
    assert error.__class__ is entry.kind and error.code == code
    assert "{" not in error.one_line() and error.one_line().endswith(f"[{code}]")
    assert (error.path, error.status) == ("a.tar", 400)


def test_a_value_that_nobody_gave_is_a_defect_and_no_gap_in_a_sentence():
    with pytest.raises(KeyError, match="cause"):
        problem("unreachable", registry="registry.example.com", url="https://registry.example.com")


def test_what_a_registry_says_is_bounded_and_of_one_line():
    said = quoted("DENIED", "no\r\nreally \x1b[31m" + "x" * 1000)
    assert said.startswith(' DENIED "no really [31mxxx') and said.isprintable() and len(said) < MAX_QUOTED + 20


def test_nothing_is_quoted_where_nothing_was_said():
    assert quoted(None, None) == quoted("", "") == ""


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a b"), ("a\u202eb", "a b"), ("é", "é"), ("x" * 201, "x" * 197 + "...")]
)
def test_foreign_text_is_made_printable(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (412_000_000, "412.0 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_sizes_are_in_decimal_units(size, text):
    assert size_text(size) == text
