# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules share, and the only file of the engine that knows Ansible: specs, the run, errors, diff.

Private to this collection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import traceback
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.basic import AnsibleModule, env_fallback

from .registry_api_v2_client.errors import ConnectionFailedError, RegistryError
from .registry_api_v2_client.problems import problem, system_problem
from .registry_api_v2_client.reference import parse_registry
from .registry_api_v2_client.settings import Login, Settings, Tls

DEFAULT_URL = "http://localhost:15000"
MAX_LOG = 2000  # lines that `debug` returns; a push of a thousand blobs stays below


@dataclass(frozen=True)
class Spec:
    """A part of an argument spec with the rules that bind its options. Parts are added; no name may be given twice."""

    options: dict[str, dict[str, t.Any]]
    required_together: tuple[tuple[str, ...], ...] = ()
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[t.Any, ...], ...] = ()

    def __add__(self, other: Spec) -> Spec:
        twice = self.options.keys() & other.options.keys()
        if twice:
            raise ValueError(f"options given twice: {', '.join(sorted(twice))}")
        return Spec(
            {**self.options, **other.options},
            self.required_together + other.required_together,
            self.mutually_exclusive + other.mutually_exclusive,
            self.required_one_of + other.required_one_of,
            self.required_if + other.required_if,
        )


CONNECTION = Spec(
    {
        "registry_url": {
            "type": "str", "aliases": ["registry", "url"], "default": DEFAULT_URL,
            "fallback": (env_fallback, ["REGISTRY_URL"]),
        },
        "username": {"type": "str", "aliases": ["registry_username"]},
        "password": {"type": "str", "no_log": True, "aliases": ["registry_password"]},
        "token": {"type": "str", "no_log": True},
        "config_path": {"type": "path", "aliases": ["auth_file"]},
        "realm_host": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True, "aliases": ["tls_verify"]},
        "ca_path": {"type": "path", "aliases": ["ca_cert"]},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "timeout": {"type": "int", "default": 30, "fallback": (env_fallback, ["REGISTRY_TIMEOUT"])},
        "total_timeout": {"type": "int"},
        "retries": {"type": "int", "default": 4},
        "debug": {"type": "bool", "default": False, "fallback": (env_fallback, ["REGISTRY_DEBUG"])},
    },
    required_together=(("client_cert", "client_key"),),  # the client checks logins: an empty text means "not set"
)


@dataclass(frozen=True)
class ModuleResult:
    """What a module hands back: its documented values, the error that makes it fail, the diff, warnings."""

    values: dict[str, t.Any]
    error: RegistryError | None = None
    diff: dict[str, str] | None = None
    warnings: tuple[str, ...] = field(default=())


def registry_module(spec: Spec) -> AnsibleModule:
    """Return the AnsibleModule of a spec."""
    module = AnsibleModule(
        argument_spec=spec.options,
        required_together=spec.required_together,
        mutually_exclusive=spec.mutually_exclusive,
        required_one_of=spec.required_one_of,
        required_if=spec.required_if,
        supports_check_mode=True,
    )
    for side in (module.params, module.params.get("source")):
        if isinstance(side, dict):  # registry_tags has a tag of that name
            module.no_log_values.update(secrets_in(str(side.get("registry_url") or "")))
    return module


def settings_from(params: dict[str, t.Any], **extra: t.Any) -> Settings:
    """Return the client's settings that the connection options describe; raises ValidationError for odd numbers."""
    for name, least in (("timeout", 1), ("total_timeout", 1), ("retries", 0)):
        at_least(least, params, name)
    if params["username"] and params["token"]:
        raise problem(
            "bad-option", option="token", cause="is given beside username",
            advice="Give a token, or username and password.",
        )
    return Settings(
        url=params["registry_url"],
        login=Login(
            params["username"], params["password"], params["token"], params["config_path"],
            realm_host=params["realm_host"],
        ),
        tls=Tls(params["validate_certs"], params["ca_path"], params["client_cert"], params["client_key"]),
        timeout=params["timeout"], total_timeout=params["total_timeout"], retries=params["retries"], **extra,
    )


def at_least(least: int, params: dict[str, t.Any], name: str) -> t.Any:
    """Return the option's number, None where it is not set; raises ValidationError (bad-option) for a smaller one."""
    if params[name] is not None and params[name] < least:
        raise problem(
            "bad-option", option=f"{name}: {params[name]}", cause=f"is less than {least}",
            advice="Give a larger number.",
        )
    return params[name]


