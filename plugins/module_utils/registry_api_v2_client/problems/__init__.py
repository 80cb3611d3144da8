# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Errors by their code, and text of others made fit for messages."""

from __future__ import annotations

import errno
import getpass
import os
import socket
import sys
import typing as t

from ..errors import FIELDS, RegistryError
from .catalogue import PROBLEMS
from .masking import masked

MAX_QUOTED = 200  # characters of a server's words that are ever shown
MAX_NAME = 1_000  # characters of a file's or member's name that messages show
STANDARD_CODES = frozenset({
    "BLOB_UNKNOWN", "BLOB_UPLOAD_INVALID", "BLOB_UPLOAD_UNKNOWN", "DENIED", "DIGEST_INVALID", "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID", "MANIFEST_UNKNOWN", "MANIFEST_UNVERIFIED", "NAME_INVALID", "NAME_UNKNOWN",
    "PAGINATION_NUMBER_INVALID", "SIZE_INVALID", "TAG_INVALID", "TOOMANYREQUESTS", "UNAUTHORIZED", "UNKNOWN",
    "UNSUPPORTED",
})  # "Error Codes" of the specification, and distribution's own


def problem(code: str, **values: t.Any) -> RegistryError:
    """Return the error of that code, its sentence filled in; values named as an attribute of errors are kept there.

    {host}, {user} and {executable} of this machine, and {quoted} (the registry's words), are known without being given.
    """
    entry = PROBLEMS[code]
    words: dict[str, t.Any] = _Here(values, quoted=quoted(values.get("registry_code"), values.get("registry_message")))
    details = {name: values[name] for name in FIELDS if values.get(name) is not None}
    if "registry_code" in details:
        details["registry_code"] = _code(details["registry_code"])
    if "registry_codes" in details:
        details["registry_codes"] = tuple(_code(each) for each in details["registry_codes"])
    if "registry_message" in details:
        details["registry_message"] = printable(details["registry_message"])
    return entry.kind(
        entry.sentence.format_map(words), hint=entry.hint.format_map(words), **{**details, "code": code}
    )


def system_problem(error: BaseException) -> RegistryError | None:
    """Return the error for a limit of open files, or a module that cannot be loaded; None for other exceptions."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return problem("out-of-files", cause=os.strerror(error.errno).lower(), retryable=True)
    if isinstance(error, ImportError):
        return problem("incomplete-install", cause=printable(str(error)))
    return None


def quoted(registry_code: str | None, registry_message: str | None) -> str:
    """Return ` CODE "message"` as it stands behind a status, or what there is of it."""
    said = printable(registry_message or "")
    return (f" {_code(registry_code)}" if registry_code else "") + (f" \"{said}\"" if said else "")


def _code(registry_code: str) -> str:
    """Return an error code for display; decisions depend on the standard ones, so a short password changes none."""
    return registry_code if registry_code in STANDARD_CODES else printable(registry_code)


def printable(text: str, limit: int = MAX_QUOTED) -> str:
    """Return foreign text fit for a terminal: without secrets, one line, printable, at most `limit` characters."""
    return single_line(masked(text), limit)


def single_line(text: str, limit: int = MAX_QUOTED) -> str:
    """Return text as one line without control characters, at most `limit` characters. Secrets are not removed."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())
    return clean if len(clean) <= limit else clean[: limit - 3] + "..."


def printable_name(name: str) -> str:
    """Return a file's name as messages may show it: control and undecodable characters escaped or dropped."""
    return printable(name.encode("utf-8", "backslashreplace").decode("utf-8"), MAX_NAME)


def size_text(size: int) -> str:
    """Return a number of bytes as people read it: decimal units, one digit (412.0 MB)."""
    if size < 1000:
        return f"{size} bytes"
    number = size / 1000
    for unit in ("kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


class _Here(t.Dict[str, t.Any]):
    """The values of one sentence, and on demand what is true of this machine."""

    def __missing__(self, key: str) -> str:
        if key == "host":
            return socket.gethostname()
        if key == "executable":
            return sys.executable
        if key == "user":
            return _user()
        raise KeyError(key)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return f"uid {os.getuid()}"
