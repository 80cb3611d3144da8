# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Your own registry, at OCI_REGISTRY_URL. Never REGISTRY_URL: tests must not write into production."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..look.http_source import HttpSource
from ..look.source import SourceError
from ..settings import Settings
from .want import Given, MissingBackend, Want


def external_registry(settings: Settings) -> Given:
    """The registry of the settings, when it answers. Raises MissingBackend otherwise."""
    if not settings.url:
        raise MissingBackend("backend external: no URL; set OCI_REGISTRY_URL or --oci-registry-url.")
    parts = urlsplit(settings.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise MissingBackend(f"backend external: {settings.url!r} is no URL of a registry; "
                             "write http://host:port or https://host.")
    source = HttpSource(settings.url, settings.username or None, settings.password, settings.ca or None)
    try:
        headers = source.ping()
    except SourceError as error:
        raise MissingBackend(f"backend external: {error}.") from error
    return Given("external", settings.url.rstrip("/"), headers.get("Server", ""), frozenset(settings.features),
                 settings.username, settings.password, settings.ca)


def check(want: Want, settings: Settings) -> None:
    """Refuse what a registry that runs already cannot be asked for. Raises MissingBackend."""
    lacking = ["a login"] if want.auth is not None and not settings.username else []
    lacking += ["TLS"] if want.tls and not settings.url.startswith("https:") else []
    if lacking or want.server:
        raise MissingBackend(f"backend external cannot be given {', '.join([*lacking, *sorted(want.server)])}.")
