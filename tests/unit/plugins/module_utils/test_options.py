# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules share: words of raw options, warnings about connections, rules from options."""

from __future__ import annotations

import pytest
from ansible_collections.registry_api.v2.plugins.module_utils import _delete, _module, _words
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.deletion.rules.retention import (
    Rule,
)
from ansible_collections.registry_api.v2.plugins.module_utils.registry_api_v2_client.errors import ValidationError


@pytest.mark.parametrize(("value", "tags"), [
    (None, None), ([], ()), ("1.10", ("1.10",)), ("a,b", ("a", "b")), (["a", " b "], ("a", "b")), (["a", "a"], ("a",)),
])
def test_tags(value, tags):
    assert _words.tags_from(value) == tags


@pytest.mark.parametrize("value", [1.1, 8, True, [1.1], ["a", 750]])
def test_numbers_as_tags_are_refused(value):
    with pytest.raises(ValidationError) as caught:
        _words.tags_from(value)
    assert caught.value.code == "tag-is-a-number"


@pytest.mark.parametrize("value", ["", "a,,b", ["a", ""], [None], [{}]])
def test_empty_and_odd_tags_are_refused(value):
    with pytest.raises(ValidationError) as caught:
        _words.tags_from(value)
    assert caught.value.code == "bad-option"


@pytest.mark.parametrize(("value", "patterns"), [
    (None, None), ([], ()), ("a{1,2}", ("a{1,2}",)), (["^a", "b$"], ("^a", "b$")), (7, ("7",)),
])
def test_a_comma_is_part_of_an_expression(value, patterns):
    assert _words.patterns_from(value, "match") == patterns


def connection(**words):
    usual = {"registry_url": "https://registry.example.com", "password": None, "token": None, "validate_certs": True}
    return {**usual, **words}


@pytest.mark.parametrize(("words", "said"), [
    ({}, []),
    ({"password": "x"}, []),
    ({"registry_url": "http://registry.example.com"}, []),
    ({"validate_certs": False}, []),
    ({"registry_url": "ftp://", "password": "x"}, []),
    ({"registry_url": "http://registry.example.com", "password": "x"},
     ["The password for registry.example.com travels unencrypted, because registry_url is http."]),
    ({"registry_url": "http://registry.example.com:5000", "token": "x"},
     ["The token for registry.example.com:5000 travels unencrypted, because registry_url is http."]),
    ({"password": "x", "validate_certs": False},
     ["validate_certs is false, so anyone on the way can read the password for registry.example.com."]),
])
def test_unsafe_connections_are_warned_about(words, said):
    assert _module.connection_warnings(connection(**words)) == said


def rule(**words):
    empty = dict.fromkeys(("keep_last", "older_than", "match", "exclude"))
    return _delete.rule_from({**empty, "order_by": "created", **words})


def test_rules_from_options():
    assert rule() is None and rule(exclude="a") is None
    assert rule(keep_last=0) == Rule(keep_last=0)
    assert rule(older_than="1d", match="^pr-", exclude=["a", "b"]) == Rule(None, 86400, ("^pr-",), ("a", "b"))
    with pytest.raises(ValidationError, match="older_than"):
        rule(older_than="yesterday")
