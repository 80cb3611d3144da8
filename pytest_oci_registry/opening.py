# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From a wish to a running registry: one place knows all backends, the proxy, and what is shared by a session."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

from .backends.want import BEHIND_PROXY, EVERYTHING, Given, MissingBackend, Want, login
from .registry import Registry
from .settings import Settings


class Shared:
    """Backends that live as long as the session of one test process: a container is started once."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._given: dict[tuple[str, ...], Given] = {}
        self._missing: dict[tuple[str, ...], MissingBackend] = {}

    def get(self, key: tuple[str, ...], start: Callable[[], AbstractContextManager[Given]]) -> Given:
        """The backend of that key, started at its first use. Raises MissingBackend; it is not tried twice."""
        if key in self._missing:
            raise self._missing[key]
        if key not in self._given:
            try:
                self._given[key] = self._stack.enter_context(start())
            except MissingBackend as problem:
                again = self._missing[key] = MissingBackend(str(problem))
                again.is_repeated = True
                raise
        return self._given[key]

    def close(self) -> None:
        """Stop everything."""
        self._stack.close()


def wanted(backend: str, *, auth: Optional[tuple[Any, ...]] = None, token: bool = False, tls: bool = False,
           proxy: bool = False, **server: Any) -> Want:
    """A wish in the words of markers and factories. `auth=("u", "p")` is basic, with `token=True` by token service.

    Raises TypeError for a setting that no registry has.
    """
    check_server_settings(server)
    if auth is not None and len(auth) == 2:
        auth = ("token" if token else "basic", *auth)
    elif token and auth is None:
        auth = ("token", "user", "secret")
    return Want(backend, auth, bool(tls), proxy, server)


def check_server_settings(server: dict[str, Any]) -> None:
    """Refuse settings that the embedded server does not know. Raises TypeError with the nearest word."""
    from dataclasses import fields
    from difflib import get_close_matches

    from .server.settings import ServerSettings

    known = [field.name for field in fields(ServerSettings)]
    for name in server:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise TypeError(f"a registry has no setting {name!r}{hint}")


@contextmanager
def open_registry(settings: Settings, want: Want, folder: Callable[[], Path], shared: Shared) -> Iterator[Registry]:
    """A running registry, stopped on leaving. Raises MissingBackend, and StartError when it does not come up."""
    with ExitStack() as stack:
        # Behind a proxy that speaks TLS the registry itself may stay plain.
        inner = replace(want, tls=False) if want.proxy and want.backend != "embedded" else want
        given = stack.enter_context(_OPENERS[want.backend](settings, inner, folder, shared))
        if want.proxy and want.backend != "embedded":
            given = stack.enter_context(behind_proxy(settings, want, given))
        yield Registry(given)


@contextmanager
def open_embedded(settings: Settings, want: Want, folder: Callable[[], Path], shared: Shared) -> Iterator[Given]:
    """The embedded registry."""
    from .server import EmbeddedRegistry, ServerSettings

    need_trustme(want)
    words = {"bind": settings.bind, **want.server}
    server = EmbeddedRegistry(ServerSettings(auth=want.auth, tls=want.tls, **words),
                              start_timeout=time_limit(settings))
    username, password = login(want.auth)
    with server:
        yield Given("embedded", server.url, "conformance 1.1", EVERYTHING, username, password, server.ca_file or "",
                    controls=server)


def time_limit(settings: Settings) -> float:
    """Seconds to wait for a thread; 0 in the settings is as long as a thread can wait."""
    return settings.start_timeout or threading.TIMEOUT_MAX


def need_trustme(want: Want) -> None:
    """Raises MissingBackend when TLS is wanted and nothing can make certificates."""
    from importlib.util import find_spec

    if want.tls and find_spec("trustme") is None:
        raise MissingBackend("a registry with TLS needs the package trustme: pip install trustme.")


def open_process(
    settings: Settings, want: Want, folder: Callable[[], Path], shared: Shared
) -> AbstractContextManager[Given]:
    """A registry process of this test alone."""
    from .backends.process import process_registry

    return process_registry(settings, want, folder())


@contextmanager
def open_container(settings: Settings, want: Want, folder: Callable[[], Path], shared: Shared) -> Iterator[Given]:
    """The session's container, under a prefix of this test."""
    from .backends import container

    container.check(want)
    key = ("container", settings.image, settings.runtime, settings.bind)
    yield replace(shared.get(key, lambda: container.container_registry(settings)), prefix=new_prefix())


@contextmanager
def open_external(settings: Settings, want: Want, folder: Callable[[], Path], shared: Shared) -> Iterator[Given]:
    """The registry that runs already, under a prefix of this test."""
    from .backends import external

    external.check(want, settings)
    yield replace(external.external_registry(settings), prefix=new_prefix())


def new_prefix() -> str:
    """Where one test's repositories live on a shared server; tells the xdist worker."""
    return f"t{os.environ.get('PYTEST_XDIST_WORKER', '')}{uuid.uuid4().hex[:10]}/"


@contextmanager
def behind_proxy(settings: Settings, want: Want, given: Given) -> Iterator[Given]:
    """The same registry behind the fault proxy, which has the request log and the faults."""
    from .proxy import FaultProxy

    need_trustme(want)
    proxy = FaultProxy(given.url, bind=settings.bind, tls=want.tls, target_ca=given.ca_file or None,
                       start_timeout=time_limit(settings))
    with proxy:
        yield replace(given, url=proxy.url, inner=given.url, controls=proxy, features=given.features | BEHIND_PROXY,
                      ca_file=proxy.ca_file or "", inner_ca_file=given.ca_file)


_OPENERS: dict[str, Callable[[Settings, Want, Callable[[], Path], Shared], AbstractContextManager[Given]]] = {
    "embedded": open_embedded, "process": open_process, "container": open_container, "external": open_external}
