# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Servers to be judged: the embedded registry, and the proxy before Debian's docker-registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from debian_registry import debian_registry
from judged_servers import DATA, Server
from plain_http import Wire

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings


@pytest.fixture(scope="session")
def debian_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with debian_registry(tmp_path_factory.mktemp("docker-registry")) as url:
        yield url


@pytest.fixture(params=["embedded", "proxy"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "embedded":
        with EmbeddedRegistry() as registry:
            yield registry
    else:
        with FaultProxy(request.getfixturevalue("debian_url")) as proxy:
            yield proxy


@pytest.fixture
def wire(server: Server) -> Wire:
    return Wire(server.url)


@pytest.fixture
def repository() -> str:
    """A name that no other test uses: docker-registry serves them all."""
    return f"faults/{uuid4().hex[:10]}"


@pytest.fixture
def stored(wire: Wire, server: Server, repository: str) -> str:
    """A repository that holds DATA; the log begins after it."""
    wire.upload(repository, DATA)
    server.requests.clear()
    return repository


@pytest.fixture
def registry_with() -> Iterator[Callable[..., EmbeddedRegistry]]:
    """Starts an embedded registry with these settings."""
    with ExitStack() as stack:

        def start(**settings: Any) -> EmbeddedRegistry:
            return stack.enter_context(EmbeddedRegistry(ServerSettings(**settings)))

        yield start
