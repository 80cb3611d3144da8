# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where a login comes from: what the caller gave, else the files and helpers of the user who runs this."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """One login: user and password, or an identity token (to be exchanged), or a registry token (sent as it is)."""

    source: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    identity_token: str | None = field(default=None, repr=False)
    registry_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Found:
    """The outcome of a search: credentials or None, and the names of all sources looked at."""

    credentials: Credentials | None
    looked_at: tuple[str, ...]


@dataclass(frozen=True)
class Lookup:
    """A search for the login of one repository that has yet to be run; it reads files and may start a helper."""

    repository: str | None

    def run(self) -> Found:
        """Return what was found. Blocks; raises AuthenticationError (bad-credentials-file)."""
        raise NotImplementedError
