# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""An answer as a value: handlers return it, faults change it, one place sends it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Union

from .content import Content

# Codes of the specification (section "Error Codes") and of distribution, with the status that goes with each.
STATUS = {
    "BLOB_UNKNOWN": 404,
    "BLOB_UPLOAD_INVALID": 400,
    "BLOB_UPLOAD_UNKNOWN": 404,
    "DIGEST_INVALID": 400,
    "MANIFEST_BLOB_UNKNOWN": 404,
    "MANIFEST_INVALID": 400,
    "MANIFEST_UNKNOWN": 404,
    "NAME_INVALID": 400,
    "NAME_UNKNOWN": 404,
    "SIZE_INVALID": 400,
    "UNAUTHORIZED": 401,
    "DENIED": 403,
    "UNSUPPORTED": 405,
    "TOOMANYREQUESTS": 429,
    "RANGE_INVALID": 416,
    "PAGINATION_NUMBER_INVALID": 400,
    "TAG_INVALID": 400,
    "UNAVAILABLE": 503,
    "UNKNOWN": 500,
}
_BY_STATUS = {
    401: "UNAUTHORIZED",
    403: "DENIED",
    404: "NAME_UNKNOWN",
    405: "UNSUPPORTED",
    413: "SIZE_INVALID",
    416: "RANGE_INVALID",
    429: "TOOMANYREQUESTS",
    503: "UNAVAILABLE",
}


@dataclass(frozen=True)
class Part:
    """A stretch of stored content, sent from disk or memory without being read whole. Offset and size are bytes."""

    content: Content
    offset: int
    size: int
    promised: int | None = None


@dataclass(frozen=True)
class Stream:
    """Bytes that pass through; size is None when the sender did not say."""

    chunks: AsyncIterator[bytes]
    size: int | None


Payload = Union[bytes, Part, Stream]


@dataclass(frozen=True)
class Reply:
    """Status, headers in order, and payload; a reply to HEAD has the payload of GET, which is not sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    payload: Payload = field(default=b"")

    @property
    def size(self) -> int | None:
        """The bytes that Content-Length promises; None when unknown."""
        if isinstance(self.payload, bytes):
            return len(self.payload)
        if isinstance(self.payload, Part) and self.payload.promised is not None:
            return self.payload.promised
        return self.payload.size

    def header(self, name: str) -> str | None:
        """The first header of that name, by any spelling."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def adding(self, **headers: str) -> Reply:
        """The same with more headers; underscores in names stand for hyphens."""
        return replace(
            self, headers=self.headers + tuple((name.replace("_", "-"), value) for name, value in headers.items())
        )


def reply(status: int, payload: Payload = b"", **headers: str) -> Reply:
    """A reply; underscores in header names stand for hyphens."""
    return Reply(status, (), payload).adding(**headers)


def json_reply(value: Any, status: int = 200, **headers: str) -> Reply:
    """A reply with a JSON body."""
    headers.setdefault("Content_Type", "application/json")
    return reply(status, json.dumps(value).encode(), **headers)


def error(code: str, message: str, status: int | None = None, detail: Any = None, **headers: str) -> Reply:
    """The specification's error body; the status is the code's own unless given. Codes are separated by commas."""
    problems = [{"code": each, "message": message, "detail": detail} for each in code.split(",")]
    return json_reply({"errors": problems}, status or STATUS.get(code, 400), **headers)


@dataclass(frozen=True)
class Problem:
    """One item of the error body; `status` is the code's own if it is 0."""

    code: str
    message: str
    status: int = 0
    detail: Any = None


def errors(problems: Sequence[Problem]) -> Reply:
    """An error body with several items; the first one decides the status, as in distribution."""
    items = [{"code": item.code, "message": item.message, "detail": item.detail} for item in problems]
    first = problems[0]
    return json_reply({"errors": items}, first.status or STATUS.get(first.code, 400))


def error_of_status(status: int, code: str | None, message: str | None, **headers: str) -> Reply:
    """The error body that fits a bare status."""
    return error(code or _BY_STATUS.get(status, "UNKNOWN"), message or "this fault was asked for", status, **headers)
