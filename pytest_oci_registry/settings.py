# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Every setting of the plugin, resolved once: argument, option, environment, ini, default - the first that is set."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

BACKENDS = ("embedded", "process", "container", "external")
LOGS = ("failed", "all", "none")
UNSET: Any = object()
"""What a place holds where nobody wrote anything; 0, False and "" are values."""


_RESOLVED: pytest.StashKey[Any] = pytest.StashKey()


@dataclass(frozen=True)
class Settings:
    """All settings with their values. Times are seconds."""

    backends: tuple[str, ...] = ("embedded",)
    url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    features: tuple[str, ...] = ()
    executable: str = ""
    image: str = "registry:2"
    runtime: str = ""
    bind: str = "127.0.0.1"
    start_timeout: float = 10.0
    keep: bool = False
    log: str = "failed"
    strict: bool = False

    @property
    def bind_host(self) -> str:
        """The address as URLs have it, with brackets around IPv6."""
        return f"[{self.bind}]" if ":" in self.bind else self.bind

    @classmethod
    def of_session(cls, config: pytest.Config) -> Settings:
        """The settings of a pytest run, resolved once. Raises pytest.UsageError for a bad value."""
        found: Settings | None = config.stash.get(_RESOLVED, None)
        if found is None:
            found = config.stash[_RESOLVED] = cls.resolve(config)
        return found

    @classmethod
    def resolve(cls, config: pytest.Config, **arguments: Any) -> Settings:
        """The settings of a pytest run; arguments that are not None win. Raises pytest.UsageError for a bad value."""
        found = {field.name: find(field, config, arguments, os.environ) for field in FIELDS}
        values = {name: value for name, value in found.items() if value is not UNSET}
        if "backends" not in values and values.get("url"):
            # A URL alone says clearly enough which registry is meant.
            values["backends"] = ("external",)
        return cls(**values)


def text(value: str) -> str:
    """Any text, also none."""
    return value


def words(value: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def backend_list(value: str) -> tuple[str, ...]:
    """One backend or several. Raises ValueError for none, and for an unknown one."""
    names = words(value)
    if not names:
        raise ValueError(f"name at least one of {', '.join(BACKENDS)}")
    for name in names:
        one_of(BACKENDS, name)
    return tuple(dict.fromkeys(names))


def one_of(known: tuple[str, ...], value: str) -> str:
    """The value, when it is known. Raises ValueError, which lists what is."""
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value


def seconds(value: str) -> float:
    """Seconds; 0 waits without limit. Raises ValueError for a negative or no number."""
    number = float(value)
    if number < 0:
        raise ValueError("seconds cannot be negative")
    return number


def truth(value: str) -> bool:
    """yes, true, on, 1 and their opposites; an empty text is no. Raises ValueError for other words."""
    word = value.strip().lower()
    if word in ("1", "yes", "true", "on"):
        return True
    if word in ("", "0", "no", "false", "off"):
        return False
    raise ValueError(f"{value!r} is neither yes nor no")


@dataclass(frozen=True)
class Field:
    """One setting: its option `--oci-registry-NAME`, the environment variable and the ini key that go with it."""

    name: str
    option: str
    parse: Callable[[str], Any]
    help: str

    @property
    def key(self) -> str:
        """The ini key; also where pytest keeps the option."""
        return self.option[2:].replace("-", "_")

    @property
    def environment(self) -> str:
        """The environment variable."""
        return self.key.upper()


FIELDS = (
    Field("backends", "--oci-registry", backend_list,
          f"registries to test with, several run each test once per backend: {', '.join(BACKENDS)} (default embedded)"),
    Field("url", "--oci-registry-url", text, "URL of your own registry; alone it selects the backend external"),
    Field("username", "--oci-registry-username", text, "user name for your own registry"),
    Field("password", "--oci-registry-password", text, "password for your own registry; better in the environment"),
    Field("ca", "--oci-registry-ca", text, "file of the authority that signed your own registry's certificate"),
    Field("features", "--oci-registry-features", words,
          "what your own registry can, for the marker registry_requires"),
    Field("executable", "--oci-registry-exec", text,
          "executable of the backend process (default docker-registry, else registry)"),
    Field("image", "--oci-registry-image", text, "image of the backend container (default registry:2)"),
    Field("runtime", "--oci-registry-runtime", text, "engine of the backend container (default podman, else docker)"),
    Field("bind", "--oci-registry-bind", text, "address on which registries listen (default 127.0.0.1)"),
    Field("start_timeout", "--oci-registry-start-timeout", seconds,
          "seconds until a registry must answer, 0 for no limit (default 10)"),
    Field("keep", "--oci-registry-keep", truth, "leave the data of registry processes on disk"),
    Field("log", "--oci-registry-log", lambda value: one_of(LOGS, value),
          "show the request log of failed tests, of all, or of none (default failed)"),
    Field("strict", "--oci-registry-strict", truth, "a backend that is missing is an error, no reason to skip"),
)


def find(field: Field, config: pytest.Config, arguments: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    """The setting's value from the first place that has one, UNSET when none has. Raises pytest.UsageError."""
    argument = arguments.get(field.name)
    if argument is not None:
        return (argument,) if field.name == "backends" and isinstance(argument, str) else argument
    for place, value in places(field, config, environment):
        if value is not UNSET and value is not None:
            return parsed(field, place, value)
    return UNSET


def places(field: Field, config: pytest.Config, environment: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Where a setting may stand, in the order in which it counts."""
    return [(field.option, config.getoption(field.key, UNSET)),
            (f"environment variable {field.environment}", environment.get(field.environment, UNSET)),
            (f"ini {field.key}", config.getini(field.key))]


def parsed(field: Field, place: str, value: Any) -> Any:
    """The value of a place. Raises pytest.UsageError, which names the place."""
    if isinstance(value, bool):
        return value
    try:
        return field.parse(str(value))
    except ValueError as error:
        raise pytest.UsageError(f"{place}: {error}") from None


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and ini key."""
    group = parser.getgroup("oci-registry", "container registries for tests")
    for setting in FIELDS:
        parser.addini(setting.key, setting.help, default=UNSET)
        if setting.parse is truth:
            group.addoption(setting.option, action="store_true", dest=setting.key, default=None, help=setting.help)
            opposite = setting.option.replace("--oci-registry-", "--oci-registry-no-")
            group.addoption(opposite, action="store_false", dest=setting.key, default=None,
                            help=f"not {setting.option}")
        else:
            group.addoption(setting.option, dest=setting.key, default=None, metavar=setting.name.upper(),
                            help=setting.help)
