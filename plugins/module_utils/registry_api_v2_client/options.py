# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The keyword arguments that all functions share, typed once, and what becomes of them: frozen settings."""

from __future__ import annotations

import typing as t

from .problems import problem
from .push.request import PushKeywords, PushOptions
from .settings import Login, Settings, Tls

if t.TYPE_CHECKING:
    from .push.request import PushProgress


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


class Push(Connection, PushKeywords, total=False):
    """How to push: everything of Connection, `progress`, and the rules of PushOptions."""

    progress: PushProgress | None


_LOGIN = ("username", "password", "token", "config_path", "anonymous", "realm_host")
_TLS = ("validate_certs", "ca_path", "client_cert", "client_key")
_LIMITS = ("retries", "max_concurrent", "chunk_size", "user_agent")
_RULES = tuple(PushKeywords.__annotations__)


def connection_settings(
    url: str, timeout: float, total_timeout: float | None, options: t.Mapping[str, t.Any]
) -> Settings:
    """Return the settings of one client. Times are seconds.

    Raises ValidationError (bad-option) for options that contradict each other, TypeError for an unknown one.
    """
    _refuse_unknown(options, (*_LOGIN, *_TLS, *_LIMITS))
    _check_pairs(options)
    if timeout <= 0:
        raise _bad("timeout", f"is {timeout:g}", "Give a number of seconds above 0.")
    login, tls = Login(**_some(options, _LOGIN)), Tls(**_some(options, _TLS))
    return Settings(url, login, tls, timeout, total_timeout, **_some(options, _LIMITS))


def split_push(
    options: t.Mapping[str, t.Any], original_tags: str
) -> tuple[dict[str, t.Any], PushProgress | None, PushOptions]:
    """Return the connection's options, the progress callback and the rules of a push."""
    _refuse_unknown(options, tuple(Push.__annotations__))
    rules = PushOptions(original_tags=original_tags, **_some(options, _RULES))
    connection = {name: value for name, value in options.items() if name in Connection.__annotations__}
    return connection, options.get("progress"), rules


def _some(options: t.Mapping[str, t.Any], names: tuple[str, ...]) -> dict[str, t.Any]:
    return {name: options[name] for name in names if name in options}


def _refuse_unknown(options: t.Mapping[str, t.Any], known: tuple[str, ...]) -> None:
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
