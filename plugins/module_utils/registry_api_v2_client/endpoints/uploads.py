# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bring one blob into a repository: mount it, or upload it and get over what goes wrong on the way.

Distribution specification 1.1, "Pushing blobs", "Mounting a blob from another repository".
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..errors import RefusedError, RegistryError
from ..problems import printable, problem, quoted
from ..problems.masking import masked
from ..reference import check_digest
from ..transport.request import FileBody, RangeBody, Request, StreamBody
from . import upload_session
from .blobs import REAL_PROGRESS, blob_exists, digest_refused
from .chunks import Chunker
from .results import UploadOutcome
from .upload_session import UploadSession

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..images.descriptor import Descriptor
    from ..transport.request import Body, KnownBody, Progress, Sender


@dataclass(frozen=True)
class Mount:
    """What became of a mount: done, or the upload session that the registry opened instead, or neither."""

    done: bool
    session: UploadSession | None = None


async def mount_blob(send: Sender, repository: str, digest: str, source: str, *, what: str | None = None) -> Mount:
    """Ask the registry to link a blob of the repository `source` into this one.

    202 is an open upload session, which the caller continues or releases; whatever else a registry says means that
    it does not mount. Raises ConnectionFailedError only.
    """
    target = f"/v2/{repository}/blobs/uploads/?mount={check_digest(digest)}&from={source}"
    name = what or _name(repository, digest)
    request = Request("upload_mount", "POST", target, name, repository, (201, 202), mount_from=source)
    try:
        answer = await send.send(request)
        if answer.status == 201:
            return Mount(True)
        return Mount(False, upload_session.opened(send, answer, repository, name))
    except RefusedError:
        return Mount(False)


async def upload_blob(
    send: Sender,
    repository: str,
    blob: Descriptor,
    body: Body | Callable[[], Awaitable[Body | None]],
    *,
    mount_from: str | None = None,
    what: str | None = None,
) -> UploadOutcome:
    """Bring a blob of known digest and size into the repository: mounted where that works, else sent.

    One POST and one PUT, or chunks where `settings.chunk_size` says so; a cut upload continues where the registry can,
    else the blob is sent again. `progress` of the body never counts a byte twice. Waits for its turn (Sender.slot).
    Raises TarReadError (truncated, changed), RefusedError with `registry_code` DIGEST_INVALID where the bytes are not
    the blob's, NotFoundError (no-repository), AuthenticationError, RefusedError, ConnectionFailedError.
    A function for `body` is called when its turn comes; the blob is not sent if it returns None.
    """
    name = what or _name(repository, blob.digest)
    async with send.slot():
        content = body if isinstance(body, (bytes, FileBody, RangeBody, StreamBody)) else await body()
        if content is None:
            return UploadOutcome.PRESENT
        mount = Mount(False)
        if mount_from is not None:
            mount = await mount_blob(send, repository, blob.digest, mount_from, what=name)
        if mount.done:
            return UploadOutcome.MOUNTED
        if isinstance(content, StreamBody):
            await _StreamUpload(send, repository, content, lambda: blob.digest, name, mount.session).run()
        else:
            await _BlobUpload(send, repository, blob, content, name, mount.session).run()
        return UploadOutcome.UPLOADED


async def upload_stream(
    send: Sender, repository: str, body: StreamBody, digest: Callable[[], str], *, what: str | None = None
) -> str:
    """Bring a blob into the repository whose digest is known only when its last byte was made; returns that digest.

    One POST, one PATCH with chunked transfer coding (several where `settings.chunk_size` says so), one empty PUT.
    `digest` is asked after each full pass over `body.open()`. Errors as for upload_blob.
    """
    async with send.slot():
        return await _StreamUpload(send, repository, body, digest, what or f"a blob of {repository}").run()


class _Upload:
    """An upload that is tried until it is done: what is common to both kinds."""

    def __init__(self, send: Sender, repository: str, what: str, session: UploadSession | None) -> None:
        self.send = send
        self.repository = repository
        self.what = what
        self.session = session
        self.offset = 0  # bytes that the session holds

    async def run(self) -> str:
        """Return the digest under which the blob is in the registry."""
        try:
            return await self._run()
        except BaseException:  # cancellation included: the registry should not keep half a blob
            await self._drop()
            raise

    async def _run(self) -> str:
        tries = furthest = 0
        while True:
            if self.session is None:
                self.session, self.offset = await upload_session.start(self.send, self.repository, self.what), 0
            tries += 1
            try:
                return await self._send_rest()
            except RegistryError as error:
                if not self._may_go_on(error):
                    raise
                error = self._lost(error) if is_session_lost(error) else error
                error.retryable = True
                await self.send.pause(tries, error, self.what)
            digest = await self._recover()
            if digest is not None:
                return digest
            if self.offset >= furthest + REAL_PROGRESS:  # a bad network, not a registry that is down
                tries, furthest = 0, self.offset

    async def _send_rest(self) -> str:
        raise NotImplementedError

    async def _recover(self) -> str | None:
        """Find out what arrived: the digest where the blob is complete, else None with session and offset set."""
        raise NotImplementedError

    def _may_go_on(self, error: RegistryError) -> bool:
        """True where another try may help; bytes refused after a resumption may have been put together wrongly."""
        if error.from_source:
            return False
        return error.retryable or is_session_lost(error) or (digest_refused(error) and self.offset > 0)

    def _lost(self, error: RegistryError) -> RegistryError:
        """Return what is said when no try is left: that it is the upload which was not found, not the blob."""
        said = {name: getattr(error, name) for name in ("status", "registry_code", "registry_message")}
        cause = f"answered {error.status}{quoted(error.registry_code, error.registry_message)}"
        location = printable(masked(self.session.url).partition("?")[0]) if self.session else "an unknown place"
        return problem("lost-upload", registry=self.send.registry.netloc, cause=cause, what=self.what,
                       location=location, **said)

    async def _drop(self) -> None:
        session, self.session, self.offset = self.session, None, 0
        if session is not None:
            await upload_session.release(self.send, session)

    async def _commit(self, digest: str, body: KnownBody, offset: int) -> str:
        session = t.cast(UploadSession, self.session)
        said = await upload_session.commit(self.send, session, digest, body, offset=offset)
        self.session = None
        if said is not None and said != digest and not await blob_exists(self.send, self.repository, digest):
            raise problem(
                "wrong-bytes", registry=self.send.registry.netloc, what=self.what, actual=printable(said, 100),
                expected=digest,
            )
        return digest


