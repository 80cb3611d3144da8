# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""What a test wants from its registry, and what a backend gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    import pytest

EVERYTHING = frozenset({
    "anonymous-mount", "auth", "cancel", "catalog", "delete", "faults", "immutable-tags", "pagination", "ranges",
    "read-only", "referrers", "requests", "sha512", "single-post", "sorted-tags", "tag-delete", "tls", "token-auth"})
"""Features by which tests may restrict themselves; the embedded registry has them all."""
DISTRIBUTION_2 = frozenset({"auth", "cancel", "catalog", "delete", "read-only", "tls"})
"""distribution 2.8: no tag deletion, paging, order, referrers, sha512, single POST or anonymous mount."""
DISTRIBUTION_3 = DISTRIBUTION_2 | {"pagination", "ranges", "sorted-tags", "tag-delete"}
"""distribution 3: still without referrers and sha512."""
BEHIND_PROXY = frozenset({"faults", "requests"})
"""What a fault proxy adds to any backend."""


class MissingBackend(Exception):
    """The backend cannot be had here: what was looked for, and how to get it.

    `is_repeated` if an earlier test of the session was told the same about a shared backend.
    """

    is_repeated = False


class StartError(Exception):
    """The registry did not start: the last lines of its own log."""


@dataclass(frozen=True)
class Want:
    """One registry as asked for: backend, login, TLS, a fault proxy in front, and settings of the embedded server.

    `auth` is None, `("basic", user, password)` or `("token", user, password)`.
    """

    backend: str = "embedded"
    auth: Optional[tuple[Any, ...]] = None
    tls: bool = False
    proxy: bool = False
    server: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """One registry that runs: where, with which login and authority, and what it can.

    `prefix` keeps tests on a shared server apart. `controls` has request log and fault rules (embedded server or
    proxy), `inner` is the URL behind a proxy, `log_file` what the server printed.
    """

    backend: str
    url: str
    version: str = ""
    features: frozenset[str] = frozenset()
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    prefix: str = ""
    controls: Any = None
    inner: str = ""
    inner_ca_file: str = ""
    log_file: str = ""


def login(auth: Optional[tuple[Any, ...]]) -> tuple[str, str]:
    """User name and password of `auth`; empty texts without one."""
    return (str(auth[1]), str(auth[2])) if auth else ("", "")


def required(item: pytest.Item) -> set[str]:
    """The features that a test's markers `registry_requires` list. Raises pytest.UsageError for an unknown one."""
    names = {str(name) for marker in item.iter_markers("registry_requires") for name in marker.args}
    unknown = sorted(names - EVERYTHING)
    if unknown:
        import pytest

        raise pytest.UsageError(f"{item.nodeid}: registry_requires does not know {', '.join(unknown)}; "
                                f"there are {', '.join(sorted(EVERYTHING))}")
    return names
