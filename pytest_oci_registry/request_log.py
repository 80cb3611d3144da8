# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The log of the requests that reached a registry, in the order of their arrival."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from .operations import OPERATIONS, OTHER

WRITES = ("POST", "PUT", "PATCH", "DELETE")
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
_SECRET_PARAMETERS = ("password", "token", "secret", "account")


@dataclass
class LoggedRequest:
    """One request.

    It is in the log from its first line on; `status` is None until an answer begins, and stays None when there is none.

    Sizes are bytes, `started` is seconds since the epoch, `query` the raw string, `headers` the request's, as they
    came. `connection` counts TCP connections from 1; `fault` names what a rule did, else it is empty; `server` is
    registry, token or cdn.
    """

    method: str
    path: str
    query: str
    operation: str
    repository: str
    reference: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    status: int | None = None
    body_size: int = 0
    answer_size: int = 0
    started: float = 0.0
    connection: int = 0
    fault: str = ""
    server: str = "registry"

    @property
    def is_write(self) -> bool:
        """Whether the method may change the registry; asking for a token by POST changes nothing."""
        return self.method in WRITES and self.operation != "token"

    def header(self, name: str) -> str | None:
        """The first value of a request header, by any spelling; None when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; secrets of headers and query are replaced by ***."""
        plain = asdict(self)
        plain["headers"] = [[key, _hidden(key, value)] for key, value in self.headers]
        plain["query"] = _without_secrets(self.query)
        return plain

    def __str__(self) -> str:
        target = self.path + ("?" + _without_secrets(self.query) if self.query else "")
        status = "no answer" if self.status is None else str(self.status)
        note = f" [{self.fault}]" if self.fault else ""
        where = f" ({self.server})" if self.server != "registry" else ""
        return (
            f"{status} {self.operation} {self.method} {target} in={self.body_size} out={self.answer_size}{where}{note}"
        )


class RequestLog(Sequence[LoggedRequest]):
    """All requests, oldest first; safe to read while the server runs."""

    def __init__(self) -> None:
        self._entries: list[LoggedRequest] = []
        self._lock = threading.Lock()

    def add(self, entry: LoggedRequest) -> None:
        """Append one request."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget everything that was logged."""
        with self._lock:
            self._entries.clear()

    @property
    def writes(self) -> list[LoggedRequest]:
        """The POST, PUT, PATCH and DELETE requests to the registry; empty when a run changed nothing."""
        return [entry for entry in self if entry.is_write]

    @property
    def connections(self) -> int:
        """How many TCP connections carried the logged requests."""
        return len({(entry.server, entry.connection) for entry in self})

    def filter(self, **wanted: Any) -> list[LoggedRequest]:
        """The entries whose fields equal the given values.

        A tuple or list means one of these. ValueError for an unknown field, or an operation that no request can be:
        a slip of the pen would otherwise find nothing, which is what many tests hope for.
        """
        unknown = sorted(set(wanted) - set(LoggedRequest.__dataclass_fields__))
        if unknown:
            raise ValueError(f"a logged request has no field {', '.join(unknown)}")
        for operation in _several(wanted.get("operation", ())):
            if operation not in (*OPERATIONS, OTHER):
                raise ValueError(f"{operation!r} is no operation; there are {', '.join((*OPERATIONS, OTHER))}")
        return [entry for entry in self if all(_fits(getattr(entry, name), value) for name, value in wanted.items())]

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> LoggedRequest: ...

    @overload
    def __getitem__(self, index: slice) -> list[LoggedRequest]: ...

    def __getitem__(self, index: int | slice) -> LoggedRequest | list[LoggedRequest]:
        return self._entries[index]

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(list(self._entries))

    def __str__(self) -> str:
        return "\n".join(str(entry) for entry in self) or "no request"

    def __repr__(self) -> str:
        return f"<RequestLog of {len(self)} requests>"


def _fits(value: Any, wanted: Any) -> bool:
    return value in _several(wanted)


def _several(wanted: Any) -> Any:
    return wanted if isinstance(wanted, (tuple, list, set, frozenset)) else (wanted,)


def _hidden(name: str, value: str) -> str:
    if name.lower() not in _SECRET_HEADERS:
        return value
    scheme, space, _rest = value.partition(" ")
    return f"{scheme} ***" if space else "***"


def _without_secrets(query: str) -> str:
    parts = []
    for part in query.split("&"):
        name, equals, _value = part.partition("=")
        secret = any(word in name.lower() for word in _SECRET_PARAMETERS)
        parts.append(f"{name}=***" if equals and secret else part)
    return "&".join(parts)
