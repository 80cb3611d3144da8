# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Reads docker's config.json and containers' auth.json, and finds what they say about one repository.

Keys are read in all forms that docker and containers write: `host`, `host:port`, `https://host/v1/`, and
`host/namespace/repository`, of which the longest that fits wins (containers-auth.json, section "FORMAT").
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import stat
import typing as t
from dataclasses import dataclass, field

from ...reference import Registry

MAX_FILE = 1024 * 1024  # bytes
HUB = "docker.io"
HUB_KEY = "https://index.docker.io/v1/"  # under which docker keeps the login of Docker Hub

_HUB_HOSTS = (HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "registry.docker.io")
_SCHEME = re.compile(r"(https?)://", re.IGNORECASE)


class ConfigError(Exception):
    """The file cannot be used; the text says why, without any of its content."""


@dataclass(frozen=True)
class Entry:
    """One login of a file, decoded; all parts may be empty, as where a helper holds the secret."""

    username: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def is_empty(self) -> bool:
        """True where the entry holds no secret."""
        return not (self.password or self.identity_token or self.registry_token)


@dataclass(frozen=True)
class Helper:
    """A credential helper that the file names; `servers` are the addresses to ask it for, `specific` is credHelpers."""

    name: str
    servers: tuple[str, ...]
    specific: bool


@dataclass(frozen=True)
class ConfigFile:
    """One file's parts, not yet decoded. Keys of `auths` stay as they are written."""

    auths: t.Mapping[str, object] = field(default_factory=dict, repr=False)
    helpers: t.Mapping[str, object] = field(default_factory=dict)
    store: str = ""

    def entry(self, registry: Registry, repository: str | None) -> Entry:
        """Return the login for a repository, an empty one where there is none; raises ConfigError for a broken one."""
        for key in self._keys(registry, repository):
            entry = _entry(self.auths[key])
            if not entry.is_empty:
                return entry
        return Entry()

    def helper(self, registry: Registry, repository: str | None) -> Helper | None:
        """Return the helper to ask first: the one for this registry, else the store for all."""
        for key, name in self.helpers.items():
            if isinstance(name, str) and name and _place(key)[0] in hosts_of(registry):
                return Helper(name, _once(key, *_servers(registry)), specific=True)
        known = (key for key in self._keys(registry, repository))
        return Helper(self.store, _once(*known, *_servers(registry)), specific=False) if self.store else None

    def by_repository(self, registry: Registry) -> bool:
        """True where the file has a login for some of this registry's repositories only."""
        return any(path for host, path in map(_place, self.auths) if host in hosts_of(registry))

    def _keys(self, registry: Registry, repository: str | None) -> list[str]:
        places = {key: _place(key) for key in self.auths}
        fitting = [key for key, place in places.items() if _fits(place, registry, repository)]
        return sorted(fitting, key=lambda key: len(places[key][1]), reverse=True)


def read_config(path: str) -> ConfigFile | None:
    """Return a file's parts, None where there is no such file; raises ConfigError where it cannot be read."""
    try:
        data = _read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigError((error.strerror or "it cannot be read").lower()) from None
    except ValueError:  # a path with a null byte
        raise ConfigError("that is no path") from None
    return parse_config(data)


def parse_config(data: bytes) -> ConfigFile:
    """Return the parts of a file; an empty one has none. Raises ConfigError for what is no JSON object."""
    if not data.strip():
        return ConfigFile()
    try:
        config = json.loads(data)
    except (ValueError, RecursionError):
        raise ConfigError("it is no JSON") from None
    if not isinstance(config, dict):
        raise ConfigError("it is no JSON object")
    auths, helpers, store = config.get("auths") or {}, config.get("credHelpers") or {}, config.get("credsStore") or ""
    if not isinstance(auths, dict) or not isinstance(helpers, dict) or not isinstance(store, str):
        raise ConfigError("its auths, credHelpers or credsStore have another form than docker writes")
    return ConfigFile(auths, helpers, store)


def hosts_of(registry: Registry) -> tuple[str, ...]:
    """Return the names under which files may know a registry, in lower case; all of Docker Hub's are one."""
    if registry.host.lower() in _HUB_HOSTS:
        return (HUB,)
    host = f"[{registry.host}]" if ":" in registry.host else registry.host
    return _once(registry.netloc.lower(), f"{host}:{registry.port}".lower())


def _read_regular(path: str) -> bytes:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ConfigError("it is no file")
    with open(path, "rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ConfigError(f"it is larger than {MAX_FILE} bytes")
    return data


def _place(key: str) -> tuple[str, str]:
    """Return host and path of a key. A key with a scheme is docker's and means the whole host, whatever its path."""
    scheme = _SCHEME.match(key)
    rest = key[scheme.end():] if scheme else key
    host, _slash, path = rest.partition("/")
    host = host.lower()
    default = {"https": ":443", "http": ":80"}.get(scheme.group(1).lower() if scheme else "", "")
    if default and host.endswith(default):
        host = host[: -len(default)]
    path = path.strip("/")
    return (HUB if host in _HUB_HOSTS else host), ("" if scheme or path in ("v1", "v2") else path)


def _fits(place: tuple[str, str], registry: Registry, repository: str | None) -> bool:
    host, path = place
    return host in hosts_of(registry) and (not path or f"{repository or ''}/".startswith(f"{path}/"))


def _servers(registry: Registry) -> tuple[str, ...]:
    return (HUB_KEY,) if hosts_of(registry) == (HUB,) else (registry.netloc,)


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        raise ConfigError("its entry for this registry is no JSON object")
    username, password = _decoded(_text(value, "auth"))
    return Entry(
        username or _text(value, "username"),
        password or _text(value, "password"),
        _text(value, "identitytoken"),
        _text(value, "registrytoken").strip(),
    )


def _text(value: dict[str, object], name: str) -> str:
    text = value.get(name)
    if text is not None and not isinstance(text, str):
        raise ConfigError(f"the {name} of its entry for this registry is no text")
    return text or ""


def _decoded(auth: str) -> tuple[str, str]:
    if not auth:
        return "", ""
    try:
        text = base64.b64decode("".join(auth.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ConfigError("the auth of its entry for this registry is no base64 of user:password") from None
    username, colon, password = text.partition(":")
    if not colon:
        raise ConfigError("the auth of its entry for this registry is no base64 of user:password")
    return username, password.rstrip("\x00")  # docker has written trailing null bytes


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
