# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""RegistryConfig: a registry's URL and timeout as the public contract has them, also taken from the environment."""

from __future__ import annotations

import logging
import os
import typing as t
from dataclasses import dataclass

from .problems import printable, problem
from .settings import Login, Settings, Tls

DEFAULT_URL = "http://localhost:15000"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
HANDLER = "registry_api_v2_client.stderr"  # by which ours is told from the user's own

_log = logging.getLogger("registry_api_v2_client")


@dataclass(frozen=True)
class RegistryConfig:
    """Where a registry is, and how to talk to it.

    `timeout` (seconds) is for each request and for a transfer that makes no progress. `login` and `tls` are this
    library's own additions.
    """

    url: str
    timeout: int = 30
    login: Login = Login()
    tls: Tls = Tls()

    @property
    def base_url(self) -> str:
        """The URL without trailing slash."""
        return self.url.rstrip("/")

    @property
    def settings(self) -> Settings:
        """The same as Settings, whose other values are the defaults."""
        return Settings(self.base_url, self.login, self.tls, self.timeout)

    @classmethod
    def from_env(cls, environ: t.Mapping[str, str] | None = None) -> RegistryConfig:
        """Return what REGISTRY_URL and REGISTRY_TIMEOUT say, else http://localhost:15000 and 30 seconds.

        REGISTRY_DEBUG=true also shows this library's log on standard error. Raises ValidationError (bad-option) where
        REGISTRY_TIMEOUT is no whole number above 0.
        """
        values = os.environ if environ is None else environ
        if values.get("REGISTRY_DEBUG", "").strip().lower() in TRUE_WORDS:
            log_to_stderr()
        return cls(values.get("REGISTRY_URL") or DEFAULT_URL, _timeout(values.get("REGISTRY_TIMEOUT") or "30"))


def _timeout(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 10 and int(digits)):
        raise problem(
            "bad-option", option=f"REGISTRY_TIMEOUT={printable(text, 40)}", cause="is no whole number above 0",
            advice="Give seconds, such as 60.",
        )
    return int(digits)


def log_to_stderr() -> None:
    """Show every log record of this library on standard error, once however often this is called."""
    _log.setLevel(logging.DEBUG)
    if not any(handler.name == HANDLER for handler in _log.handlers):
        handler = logging.StreamHandler()
        handler.name = HANDLER
        _log.addHandler(handler)
