# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of your own, in the style of pytest-postgresql: `mirror = registry_process(executable="/opt/registry")`.

A factory returns a fixture and does nothing else until a test asks for it. Arguments that are not given come from
option, environment, ini or default, in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, Optional

import pytest

from .fixtures import opened
from .settings import Settings

if TYPE_CHECKING:
    from .opening import Shared
    from .registry import Registry

Scope = Literal["session", "package", "module", "class", "function"]


def registry_embedded(*, scope: Scope = "function", bind: Optional[str] = None, start_timeout: Optional[float] = None,
                      **words: Any) -> Callable[..., Any]:
    """A fixture with an embedded registry; `words` are those of registry_factory (auth, tls, read_only, ...)."""
    return _fixture("embedded", scope, {"bind": bind, "start_timeout": start_timeout}, words)


def registry_process(executable: Optional[str] = None, *, scope: Scope = "function", bind: Optional[str] = None,
                     start_timeout: Optional[float] = None, keep: Optional[bool] = None,
                     **words: Any) -> Callable[..., Any]:
    """A fixture with a registry process; `words` are auth, tls, proxy, delete and read_only."""
    return _fixture("process", scope, {"executable": executable, "bind": bind, "start_timeout": start_timeout,
                                       "keep": keep}, words)


def registry_container(image: Optional[str] = None, runtime: Optional[str] = None, *, scope: Scope = "function",
                       bind: Optional[str] = None, start_timeout: Optional[float] = None,
                       proxy: bool = False) -> Callable[..., Any]:
    """A fixture with a registry in a container, which is started once in a session."""
    return _fixture("container", scope, {"image": image, "runtime": runtime, "bind": bind,
                                         "start_timeout": start_timeout}, {"proxy": proxy})


def registry_external(url: Optional[str] = None, *, username: Optional[str] = None, password: Optional[str] = None,
                      ca: Optional[str] = None, features: Optional[tuple[str, ...]] = None, scope: Scope = "function",
                      proxy: bool = False) -> Callable[..., Any]:
    """A fixture with a registry that runs already; tests write below a prefix of their own."""
    return _fixture("external", scope, {"url": url, "username": username, "password": password, "ca": ca,
                                        "features": features}, {"proxy": proxy})


def _fixture(backend: str, scope: Scope, arguments: dict[str, Any], words: dict[str, Any]) -> Callable[..., Any]:
    @pytest.fixture(scope=scope)
    def fixture(request: pytest.FixtureRequest, oci_registry_shared: Shared,
                tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
        from .registry_factory import RegistryFactory

        settings = Settings.resolve(request.config, backends=(backend,), **arguments)
        holder = request.node.stash if scope == "function" else request.config.stash
        with ExitStack() as stack:
            factory = RegistryFactory(settings, oci_registry_shared, stack,
                                      lambda: tmp_path_factory.mktemp("oci-registry"), backend, opened(holder))
            yield factory(**words)

    return fixture
