# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How to talk to a registry: one frozen value that travels through all layers, instead of repeated parameters."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Login:
    """Credentials that the caller gave, and where else to look when none were.

    `config_path` is a docker config.json, a containers auth.json or a folder that holds one; None means the usual
    places of the user who runs this. `anonymous` looks nowhere. `realm_host` is a host name or address that is trusted
    as token server, although it is private and the registry is public.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    config_path: str | None = None
    anonymous: bool = False
    realm_host: str | None = None


@dataclass(frozen=True)
class Tls:
    """What the TLS side trusts and shows. Paths are on this host; `ca_path` is a file or a folder."""

    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None


@dataclass(frozen=True)
class Settings:
    """Everything about one client: URL, credentials, TLS, times (seconds), retries and limits.

    `timeout` is per request, and for a transfer that makes no progress; `total_timeout` bounds all of one client's work
    (None: no bound). `retries` is how often one request may be tried again. `max_concurrent` bounds uploads in flight,
    `chunk_size` (bytes) switches uploads to Content-Range chunks, `user_agent` is what the registry's log shows.
    """

    url: str
    login: Login = Login()
    tls: Tls = Tls()
    timeout: float = 30
    total_timeout: float | None = None
    retries: int = 4
    max_concurrent: int = 4
    chunk_size: int | None = None
    user_agent: str = "registry_api_v2_client"
