# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Blobs: is one there, read it (distribution specification 1.1, "Pulling blobs")."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace

from ..errors import RefusedError, RegistryError
from ..problems import problem
from ..reference import check_digest, digest_of, new_hash, same_digest
from ..transport.redirects import is_own
from ..transport.request import MAX_ANSWER, Request

if t.TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..transport.request import Answer, Chunks, Sender

EMPTY_DIGEST = digest_of(b"")
REAL_PROGRESS = 1024 * 1024  # bytes after which a resumed transfer has all its tries again; fewer could go on for ever

_NO_HEAD = (400, 403, 405, 501)  # what storage answers to the HEAD of a URL that is signed for GET


async def blob_exists(send: Sender, repository: str, digest: str, *, what: str | None = None) -> bool:
    """Return whether the registry says that the repository has this blob.

    A registry that cannot answer HEAD (400, 405, 501) counts as "no", and so does 403, which Artifactory says for blobs
    that it does not have (RTFACT-13797); the upload that follows gets the reason if there is another one. Redirects are
    followed, since a moved registry or a login page redirects any blob. After a garbage collection the answer can be
    wrong, which blob_readable finds out. Lengths are not compared: Harbor's differ between HEAD and GET.
    """
    answer = await send.send(_blob("blob_head", "HEAD", repository, digest, what, (200, 404, *_NO_HEAD)))
    if not answer.redirected or answer.status not in _NO_HEAD:
        return answer.status == 200
    # GHCR and GitLab redirect the HEAD of a blob that they have to a URL that is signed for GET only
    # (stargz-snapshotter#167, oras#923)
    is_signed = "?" in answer.url and not is_own(send.registry, answer.url)
    return is_signed or await _starts(send, repository, digest, what)


async def _starts(send: Sender, repository: str, digest: str, what: str | None) -> bool:
    first = (("Range", "bytes=0-0"),)
    request = _blob("blob_get", "GET", repository, digest, what, (200, 206, 404, 416), first)
    async with send.stream(request) as (answer, _chunks):
        return answer.status != 404


async def blob_readable(send: Sender, repository: str, digest: str, size: int, *, what: str | None = None) -> bool:
    """Return whether the blob has `size` bytes: its last byte can be read, and nothing follows it.

    A HEAD request does not show this after a garbage collection, nor for a truncated blob. A registry that ignores the
    range sends the whole blob, which is then read and counted.
    """
    if size == 0:
        return digest == EMPTY_DIGEST and await blob_exists(send, repository, digest, what=what)
    last = (("Range", f"bytes={size - 1}-"),)
    request = _blob("blob_get", "GET", repository, digest, what, (200, 206, 404, 416), last)
    try:
        async with send.stream(request) as (answer, chunks):
            if answer.status in (404, 416):
                return False
            left = size if answer.status == 200 else 1
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    break
            return left == 0
    except RegistryError as error:
        if error.code != "cut-answer":
            raise
        return False  # distribution 2.8: 206 and a length, but no byte


async def read_blob(
    send: Sender, repository: str, digest: str, *, limit: int = MAX_ANSWER, what: str | None = None
) -> bytes:
    """Return a blob whose bytes have that digest; for configs, not for layers.

    Raises NotFoundError (not-found), RefusedError (hostile-answer) beyond `limit` bytes, RefusedError (wrong-bytes)
    where other bytes keep coming.
    """
    tries = 0
    while True:
        tries += 1
        answer = await send.send(_blob("blob_get", "GET", repository, digest, what, (200,), max_answer=limit))
        if same_digest(answer.body, digest):
            return answer.body
        await send.pause(tries, _wrong_bytes(send, answer.body, digest, what or _name(repository, digest)))


def _wrong_bytes(send: Sender, data: bytes, digest: str, what: str) -> RegistryError:
    actual = digest_of(data, digest.partition(":")[0])
    return problem(
        "wrong-bytes", registry=send.registry.netloc, what=what, actual=actual, expected=digest, retryable=True
    )


@contextlib.asynccontextmanager
async def stream_blob(
    send: Sender, repository: str, digest: str, *, size: int | None = None, what: str | None = None
) -> AsyncIterator[Chunks]:
    """Give the blob's bytes as chunks; after a cut connection they go on from where it was cut.

    `size` is its length in bytes, if it is known: more bytes are an error at once (hostile-answer).

    Whoever reads to the end has verified bytes: RefusedError (wrong-bytes) is raised instead of the end otherwise.
    Raises NotFoundError (not-found) before the first chunk.
    """
    chunks = _verified(send, repository, digest, size, what or _name(repository, digest))
    try:
        yield chunks
    finally:
        await chunks.aclose()