def connection_warnings(params: dict[str, t.Any]) -> list[str]:
    """Return what is unsafe about the connection: a secret that travels in the open, or to whoever answers."""
    secret = "password" if params["password"] else "token" if params["token"] else None
    try:
        registry = parse_registry(params["registry_url"])
    except RegistryError:  # the work will say it
        return []
    if secret and registry.scheme == "http":
        return [f"The {secret} for {registry.netloc} travels unencrypted, because registry_url is http."]
    if secret and not params["validate_certs"]:
        return [f"validate_certs is false, so anyone on the way can read the {secret} for {registry.netloc}."]
    return []


def secrets_in(url: str) -> set[str]:
    """Return what a URL, which is refused for it, holds of a login, so that Ansible masks it in `invocation` too."""
    login = url.partition("//")[2].rpartition("@")[0] if "//" in url else url.rpartition("@")[0]
    return {part for part in (login, login.partition(":")[2]) if part}


def run(
    module: AnsibleModule, work: t.Callable[[dict[str, t.Any], bool], t.Coroutine[t.Any, t.Any, ModuleResult]], *,
    connects: bool = True,
) -> None:
    """Await `work(params, check_mode)` and end the module with what came of it. Every failure is one sentence.

    `connects` is False for work that talks to no registry.
    """
    for warning in connection_warnings(module.params) if connects else ():
        module.warn(warning)
    log = _Log(module.params.get("debug", False))
    try:
        with log:
            outcome = asyncio.run(_until_told_to_stop(work(module.params, module.check_mode)))
    except RegistryError as error:
        _fail(module, error.one_line(), error, {"changed": False, **log.values()})
    except asyncio.CancelledError:
        module.fail_json(msg="The task was told to stop; uploads under way were released, and no image is half tagged.")
    except Exception as error:
        known = system_problem(error)
        if known is not None:
            _fail(module, known.one_line(), known, {"changed": False, **log.values()})
        # a defect of this collection, which the user can only report
        module.fail_json(
            msg=f"This is a defect of registry_api.v2, please report it: {type(error).__name__} in {_place(error)}.",
            exception=traceback.format_exc(),
        )
    for warning in outcome.warnings:
        module.warn(warning)
    values = {**outcome.values, **log.values()}
    if outcome.diff is not None and module._diff:
        values["diff"] = outcome.diff
    if outcome.error is not None:
        _fail(module, values.pop("msg", outcome.error.one_line()), outcome.error, values)
    module.exit_json(**values)


def _fail(module: AnsibleModule, message: str, error: RegistryError, values: dict[str, t.Any]) -> t.NoReturn:
    """End the module. The sentence is in `msg` only, since Ansible prints the whole result."""
    if isinstance(error, ConnectionFailedError) and module.params.get("registry_url") == DEFAULT_URL:
        hint = f"registry_url is {DEFAULT_URL}, its default: set it if your registry is another. {error.hint}"
        message, error.hint = message.replace(error.hint, hint), hint
    module.fail_json(msg=message, **{**_said_once(values), "error": _without_sentence(error.as_values())})


def _said_once(values: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the values; in a task about one image, without the sentence of its error, which is that of `msg`."""
    for name in ("images", "infos"):
        entries = values.get(name) or ()
        if len(entries) == 1 and entries[0].get("error"):
            values = {**values, name: [{**entries[0], "error": _without_sentence(entries[0]["error"])}]}
    return values


def _without_sentence(error: dict[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in error.items() if name != "message"}


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "an unknown place"


async def _until_told_to_stop(work: t.Coroutine[t.Any, t.Any, ModuleResult]) -> ModuleResult:
    """Await the work; SIGTERM, Ctrl-C and a closed connection cancel it, so that uploads are released."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


class _Log(logging.Handler):
    """Keeps what the client logs while `debug` is set, up to MAX_LOG lines."""

    def __init__(self, wanted: bool) -> None:
        super().__init__(logging.DEBUG)
        self._wanted = wanted
        self._lines: list[str] = []
        self._logger = logging.getLogger("registry_api_v2_client")

    def emit(self, record: logging.LogRecord) -> None:
        if len(self._lines) < MAX_LOG:
            self._lines.append(record.getMessage())

    def values(self) -> dict[str, list[str]]:
        return {"log": self._lines} if self._wanted else {}

    def __enter__(self) -> _Log:
        if self._wanted:
            self._logger.addHandler(self)
            self._logger.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._logger.removeHandler(self)
