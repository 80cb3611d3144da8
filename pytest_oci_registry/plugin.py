# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The pytest plugin: options, markers, header, parametrisation and reports; nothing here loads aiohttp."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Optional

import pytest

from .fixtures import (
    docker_save_tar,
    host_registry,
    oci_registry_settings,
    oci_registry_shared,
    opened,
    registry,
    registry_auth_file,
    registry_backend,
    registry_backend_session,
    registry_factory,
    registry_factory_session,
    registry_session,
    secure_registry,
    seeded_registry,
    signed_image,
)
from .settings import Settings, add_options

__all__ = [
    "docker_save_tar", "host_registry", "oci_registry_settings", "oci_registry_shared", "registry",
    "registry_auth_file", "registry_backend", "registry_backend_session", "registry_factory",
    "registry_factory_session", "registry_session", "secure_registry", "seeded_registry",
    "signed_image"]

MARKERS = (
    "registry(backend=None, auth=None, token=False, tls=False, proxy=False, **settings): how the registry starts",
    "registry_seed(*images, **words): images that seeded_registry holds, by name or ImageSpec",
    "registry_requires(*features): skip where the registry lacks one of these",
)
SESSION_FIXTURES = ("registry_session", "registry_factory_session")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini keys."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and silence what old versions of asyncio say about the server's own connections."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if sys.version_info < (3, 11):
        # asyncio before 3.11 does not mark a TLS transport as closed when the client hangs up first, and complains
        # about it whenever the garbage collector comes by: in a test that may have nothing to do with it.
        config.addinivalue_line("filterwarnings", "ignore:unclosed transport <asyncio.sslproto:ResourceWarning")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse bad settings at once, by one line; with -q there is no header that would."""
    Settings.of_session(session.config)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which backends are tested."""
    from .reporting import header

    return header(Settings.of_session(config))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test once for each backend, unless it names its own."""
    if not {"registry_backend", "registry_backend_session"} & set(metafunc.fixturenames):
        return
    backends = Settings.of_session(metafunc.config).backends
    if len(backends) < 2:
        return
    named = any("backend" in marker.kwargs for marker in metafunc.definition.iter_markers("registry"))
    if "registry_backend" in metafunc.fixturenames and not named:
        metafunc.parametrize("registry_backend", backends, indirect=True)
    if "registry_backend_session" in metafunc.fixturenames:
        metafunc.parametrize("registry_backend_session", backends, indirect=True, scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Refuse unknown words of registry_requires before any test runs. Raises pytest.UsageError."""
    from .backends.want import required

    required(item)


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fail a test whose fault rules were not used. Runs after the test itself, and only when that passed."""
    used = registries_of(item)
    if used:
        from .reporting import unused_sentences

        sentences = unused_sentences(used)
        if sentences:
            pytest.fail("\n".join(sentences), pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Attach request logs and differences to the report."""
    outcome: Any = yield
    used = registries_of(item)
    if used:
        from .reporting import attach

        attach(outcome.get_result(), Settings.of_session(item.config).log, used)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> Optional[list[str]]:
    """Explain comparisons of logged requests by one line each."""
    if op != "==" or not isinstance(left, list) or not isinstance(right, list):
        return None
    if type(next(iter(left + right), None)).__name__ != "LoggedRequest":
        return None
    from .reporting import explain_requests

    return explain_requests(left, right)


def registries_of(item: pytest.Item) -> list[Any]:
    """The registries that a test had in its hands."""
    found: list[Any] = list(opened(item.stash))
    if any(name in SESSION_FIXTURES for name in getattr(item, "fixturenames", ())):
        found += opened(item.config.stash)
    return found
