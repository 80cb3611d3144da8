# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One upload session: start it, send into it, ask how far it is, commit it, release it.

Distribution specification 1.1, "Pushing blobs". The Location changes with every answer and is opaque.
"""

from __future__ import annotations

import asyncio
import re
import typing as t
from dataclasses import dataclass, replace

from ..concurrency import started
from ..errors import RegistryError
from ..reference import check_digest
from ..transport.redirects import location, with_query
from ..transport.request import Request

if t.TYPE_CHECKING:
    from ..transport.request import Answer, Body, Sender

RELEASE_TIMEOUT = 5.0  # seconds; a courtesy to the registry that must not hold up an error or a cancellation
MAX_CHUNK_MINIMUM = 1 << 30  # bytes; a registry that asks for larger chunks than this is not believed

_CREATED = (200, 201, 202, 204)  # ECR answers 201 to PATCH, others 204 to PUT; nobody means anything else by it
_RANGE = re.compile(r"(?:bytes[= ])?0-([0-9]{1,19})")


@dataclass(frozen=True)
class UploadSession:
    """An open upload: where the next request goes, and what it is for.

    `smallest` is the least size of a chunk (bytes) that the registry takes, 0 where it does not care.
    """

    repository: str
    what: str
    url: str
    smallest: int = 0


async def start(send: Sender, repository: str, what: str) -> UploadSession:
    """Open an upload. Raises NotFoundError (no-repository), AuthenticationError, RefusedError."""
    target = f"/v2/{repository}/blobs/uploads/"
    answer = await send.send(Request("upload_start", "POST", target, what, repository, _CREATED))
    return opened(send, answer, repository, what)


def opened(send: Sender, answer: Answer, repository: str, what: str) -> UploadSession:
    """Return the session that an answer to POST opens."""
    smallest = answer.headers.get("OCI-Chunk-Min-Length", "")
    size = int(smallest) if smallest.isascii() and smallest.isdigit() and len(smallest) < 12 else 0
    return UploadSession(repository, what, location(answer, what, send.registry), min(size, MAX_CHUNK_MINIMUM))


async def patch(
    send: Sender, session: UploadSession, body: Body, *, offset: int | None = None
) -> tuple[UploadSession, int | None]:
    """Send bytes into the session; returns the session and how many bytes it says to hold, None where it does not say.

    With `offset` the body is a chunk that begins there; without it the body is the whole blob.
    """
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/octet-stream"),)
    if offset is not None:
        headers += (("Content-Range", f"{offset}-{offset + _size(body) - 1}"),)
    request = Request("upload_patch", "PATCH", session.url, session.what, session.repository, _CREATED, headers, body)
    answer = await send.send(request)
    return _moved(send, session, answer), arrived(answer)


def _size(body: Body) -> int:
    return len(body) if isinstance(body, bytes) else getattr(body, "size", 0)


def _moved(send: Sender, session: UploadSession, answer: Answer) -> UploadSession:
    if "Location" not in answer.headers:
        return session
    return replace(session, url=location(answer, session.what, send.registry))


def arrived(answer: Answer) -> int | None:
    """Return how many bytes a Range header says to be there; None where there is no such header.

    `0-0` means nothing or one byte; it is read as nothing, which all registries mean in practice.
    """
    found = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
    if found is None:
        return None
    return int(found.group(1)) + 1 if found.group(1) != "0" else 0


async def commit(
    send: Sender, session: UploadSession, digest: str, body: Body = b"", *, offset: int | None = None
) -> str | None:
    """Close the session under the digest, with what is left of the blob; returns the digest that the registry names.

    With `offset` the body is what is left from there.
    """
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/octet-stream"),)
    if offset and _size(body):
        headers += (("Content-Range", f"{offset}-{offset + _size(body) - 1}"),)
    url = with_query(session.url, "digest", check_digest(digest))
    answer = await send.send(
        Request("upload_put", "PUT", url, session.what, session.repository, _CREATED, headers, body)
    )
    return answer.headers.get("Docker-Content-Digest")


async def resume(send: Sender, session: UploadSession) -> tuple[UploadSession, int] | None:
    """Return the session and how many bytes it holds; None where the registry cannot continue it.

    Only 204 counts: distribution 2.8 answers 404 after any cut request (distribution#3755), ECR always.
    """
    request = Request(
        "upload_status", "GET", session.url, session.what, session.repository, (204, 200, 400, 404, 405, 410, 416)
    )
    answer = await send.send(request)
    if answer.status != 204:
        return None
    return _moved(send, session, answer), arrived(answer) or 0


async def release(send: Sender, session: UploadSession) -> None:
    """Tell the registry that this upload will not be finished. Best effort: silent, and over after RELEASE_TIMEOUT."""
    task = started(_release(send, session))
    try:
        await asyncio.wait({task}, timeout=RELEASE_TIMEOUT)
    finally:
        task.cancel()


async def _release(send: Sender, session: UploadSession) -> None:
    try:
        # distribution 3 answers 416 to a DELETE with an old Location, so the newest one is asked for first.
        what, repository = session.what, session.repository
        status = Request("upload_status", "GET", session.url, what, repository, (204, 200), once=True)
        latest = _moved(send, session, await send.send(status))
        accept = (200, 202, 204, 404)
        await send.send(Request("upload_cancel", "DELETE", latest.url, what, repository, accept, once=True))
    except RegistryError:
        pass
