# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where a login comes from: what the caller gave, else the files and helpers of the user who runs this.

The order is documented in docs/credentials-and-tls.md. Files are read on this host, when a registry wants a login.
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import dataclass, field

from ...problems import problem
from ...reference import Registry
from ...settings import Login
from .credential_helpers import HelperAnswer, HelperFailedError, HelperMissingError, ask_helper
from .docker_config import ConfigError, ConfigFile, Entry, Helper, read_config

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IDENTITY_USER = "<token>"  # the user name under which helpers keep an identity token

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Credentials:
    """One login: user and password, or an identity token (to be exchanged), or a registry token (sent as it is)."""

    source: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    identity_token: str | None = field(default=None, repr=False)
    registry_token: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The user, or what stands for one, as sentences name it."""
        return self.username or IDENTITY_USER


@dataclass(frozen=True)
class ResolvedCredentials:
    """The outcome of a search: credentials or None, the names of all sources looked at, and where it holds.

    `everywhere` is False where another repository of that registry may have another login.
    """

    credentials: Credentials | None
    looked_at: tuple[str, ...]
    everywhere: bool = True


@dataclass(frozen=True)
class CredentialLookup:
    """A search for the login of one repository that has yet to be run; it reads files and may start a helper."""

    registry: Registry
    repository: str | None
    login: Login
    environ: Mapping[str, str] = field(repr=False)

    def run(self) -> ResolvedCredentials:
        """Return what was found. Blocks; raises AuthenticationError (bad-credentials-file)."""
        looked_at: list[str] = []
        everywhere = True
        for path in credential_files(self.login, self.environ):
            config = self._config(path)
            looked_at.append(path if config else f"{path} (missing)")
            if config is None:
                continue
            everywhere = everywhere and not config.by_repository(self.registry)
            credentials = self._from_config(config, path, looked_at)
            if credentials is not None:
                return ResolvedCredentials(credentials, tuple(looked_at), everywhere)
        return ResolvedCredentials(None, tuple(looked_at), everywhere)

    def _config(self, path: str) -> ConfigFile | None:
        try:
            config = read_config(path)
        except ConfigError as error:
            raise self._broken(path, str(error)) from None
        if config is None and self.login.config_path is not None:
            raise self._broken(path, "there is no such file")
        return config

    def _from_config(self, config: ConfigFile, path: str, looked_at: list[str]) -> Credentials | None:
        helper = config.helper(self.registry, self.repository)
        found = self._from_helper(helper, path, looked_at) if helper else None
        if found is not None:
            return found
        try:
            entry = config.entry(self.registry, self.repository)
        except ConfigError as error:
            raise self._broken(path, str(error)) from None
        return None if entry.is_empty else self._checked(_from_entry(entry, path))

    def _from_helper(self, helper: Helper, path: str, looked_at: list[str]) -> Credentials | None:
        source = f"docker-credential-{helper.name} (named in {path})"
        try:
            answers = (ask_helper(helper.name, server, self.environ) for server in helper.servers)
            answer = next((one for one in answers if one is not None), None)
        except HelperMissingError as error:
            if helper.specific:
                raise self._broken(path, str(error)) from None
            looked_at.append(f"{source} (not installed)")
            return None
        except HelperFailedError as error:
            raise self._broken(path, str(error)) from None
        looked_at.append(source)
        return self._checked(_from_answer(answer, source)) if answer else None

    def _checked(self, credentials: Credentials) -> Credentials:
        token = credentials.registry_token
        if token and not _HEADER_SAFE.fullmatch(token):
            raise self._broken(credentials.source, "its registrytoken holds a character that no header may hold")
        if not _is_text(credentials):
            raise self._broken(credentials.source, "its login holds half a character (a lone surrogate)")
        return credentials

    def _broken(self, source: str, cause: str) -> Exception:
        return problem("bad-credentials-file", registry=self.registry.netloc, source=source, cause=cause)


def explicit_credentials(login: Login) -> ResolvedCredentials | None:
    """Return what the caller's own words settle, None where files have to be read.

    User and password come before a token; an empty text is as good as none. The user "<token>" marks the password as
    an identity token. Raises ValidationError (bad-option) for half a login and for a token that no header can hold.
    """
    if login.anonymous:
        return ResolvedCredentials(None, ("nowhere, since the login is anonymous",))
    if login.password:
        found = _from_words(login.username, login.password)
        if not _is_text(found):
            raise problem("bad-option", option="username or password", cause="holds half a character",
                          advice="Give both as UTF-8 text.")
        return ResolvedCredentials(found, ("username and password",))
    if login.token:
        token = login.token.strip()
        if not _HEADER_SAFE.fullmatch(token):
            raise problem("bad-option", option="token", cause="holds nothing, or a character that no header may hold",
                          advice="Give the token alone, on one line.")
        return ResolvedCredentials(Credentials("token", login.username or None, registry_token=token), ("token",))
    if login.username:
        raise problem("bad-option", option="username", cause="is given without password, or with an empty one",
                      advice="Set password too, or neither to use the logins in config_path or the usual files.")
    return None


def credential_files(login: Login, environ: Mapping[str, str]) -> list[str]:
    """Return the files in which a login is looked for, first one first; there may be nothing at these paths."""
    if login.config_path is not None:
        return [_inside(_expanded(login.config_path, environ))]
    return list(dict.fromkeys((*_containers_first(environ), *_docker(environ), *_containers_last(environ))))


def _containers_first(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("REGISTRY_AUTH_FILE"):
        yield _expanded(environ["REGISTRY_AUTH_FILE"], environ)
    else:
        runtime = environ.get("XDG_RUNTIME_DIR")
        yield os.path.join(runtime or f"/run/containers/{os.getuid()}", "containers" if runtime else "", "auth.json")


def _docker(environ: Mapping[str, str]) -> Iterator[str]:
    folder = environ.get("DOCKER_CONFIG")
    yield os.path.join(_expanded(folder or "~/.docker", environ), "config.json")


def _containers_last(environ: Mapping[str, str]) -> Iterator[str]:
    if not environ.get("REGISTRY_AUTH_FILE"):
        base = environ.get("XDG_CONFIG_HOME") or _expanded("~/.config", environ)
        yield os.path.join(base, "containers", "auth.json")


def _inside(path: str) -> str:
    """Return the file a folder holds: docker's config.json, else containers' auth.json; a file is itself."""
    if not os.path.isdir(path):
        return path
    docker, containers = os.path.join(path, "config.json"), os.path.join(path, "auth.json")
    return containers if os.path.exists(containers) and not os.path.exists(docker) else docker


def _expanded(path: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME")
    return home + path[1:] if home and (path == "~" or path.startswith("~/")) else os.path.expanduser(path)


def _is_text(credentials: Credentials) -> bool:
    """True where all of a login can be sent as UTF-8; JSON and surrogateescape know halves of characters."""
    try:
        for text in (credentials.username, credentials.password, credentials.identity_token):
            (text or "").encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_words(username: str | None, password: str) -> Credentials:
    if not username:
        raise problem("bad-option", option="password", cause="is given without username",
                      advice="Set username too, or give a bearer token as token.")
    if username == IDENTITY_USER:
        return Credentials("username and password", identity_token=password)
    if ":" in username:
        raise problem("bad-option", option="username", cause="holds a colon, which no login by password can carry",
                      advice="Give the user alone; the password belongs in password.")
    return Credentials("username and password", username, password)


def _from_entry(entry: Entry, source: str) -> Credentials:
    username, password, identity_token = entry.username, entry.password, entry.identity_token
    if username == IDENTITY_USER:
        username, password, identity_token = "", "", identity_token or password
    return Credentials(source, username or None, password or None, identity_token or None, entry.registry_token or None)


def _from_answer(answer: HelperAnswer, source: str) -> Credentials:
    if answer.username == IDENTITY_USER:
        return Credentials(source, identity_token=answer.secret)
    return Credentials(source, answer.username, answer.secret)