async def _verified(
    send: Sender, repository: str, digest: str, size: int | None, what: str
) -> t.AsyncGenerator[bytes, None]:
    hashed = new_hash(check_digest(digest))
    async for piece in _Download(send, repository, digest, what, size).pieces(0):
        hashed.update(piece)
        yield piece
    actual = f"{digest.partition(':')[0]}:{hashed.hexdigest()}"
    if actual != digest:
        raise problem("wrong-bytes", registry=send.registry.netloc, what=what, actual=actual, expected=digest)


async def read_part(
    send: Sender, repository: str, digest: str, offset: int, size: int, *, whole: bool = False
) -> AsyncIterator[bytes]:
    """Yield `size` bytes of a blob from `offset` on, without hashing them; a broken download continues.

    `whole` is True if these are all its bytes. Raises NotFoundError (not-found), ConnectionFailedError (cut-answer) if
    the blob ends early, RefusedError (hostile-answer) for another part than was requested.
    """
    left, end = size, offset + size
    download = _Download(send, repository, digest, _name(repository, digest), end, part=not whole)
    pieces = download.pieces(offset)
    try:
        async for piece in pieces:
            if not left:
                return  # the registry ignores ranges
            yield piece[:left]
            left -= len(piece[:left])
    except RegistryError as error:
        error.from_source = True
        raise
    finally:
        await pieces.aclose()


class _Download:
    """The download of one blob, or of its bytes up to `end`. A broken one continues where it ended.

    Only 206 with the right Content-Range continues. A registry that answers 200 sends the blob from its first byte, so
    what has arrived already is skipped.
    """

    def __init__(
        self, send: Sender, repository: str, digest: str, what: str, end: int | None = None, part: bool = False
    ) -> None:
        self._send, self._what, self._end, self._part = send, what, end, part
        self._request = _blob("blob_get", "GET", repository, digest, what, (200,))

    async def pieces(self, offset: int) -> t.AsyncGenerator[bytes, None]:
        """Yield the bytes from `offset` on. Each try that brought bytes gives back all tries."""
        tries = 0
        while True:
            before = offset
            async with self._send.stream(self._from(offset)) as (answer, chunks):
                skip = self._checked_skip(answer, offset)
                piece = await _next(chunks)
                while isinstance(piece, bytes):
                    fresh, skip = piece[skip:], max(0, skip - len(piece))
                    offset += len(fresh)
                    if self._end is not None and offset > self._end and not self._part:
                        raise self._unexpected(f"more than its {self._end} bytes")
                    if fresh:
                        yield fresh
                    piece = await _next(chunks)
            if piece is None and (self._end is None or offset >= self._end):
                return
            tries = 1 if offset >= before + REAL_PROGRESS else tries + 1
            await self._send.pause(tries, piece or self._short(offset))

    def _from(self, offset: int) -> Request:
        if not offset and not self._part:
            return self._request
        last = str(t.cast(int, self._end) - 1) if self._part else ""
        return replace(self._request, accept=(200, 206), headers=(("Range", f"bytes={offset}-{last}"),))

    def _checked_skip(self, answer: Answer, offset: int) -> int:
        """Return how many bytes of the answer come before `offset`; raises RefusedError for another part."""
        if answer.status != 206:
            return offset
        if not answer.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
            raise self._unexpected("another part of it")
        return 0

    def _unexpected(self, cause: str) -> RegistryError:
        return problem("hostile-answer", registry=self._send.registry.netloc, what=self._what, cause=cause)

    def _short(self, offset: int) -> RegistryError:
        cause = f"{offset} of at least {self._end} bytes"
        return problem(
            "cut-answer", registry=self._send.registry.netloc, what=self._what, cause=cause, retryable=True
        )


async def _next(chunks: Chunks) -> bytes | RegistryError | None:
    """Return the next chunk, the error that cut the stream, or None at its end."""
    try:
        return await chunks.__anext__()
    except StopAsyncIteration:
        return None
    except RegistryError as error:
        return error


def digest_refused(error: RegistryError) -> bool:
    """True where the registry found that the bytes it was sent do not have the digest that they were sent under."""
    return isinstance(error, RefusedError) and error.has_code("DIGEST_INVALID")


def _blob(
    operation: str,
    method: str,
    repository: str,
    digest: str,
    what: str | None,
    accept: tuple[int, ...],
    headers: tuple[tuple[str, str], ...] = (),
    max_answer: int = MAX_ANSWER,
) -> Request:
    target = f"/v2/{repository}/blobs/{check_digest(digest)}"
    return Request(
        operation, method, target, what or _name(repository, digest), repository, accept, headers, max_answer=max_answer
    )


def _name(repository: str, digest: str) -> str:
    return f"blob {digest[:19]} of {repository}"
