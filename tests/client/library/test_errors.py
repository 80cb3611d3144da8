# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Errors as values: kinds, pickling, text."""

from __future__ import annotations

import asyncio
import copy
import pickle

import pytest
from registry_api_v2_client import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    RefusedError,
    RegistryError,
    TarReadError,
    ValidationError,
    delete_image,
    get_manifest,
    list_tags,
)

KINDS = [
    RegistryError, TarReadError, ValidationError, ConnectionFailedError, RefusedError, AuthenticationError,
    NotFoundError,
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_an_error_survives_pickling_and_copying(kind, again):
    error = kind("It failed.", code="refused", hint="Try again.", status=503, registry_code="UNAVAILABLE",
                 registry_message="later", image="app:1", path="a.tar", member="layer.tar", retryable=True)
    found = again(error)
    assert found.__class__ is kind
    assert (str(found), found.args, found.as_values()) == (str(error), error.args, error.as_values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_registry_error(kind):
    assert issubclass(kind, RegistryError)
    assert issubclass(kind, RefusedError) == (kind in (RefusedError, AuthenticationError, NotFoundError))


def caught(work) -> RegistryError:
    with pytest.raises(RegistryError) as found:
        asyncio.run(work)
    return found.value


def test_what_is_not_there(registry):
    error = caught(get_manifest(registry.url, "app", "1"))
    assert (type(error), error.code, error.status, error.retryable) == (NotFoundError, "not-found", 404, False)


def test_nobody_answers():
    error = caught(list_tags("http://127.0.0.1:1", "app", retries=0))
    assert (type(error), error.code) == (ConnectionFailedError, "unreachable")


def test_a_refusal_carries_what_the_registry_said(registry):
    registry.fail("tags", status=400, code="NAME_INVALID", message="no such name", times=None)
    error = caught(list_tags(registry.url, "app"))
    assert (type(error), error.status, error.registry_code, error.registry_message) == (
        RefusedError, 400, "NAME_INVALID", "no such name",
    )


def test_a_registry_in_trouble_is_worth_another_try(registry):
    registry.fail("tags", status=503, times=None)
    error = caught(list_tags(registry.url, "app", retries=0))
    assert (type(error), error.status, error.retryable) == (RefusedError, 503, True)


def test_deletion_is_switched_off(registry_factory):
    registry = registry_factory(delete=False)
    registry.seed("app:1")
    error = caught(delete_image(registry.url, "app", "1"))
    assert (type(error), error.code, error.status) == (RefusedError, "deletion-off", 405)
    assert "storage.delete.enabled" in error.hint


@pytest.mark.registry(auth=("ci", "right"))
@pytest.mark.parametrize(("login", "code"), [
    ({"anonymous": True}, "no-credentials"), ({"username": "ci", "password": "wrong-one"}, "login-refused"),
])
def test_logins_that_fail(registry, login, code):
    error = caught(list_tags(registry.url, "app", **login))
    assert (type(error), error.code, error.status) == (AuthenticationError, code, 401)
    assert "wrong-one" not in str(error)