class _BlobUpload(_Upload):
    """A blob of known digest."""

    def __init__(
        self, send: Sender, repository: str, blob: Descriptor, body: KnownBody, what: str,
        session: UploadSession | None,
    ) -> None:
        super().__init__(send, repository, what, session)
        self.blob = blob
        self.body = body
        self.furthest = Furthest(None if isinstance(body, bytes) else body.progress)

    async def _send_rest(self) -> str:
        size = _length(self.body)
        while self._chunk() < size - self.offset:
            await self._send_chunk(self._chunk())
        return await self._commit(self.blob.digest, self._part(self.offset, size - self.offset), self.offset)

    def _chunk(self) -> int:
        size = self.send.settings.chunk_size
        if size is None:
            return 1 << 62
        return max(size, self.session.smallest if self.session else 0)

    async def _send_chunk(self, size: int) -> None:
        session = t.cast(UploadSession, self.session)
        body = self._part(self.offset, size)
        self.session, held = await upload_session.patch(self.send, session, body, offset=self.offset)
        self.offset += size
        if held is None or held == self.offset:
            return
        # distribution 2.8.2 appends a repeated chunk and says so; ECR's Range stays at the first chunk
        # (containers-roadmap#2831) and its status is 404, in which case its digest check at the end has to do.
        latest = await upload_session.resume(self.send, self.session)
        if held > self.offset or (latest is not None and latest[1] != self.offset):
            await self._drop()
            raise self._misplaced()

    def _misplaced(self) -> RegistryError:
        return problem(
            "hostile-answer", registry=self.send.registry.netloc, what=self.what, cause="another length than was sent",
            retryable=True,
        )

    def _part(self, offset: int, size: int) -> KnownBody:
        if isinstance(self.body, bytes):
            return self.body[offset:offset + size]
        if isinstance(self.body, RangeBody):
            return self.body.part(offset, size, self.furthest.since(offset))
        part = replace(self.body.slice, offset=self.body.slice.offset + offset, size=size)
        return FileBody(part, self.furthest.since(offset))

    async def _recover(self) -> str | None:
        if await blob_exists(self.send, self.repository, self.blob.digest):
            self.session = None
            return self.blob.digest  # the answer to our PUT was lost, or another client was quicker
        latest = await upload_session.resume(self.send, self.session) if self.session else None
        self.session, self.offset, before = None, 0, self.offset
        if latest is not None:
            self.session, self.offset = latest
            if not 0 < self.offset <= _length(self.body) or self.offset < before:  # an empty one is safer made anew
                await self._drop()
        return None


class _StreamUpload(_Upload):
    """A blob that is made while it is sent: every try begins anew."""

    def __init__(
        self, send: Sender, repository: str, body: StreamBody, digest: Callable[[], str], what: str,
        session: UploadSession | None = None,
    ) -> None:
        super().__init__(send, repository, what, session)
        self.body = body
        self.digest = digest
        self.made: str | None = None  # digest of the last full pass
        self.furthest = Furthest(body.progress)

    async def _send_rest(self) -> str:
        self.made = None
        async with Chunker(self.body.open(), self.send.settings.chunk_size) as chunker:
            while not chunker.finished:
                part = StreamBody(chunker.next_chunk, self.furthest.since(chunker.offset))
                self.session, _held = await upload_session.patch(
                    self.send, t.cast(UploadSession, self.session), part
                )
        self.made = self.digest()
        return await self._commit(self.made, b"", 0)

    async def _recover(self) -> str | None:
        if self.made is not None and await blob_exists(self.send, self.repository, self.made):
            self.session = None
            return self.made
        await self._drop()
        return None


class Furthest:
    """Turns the progress of several tries into one that never goes back: only bytes beyond the furthest count."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._furthest = 0

    def since(self, offset: int) -> Progress | None:
        """Return the progress function for a part that begins at `offset` of the blob."""
        if self._progress is None:
            return None
        position = offset

        def moved(size: int) -> None:
            nonlocal position
            position += size
            if position > self._furthest and self._progress is not None:
                self._progress(position - self._furthest)
                self._furthest = position

        return moved


def is_session_lost(error: RegistryError) -> bool:
    """True where the registry does not know the upload session any more, or not as far as we do."""
    if error.status == 416 or error.has_code("BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "RANGE_INVALID"):
        return True
    return error.status in (404, 410) and not error.has_code("NAME_UNKNOWN")


def _length(body: KnownBody) -> int:
    return len(body) if isinstance(body, bytes) else body.size


def _name(repository: str, digest: str) -> str:
    return f"blob {digest[:19]} of {repository}"
