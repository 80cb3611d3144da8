# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which scopes an operation asks for."""

from __future__ import annotations

import pytest
from registry_api_v2_client.transport.auth.scopes import covers, deed, fallbacks, merged, scopes_of
from registry_api_v2_client.transport.request import Request

PULL, PUSH, DELETE = (f"repository:team/app:{rights}" for rights in ("pull", "pull,push", "pull,push,delete"))


def request(operation: str, **more: str | None) -> Request:
    return Request(operation, "GET", "/v2/", "app", **{"repository": "team/app", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("operation", "scope"),
    [(name, PULL) for name in ("blob_head", "blob_get", "manifest_head", "manifest_get", "tags", "referrers")]
    + [(name, PUSH) for name in ("upload_start", "upload_patch", "upload_put", "upload_status", "upload_cancel",
                                 "manifest_put")]
    + [(name, DELETE) for name in ("manifest_delete", "blob_delete")],
)
def test_one_string_holds_every_right_of_an_operation(operation: str, scope: str) -> None:
    assert scopes_of(request(operation)) == (scope,)


def test_a_mount_needs_to_pull_from_its_source() -> None:
    assert scopes_of(request("upload_mount", mount_from="base/os")) == (PUSH, "repository:base/os:pull")


def test_the_catalog_has_a_scope_of_its_own_and_a_ping_has_none() -> None:
    assert scopes_of(request("catalog", repository=None)) == ("registry:catalog:*",)
    assert scopes_of(request("ping", repository=None)) == ()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((PULL,), (PUSH,), (PUSH,)),
        ((PUSH,), ("repository:other:pull",), (PUSH, "repository:other:pull")),
        (("repository:h:5000/x:push",), ("repository:h:5000/x:pull",), ("repository:h:5000/x:pull,push",)),
        (("rubbish", "", ":", "a:"), (PULL,), (PULL,)),
        (("registry:catalog:*",), (), ("registry:catalog:*",)),
    ],
)
def test_scopes_of_one_resource_become_one_string(
    first: tuple[str, ...], second: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert merged(first, second) == expected


def test_a_registry_cannot_ask_for_scopes_without_end() -> None:
    assert len(merged([f"repository:r{n}:pull" for n in range(1000)], ())) == 16


def test_a_token_serves_what_it_was_asked_for_and_less() -> None:
    assert covers((PUSH,), (PULL,))
    assert covers((PUSH,), ())
    assert not covers((PULL,), (PUSH,))
    assert not covers((), (PULL,))
    assert not covers(("repository:team/app:push",), (PULL,))


def test_quay_is_asked_for_everything_where_it_knows_no_delete() -> None:
    assert fallbacks((DELETE,)) == ((DELETE,), ("repository:team/app:*",))


def test_a_token_server_that_reads_one_scope_gets_the_push() -> None:
    assert fallbacks((PUSH, "repository:base:pull")) == ((PUSH, "repository:base:pull"), (PUSH,))


@pytest.mark.parametrize(
    ("operation", "words"), [("blob_head", "pull from"), ("manifest_put", "push to"), ("blob_delete", "deletion in")]
)
def test_sentences_name_the_deed(operation: str, words: str) -> None:
    assert deed(operation) == words
