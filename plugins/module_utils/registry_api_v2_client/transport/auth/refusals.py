# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Explains a final 401 or 403: no login, a refused one, or one without the right. Pure functions."""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...problems import printable, problem
from ...reference import Registry
from .scopes import deed

if t.TYPE_CHECKING:
    from ...errors import RegistryError
    from .credentials import Credentials, ResolvedCredentials

_NOBODY = "anonymous requests"
_REASONS = (  # words of the registry, and what helps then
    (r"quota|storage limit|exceed", "Free space in {project}, or have its quota raised."),
    (r"immutab|\blocked", "Push under a new tag, or have the rule changed that locks this one."),
    (r"polic|vulnerab|signature|not signed", "Ask the registry's operator about that policy; no login helps."),
)
_RIGHTS = {
    "push to": "Give {username} the right to push to {repository}; Harbor, GitLab, Quay: the project {project} must"
    " exist.",
    "pull from": "Give {username} the right to pull from {repository}, and check its spelling.",
    "deletion in": "Give {username} the right to delete in {repository}.",
    "access to": "Give {username} the right to use {repository}.",
}


@dataclass(frozen=True)
class Refusal:
    """What is known when the registry, or its token server, says no for the last time.

    `proven` is True where the login itself is known to be good; `is_open` is True if /v2/ requires none.
    `code` and `message` are the server's own words.
    """

    registry: Registry
    operation: str
    repository: str | None
    status: int
    code: str | None = None
    message: str | None = None
    proven: bool = False
    is_open: bool = False


def explain(refusal: Refusal, found: ResolvedCredentials) -> RegistryError:
    """Return the sentence for a refusal; a login is advised only after a 401 without one."""
    login = found.credentials
    if login is None and refusal.status == 401:
        return _no_credentials(refusal, found)
    if login is not None and refusal.status == 401 and not refusal.proven:
        return _login_refused(refusal, login)
    return _not_allowed(refusal, login)


def unknown_scheme(registry: Registry, schemes: tuple[str, ...]) -> RegistryError:
    """Return the sentence for a registry that wants a login of a kind that is not spoken here."""
    return problem("unknown-login", registry=registry.netloc, schemes=printable(" or ".join(schemes)))


def token_refused(realm: str, what: str, status: int, code: str | None, message: str | None) -> RegistryError:
    """Return the sentence for a token server that answers neither with a token nor with 401 or 403."""
    host = urlsplit(realm).netloc.rpartition("@")[2]
    return problem("refused", registry=host, doing="give", what=what, status=status, registry_code=code,
                   registry_message=message)


def _no_credentials(refusal: Refusal, found: ResolvedCredentials) -> RegistryError:
    return problem(
        "no-credentials", registry=refusal.registry.netloc, repository=_place(refusal), status=refusal.status,
        sources=", ".join(found.looked_at) or "nothing", advice=_others(),
        registry_code=refusal.code, registry_message=refusal.message,
    )


def _login_refused(refusal: Refusal, login: Credentials) -> RegistryError:
    return problem(
        "login-refused", registry=refusal.registry.netloc, username=login.name, source=login.source,
        status=refusal.status, registry_code=refusal.code, registry_message=refusal.message,
        advice=_check(refusal, login),
    )


def _not_allowed(refusal: Refusal, login: Credentials | None) -> RegistryError:
    repository = _place(refusal)
    project = refusal.repository.partition("/")[0] if refusal.repository else refusal.registry.netloc
    return problem(
        "not-allowed", registry=refusal.registry.netloc, username=login.name if login else _NOBODY,
        what=_deed(refusal), repository=repository, status=refusal.status, advice=_right(refusal, login, project),
        registry_code=refusal.code, registry_message=refusal.message,
    )


def _right(refusal: Refusal, login: Credentials | None, project: str) -> str:
    """Return what helps: what the registry says comes before what the request needed."""
    said = f"{refusal.code} {refusal.message}"
    named = (advice for pattern, advice in _REASONS if re.search(pattern, said, re.IGNORECASE))
    advice = next(named, _RIGHTS[_deed(refusal)])
    return advice.format(username=login.name if login else _NOBODY, repository=_place(refusal), project=project)


def _others() -> str:
    """Return whose logins are not read, for the user who runs this."""
    others = "those of the user who started the task" if os.getuid() == 0 else "root's included"
    return f"logins of other users, {others}, are not read"


def _check(refusal: Refusal, login: Credentials) -> str:
    if refusal.is_open:
        return "Check the password, and the right to this if it is correct"
    if login.password and login.username:
        return f"Check it with `curl -u {login.username} {refusal.registry.url}/v2/`"
    return "Log in again to get a fresh token"


def _place(refusal: Refusal) -> str:
    if refusal.repository:
        return refusal.repository
    return "its catalog" if refusal.operation == "catalog" else "/v2/"


def _deed(refusal: Refusal) -> str:
    return deed(refusal.operation) if refusal.repository else "access to"
