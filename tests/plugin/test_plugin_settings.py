# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Where a setting comes from: argument, option, environment, ini, default - the first one set, 0 included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_oci_registry.settings import FIELDS, UNSET, Settings, find, parsed

Run = Callable[..., pytest.RunResult]
BY_NAME = {field.name: field for field in FIELDS}


class Config:
    """The two questions that a setting asks pytest."""

    def __init__(self, option: Any = None, ini: Any = UNSET) -> None:
        self._option, self._ini = option, ini

    def getoption(self, _name: str, _default: Any = None) -> Any:
        return self._option

    def getini(self, _name: str) -> Any:
        return self._ini


CASES = [
    # name, argument, option, environment, ini, expected
    ("start_timeout", 0, "5", "6", "7", 0),
    ("start_timeout", None, "0", "6", "7", 0.0),
    ("start_timeout", None, None, "0", "7", 0.0),
    ("start_timeout", None, None, None, "0", 0.0),
    ("start_timeout", None, None, None, UNSET, UNSET),
    ("username", "", "a", "b", "c", ""),
    ("username", None, "", "b", "c", ""),
    ("username", None, None, "", "c", ""),
    ("strict", False, True, "yes", "yes", False),
    ("strict", None, False, "yes", "yes", False),
    ("strict", None, None, "no", "yes", False),
    ("strict", None, None, "", "yes", False),
    ("strict", None, None, None, "on", True),
    ("backends", "process", "embedded", None, UNSET, ("process",)),
    ("backends", None, "process, embedded,process", None, UNSET, ("process", "embedded")),
]


@pytest.mark.parametrize(("name", "argument", "option", "environment", "ini", "expected"), CASES)
def test_the_first_place_that_is_set_wins(name: str, argument: Any, option: Any, environment: Any, ini: Any,
                                          expected: Any) -> None:
    field = BY_NAME[name]
    variables = {} if environment is None else {field.environment: environment}
    config: Any = Config(option, ini)
    assert find(field, config, {name: argument}, variables) == expected


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("backends", "", "--oci-registry: name at least one of embedded, process, container, external"),
    ("backends", "docker", "--oci-registry: 'docker' is none of embedded, process, container, external"),
    ("start_timeout", "-1", "--oci-registry: seconds cannot be negative"),
    ("strict", "maybe", "--oci-registry: 'maybe' is neither yes nor no"),
    ("log", "some", "--oci-registry: 'some' is none of failed, all, none"),
])
def test_a_bad_value_is_refused_with_its_place(name: str, value: str, sentence: str) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        parsed(BY_NAME[name], "--oci-registry", value)
    assert str(caught.value) == sentence


def test_every_option_ini_key_and_variable_has_the_prefix() -> None:
    assert all(field.option.startswith("--oci-registry") and field.key.startswith("oci_registry")
               and field.environment.startswith("OCI_REGISTRY") for field in FIELDS)


SHOW = """
def test_show(oci_registry_settings):
    print("seen", oci_registry_settings)
"""


@pytest.mark.parametrize(("arguments", "environment", "ini", "seen"), [
    ((), {}, "", "backends=('embedded',)"),
    ((), {}, "oci_registry = process\n", "backends=('process',)"),
    ((), {"OCI_REGISTRY": "external"}, "oci_registry = process\n", "backends=('external',)"),
    (("--oci-registry=container",), {"OCI_REGISTRY": "external"}, "", "backends=('container',)"),
    ((), {"OCI_REGISTRY_URL": "http://127.0.0.1:1"}, "", "backends=('external',)"),
    (("--oci-registry=embedded",), {"OCI_REGISTRY_URL": "http://127.0.0.1:1"}, "", "backends=('embedded',)"),
    (("--oci-registry-url=",), {"OCI_REGISTRY_URL": "http://127.0.0.1:1"}, "", "backends=('embedded',)"),
    ((), {"REGISTRY_URL": "http://production.example"}, "", "url=''"),
    (("--oci-registry-no-strict",), {"OCI_REGISTRY_STRICT": "1"}, "", "strict=False"),
    (("--oci-registry-strict",), {}, "oci_registry_strict = no\n", "strict=True"),
    (("--oci-registry-start-timeout=0",), {}, "oci_registry_start_timeout = 9\n", "start_timeout=0.0"),
])
def test_a_run_of_pytest_resolves_settings(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...],
                                           environment: dict[str, str], ini: str, seen: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = run(SHOW, "-s", *arguments, ini=ini)
    result.assert_outcomes(passed=1)
    assert seen in result.stdout.str()


# Each setting with a value that is not its default, and how that shows.
VALUES = {
    "backends": ("external", "('external',)"), "url": ("http://127.0.0.1:1", "'http://127.0.0.1:1'"),
    "username": ("someone", "'someone'"), "password": ("secret", ""), "ca": ("/ca.crt", "'/ca.crt'"),
    "features": ("delete,mount", "('delete', 'mount')"), "executable": ("registry", "'registry'"),
    "image": ("registry:3", "'registry:3'"), "runtime": ("docker", "'docker'"), "bind": ("::1", "'::1'"),
    "start_timeout": ("3", "3.0"), "keep": ("yes", "True"), "log": ("all", "'all'"), "strict": ("yes", "True"),
}


@pytest.mark.parametrize("place", ["option", "environment", "ini"])
def test_every_setting_can_be_set_in_every_place(run: Run, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    assert VALUES.keys() == BY_NAME.keys()
    given = [(BY_NAME[name], value) for name, (value, _shown) in VALUES.items()]
    options = [field.option if value == "yes" else f"{field.option}={value}" for field, value in given]
    for field, value in given if place == "environment" else ():
        monkeypatch.setenv(field.environment, value)
    ini = "".join(f"{field.key} = {value}\n" for field, value in given) if place == "ini" else ""
    result = run(SHOW, "-s", *(options if place == "option" else ()), ini=ini)
    printed = result.stdout.str()
    assert [name for name, (_value, shown) in VALUES.items() if shown and f"{name}={shown}" not in printed] == []
    assert "secret" not in printed


@pytest.mark.parametrize("words", [(), ("-q",)], ids=str)
def test_a_bad_option_is_one_line_and_exit_4(run: Run, words: tuple[str, ...]) -> None:
    result = run(SHOW, "--oci-registry=dokcer", *words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--oci-registry: 'dokcer' is none of embedded, process, container, external" in result.stderr.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_options_stand_beside_those_of_testinfra(run: Run) -> None:
    pytest.importorskip("testinfra")
    result = run(SHOW, "-p", "testinfra.plugin", "--help")
    result.stdout.fnmatch_lines(["*--hosts=HOSTS*"])
    result.stdout.fnmatch_lines(["*--oci-registry=BACKENDS*"])


def test_settings_are_resolved_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = Settings.resolve.__func__  # type: ignore[attr-defined]
    monkeypatch.setattr(Settings, "resolve", classmethod(lambda cls, config: calls.append("") or real(cls, config)))
    result = run("""
        import pytest
        @pytest.mark.parametrize("number", range(5))
        def test_it(registry, number):
            assert registry.url
        """)
    result.assert_outcomes(passed=5)
    assert len(calls) == 1
