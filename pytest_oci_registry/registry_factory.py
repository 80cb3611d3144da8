# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What the fixtures hand out: registries on demand, remembered for the report of the test that uses them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn

import pytest

from .backends.want import BEHIND_PROXY, MissingBackend, required
from .opening import Shared, open_registry, wanted
from .registry import Registry
from .settings import Settings


class RegistryFactory:
    """Call it for one more registry: `registry_factory(tls=True, auth=("user", "secret"))`.

    Words: `backend` (default: the one under test), `auth`, `token`, `tls`, `proxy` (fault proxy before a real one),
    and every setting of the embedded server, such as `read_only`, `delete`, `tag_delete`, `min_chunk`, `locations`,
    `personality`. All registries stop with the fixture. `opened` lists them.
    """

    def __init__(self, settings: Settings, shared: Shared, stack: ExitStack, folder: Callable[[], Path], backend: str,
                 opened: list[Registry]) -> None:
        self._settings, self._shared, self._stack, self._folder = settings, shared, stack, folder
        self._backend = backend
        self.opened = opened

    def __call__(self, backend: str | None = None, **words: Any) -> Registry:
        """A new registry. Skips the test when the backend is missing, or fails it under --oci-registry-strict."""
        want = wanted(backend or self._backend, **words)
        try:
            registry = self._stack.enter_context(open_registry(self._settings, want, self._folder, self._shared))
        except MissingBackend as problem:
            give_up(self._settings, problem)
        self.opened.append(registry)
        return registry


def give_up(settings: Settings, problem: MissingBackend) -> NoReturn:
    """Skip the test; under --oci-registry-strict fail, so that green never hides a backend that was missing.

    A shared backend that is missing fails one test; the others of the session are skipped.
    """
    reason = str(problem)
    if settings.strict and problem.is_repeated:
        pytest.skip(f"{reason} (an error of an earlier test)")
    if settings.strict:
        pytest.fail(f"{reason} (an error because of --oci-registry-strict)", pytrace=False)
    pytest.skip(reason)


def marker_words(item: pytest.Item) -> dict[str, Any]:
    """What the markers `registry` of a test say together; the nearest one wins."""
    words: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("registry"))):
        if marker.args:
            raise pytest.UsageError(f"{item.nodeid}: write @pytest.mark.registry(backend=...), all words by name")
        words.update(marker.kwargs)
    return words


def open_for(item: pytest.Item, factory: RegistryFactory, backend: str, **defaults: Any) -> Registry:
    """The registry that a test's markers ask for. Skips the test when its registry lacks a feature."""
    words = {"backend": backend, **defaults, **marker_words(item)}
    needed = required(item)
    if needed & BEHIND_PROXY:
        words["proxy"] = True
    registry = factory(**words)
    lacking = sorted(needed - registry.features)
    if lacking:
        hint = "; name them in --oci-registry-features if it can" if registry.backend == "external" else ""
        pytest.skip(f"{registry.backend} {registry.version}".strip() + f" lacks {', '.join(lacking)}{hint}")
    return registry
