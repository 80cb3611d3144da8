# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A registry: is it there, what does it speak, which login would be used, which repositories does it list."""

from __future__ import annotations

import asyncio
import os
import re
import typing as t
from dataclasses import dataclass

from ..deletion.request import check_limit, check_patterns
from ..endpoints.catalog import Catalog, list_repositories
from ..endpoints.ping import Ping, ping
from ..errors import AuthenticationError, ConnectionFailedError, RefusedError, RegistryError
from ..transport.auth.credentials import CredentialLookup, ResolvedCredentials, explicit_credentials

if t.TYPE_CHECKING:
    from ..transport.request import Sender


@dataclass(frozen=True)
class RegistryReport:
    """What a registry says of itself.

    `login` is where the login comes from and what it is called, never the secret. `repositories` is None where the
    registry does not list them, `refusal` says why; `cut` is why the list is incomplete; `error` is why the registry
    cannot be reached or does not take the login.
    """

    registry: str
    login: ResolvedCredentials
    pinged: Ping | None = None
    reachable: bool = False
    authenticated: bool = False
    repositories: tuple[str, ...] | None = None
    complete: bool = False
    refusal: RegistryError | None = None
    error: RegistryError | None = None
    cut: RegistryError | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know besides."""
        if self.cut is not None:
            return (self.cut.one_line(),)
        if self.refusal is None:
            return ()
        status = f" ({self.refusal.status})" if self.refusal.status else ""
        return (f"{self.registry} does not list its repositories{status}; repositories is null, name them instead.",)

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_info documents."""
        found = self.login.credentials
        return {
            "msg": self._message(),
            "reachable": self.reachable,
            "authenticated": self.authenticated,
            "api_version": self.pinged.api_version if self.pinged else None,
            "auth": self.pinged.auth if self.pinged else None,
            "login": {
                "username": found.name if found else None,
                "source": found.source if found else None,
                "looked_at": list(self.login.looked_at),
            },
            "repositories": None if self.repositories is None else list(self.repositories),
            "complete": self.complete,
            "problem": self.error.as_values() if self.error else None,
        }

    def _message(self) -> str:
        if self.error is not None:
            return self.error.one_line()
        if self.repositories is None:
            return f"{self.registry} is a registry and does not list its repositories."
        count = len(self.repositories)
        return f"{self.registry} is a registry and lists {count} {'repository' if count == 1 else 'repositories'}."


async def inspect_registry(
    send: Sender, *, match: tuple[str, ...] | None = None, limit: int | None = None
) -> RegistryReport:
    """Return what the registry says; that it is not reachable or refuses the login is part of the report.

    `limit` bounds the repositories that are told. Raises AuthenticationError (bad-credentials-file) for a broken file.
    """
    check_patterns(match or (), "match")
    check_limit(limit)
    login = await asyncio.to_thread(_login, send)
    registry = send.registry.netloc
    try:
        pinged = await ping(send)
    except AuthenticationError as error:
        return RegistryReport(registry, login, reachable=True, error=error)
    except (ConnectionFailedError, RefusedError) as error:
        return RegistryReport(registry, login, error=error)
    cut: list[RegistryError] = []
    try:
        listed = await list_repositories(send, limit=None if match is not None else limit, incomplete=cut.append)
        catalog = _narrowed(listed, match, limit)
    except RefusedError as error:
        if error.retryable or error.code == "hostile-answer":  # it might list them, which is not to be denied
            raise
        return RegistryReport(registry, login, pinged, True, True, refusal=error)
    complete = catalog.complete and not cut
    return RegistryReport(
        registry, login, pinged, True, True, catalog.names, complete, cut=cut[0] if cut else None
    )


def _login(send: Sender) -> ResolvedCredentials:
    found = explicit_credentials(send.settings.login)
    return found if found is not None else CredentialLookup(send.registry, None, send.settings.login, os.environ).run()


def _narrowed(catalog: Catalog, match: tuple[str, ...] | None, limit: int | None) -> Catalog:
    if match is None:
        return catalog
    names = tuple(name for name in catalog.names if any(re.search(pattern, name) for pattern in match))
    if limit is not None and len(names) > limit:
        return Catalog(names[:limit], complete=False)
    return Catalog(names, catalog.complete)
