# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Requests and answers as values. An endpoint builds a Request, a Sender sends it, the endpoint reads the Answer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .body.file_slice import FileSlice

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

    from ..errors import RegistryError
    from ..reference import Registry
    from ..settings import Settings

MAX_TOKEN_ANSWER = 64 * 1024  # bytes
MAX_ANSWER = 4 * 1024 * 1024  # bytes; distribution and the specification bound manifests to this
JUDGED = tuple(status for status in range(200, 500) if status not in (408, 429))  # the others may be sent again
Progress = t.Callable[[int], None]  # called with the number of bytes that went out since the last call


@dataclass(frozen=True)
class FileBody:
    """A body that lies in a plain file: sent from its offset without being read into Python where the system can."""

    slice: FileSlice
    progress: Progress | None = None

    @property
    def size(self) -> int:
        """Length of the body in bytes."""
        return self.slice.size


@dataclass(frozen=True)
class StreamBody:
    """A body of unknown length, made while it is sent; `open` starts it anew for each attempt."""

    open: Callable[[], AsyncIterator[bytes]]
    progress: Progress | None = None


@dataclass(frozen=True)
class RangeBody:
    """A body of known size (bytes) that is read elsewhere while it is sent, such as a blob of another registry.

    `open(offset, size)` yields exactly that part of the whole and raises RegistryError if it cannot.
    """

    open: Callable[[int, int], AsyncIterator[bytes]]
    size: int
    progress: Progress | None = None
    offset: int = 0

    def part(self, offset: int, size: int, progress: Progress | None) -> RangeBody:
        """Return a part of this body, which begins `offset` bytes after its first byte."""
        return RangeBody(self.open, size, progress, self.offset + offset)


KnownBody = t.Union[bytes, FileBody, RangeBody]  # of known length, so that it can be sent in parts
Body = t.Union[KnownBody, StreamBody]


@dataclass(frozen=True)
class Request:
    """One request to the registry.

    `operation` is the word of the shared vocabulary (blob_head, upload_put, ...), from which retry rules, token scope,
    log records and error sentences follow. `target` is path and query below the registry's origin, or an absolute URL
    made of a Location (redirects.location), which is opaque. `what` names the object in messages ("layer 3 of app:1").
    `accept` lists the statuses that are answers; any other becomes an error. `mount_from` is a second repository whose
    pull right the request needs. `authorize` is False where credentials must not be asked for (a bare ping),
    `once` is True where trying again is not worth the time.
    """

    operation: str
    method: str
    target: str
    what: str
    repository: str | None = None
    accept: tuple[int, ...] = (200,)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # holds Authorization
    body: Body | None = field(default=None, repr=False)
    mount_from: str | None = None
    max_answer: int = MAX_ANSWER
    authorize: bool = True
    once: bool = False


# a registry that wants a login answers it with a challenge (specification 1.1, section "Determining Support")
PING = Request("ping", "GET", "/v2/", "/v2/", accept=JUDGED, max_answer=MAX_TOKEN_ANSWER, authorize=False)


class Headers(t.Mapping[str, str]):
    """Header fields by name in any case; fields that came several times are joined by ", " (RFC 9110, section 5.3)."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            self._fields[key] = f"{self._fields[key]}, {value}" if key in self._fields else value

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (names in any case), the bounded body, and the absolute URL that answered.

    `tries` counts how often the request was sent until then, so that the 404 of a repeated deletion can be read.
    `redirected` is True if another URL than the requested one answered.
    """

    status: int
    headers: t.Mapping[str, str]
    url: str
    body: bytes = field(default=b"", repr=False)
    tries: int = 1
    redirected: bool = False


Chunks = t.AsyncIterator[bytes]


class Sender(t.Protocol):
    """Sends requests to one registry; transport/session.py has the real one."""

    @property
    def registry(self) -> Registry:
        """The registry that is talked to."""

    @property
    def settings(self) -> Settings:
        """How it is talked to."""

    async def send(self, request: Request) -> Answer:
        """Return the answer when its status is accepted; raises a RegistryError otherwise.

        Tries again what may be tried again, except operations of `one_try`: their endpoint decides what comes
        after a failure, for which the error says `retryable`, and waits by `pause`.
        """

    def stream(self, request: Request) -> t.AsyncContextManager[tuple[Answer, Chunks]]:
        """Return the answer with its body as chunks, for blobs that are not held in memory."""

    def slot(self) -> t.AsyncContextManager[None]:
        """Wait for the turn of one upload; at most `settings.max_concurrent` run at once, fewer after a 429."""

    async def pause(self, tries: int, error: RegistryError, what: str = "") -> None:
        """Wait before the next try after `tries` failed ones; raises the error where none is left or none can help.

        `what` names an upload, for whoever shows progress.
        """
