# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How to talk to a registry: one frozen value that travels through all layers, instead of repeated parameters."""

from __future__ import annotations

import logging
import os
import typing as t
from dataclasses import dataclass, field

from .problems import printable, problem

DEFAULT_URL = "http://localhost:15000"
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
HANDLER = "registry_api_v2_client.stderr"  # by which ours is told from the user's own

_log = logging.getLogger("registry_api_v2_client")

_LOGIN = ("username", "password", "token", "config_path", "anonymous", "realm_host")
_TLS = ("validate_certs", "ca_path", "client_cert", "client_key")
_LIMITS = ("retries", "max_concurrent", "chunk_size", "user_agent")


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


class Connection(t.TypedDict, total=False):
    """How to reach a registry: login, TLS, limits. Settings, Login and Tls say what each means."""

    username: str | None
    password: str | None
    token: str | None
    config_path: str | None
    anonymous: bool
    realm_host: str | None
    validate_certs: bool
    ca_path: str | None
    client_cert: str | None
    client_key: str | None
    retries: int
    max_concurrent: int
    chunk_size: int | None
    user_agent: str


def connection_settings(
    url: str, timeout: float, total_timeout: float | None, options: t.Mapping[str, t.Any]
) -> Settings:
    """Return the settings of one client. Times are seconds.

    Raises ValidationError (bad-option) for options that contradict each other, TypeError for an unknown one.
    """
    refuse_unknown(options, (*_LOGIN, *_TLS, *_LIMITS))
    _check_pairs(options)
    if timeout <= 0:
        raise _bad("timeout", f"is {timeout:g}", "Give a number of seconds above 0.")
    login, tls = Login(**some(options, _LOGIN)), Tls(**some(options, _TLS))
    return Settings(url, login, tls, timeout, total_timeout, **some(options, _LIMITS))


def some(options: t.Mapping[str, t.Any], names: tuple[str, ...]) -> dict[str, t.Any]:
    """Return those of the options that have these names."""
    return {name: options[name] for name in names if name in options}


def refuse_unknown(options: t.Mapping[str, t.Any], known: tuple[str, ...]) -> None:
    """Raise TypeError for a keyword that is not known."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(f"unknown keyword argument {unknown[0]!r}; there are {', '.join(known)}")


def _check_pairs(options: t.Mapping[str, t.Any]) -> None:
    given = {name for name, value in options.items() if value not in (None, "")}  # an empty text is not set
    for one, other in (("username", "password"), ("client_cert", "client_key")):
        if len(given & {one, other}) == 1:
            missing = other if one in given else one
            raise _bad(missing, f"is missing beside {(given & {one, other}).pop()}", "Give both, or neither.")
    if {"username", "token"} <= given:
        raise _bad("token", "is given beside username", "Give a token, or username and password.")


def _bad(option: str, cause: str, advice: str) -> Exception:
    return problem("bad-option", option=option, cause=cause, advice=advice)
