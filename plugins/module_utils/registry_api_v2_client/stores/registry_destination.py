# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A registry that images are written to."""

from __future__ import annotations

import typing as t

from ..endpoints import manifests
from ..endpoints.blobs import blob_exists, blob_readable
from ..errors import RegistryError
from .questions import Questions

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ..endpoints.results import Stored, UploadOutcome
    from ..images.descriptor import Descriptor
    from ..images.manifest import Manifest
    from ..transport.request import Body, Sender, StreamBody


class RegistryDestination:
    """See stores/protocols.py. With `verify_existing` a blob exists if its last byte can be read."""

    def __init__(self, session: Sender, *, verify_existing: bool = False) -> None:
        self._session = session
        self._verify = verify_existing
        self._questions = Questions()

    @property
    def label(self) -> str:
        return self._session.registry.netloc

    @property
    def max_concurrent(self) -> int:
        return self._session.settings.max_concurrent

    async def head(self, repository: str, digest: str) -> Descriptor | None:
        return await self._questions.once(
            ("head", repository, digest), lambda: manifests.head_manifest(self._session, repository, digest)
        )

    async def tag(self, repository: str, tag: str) -> Descriptor | None:
        return await self._questions.once(
            ("tag", repository, tag), lambda: self.tag_now(repository, tag)
        )

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        return await self._questions.once(
            ("get", repository, reference), lambda: manifests.get_manifest(self._session, repository, reference)
        )

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        return await self._questions.once(
            ("blob", repository, blob.digest), lambda: self.has_blob_now(repository, blob)
        )

    def forget(self) -> None:
        self._questions.forget()

    async def has_blob_now(self, repository: str, blob: Descriptor) -> bool:
        if self._verify:
            return await self.is_readable(repository, blob)
        return await blob_exists(self._session, repository, blob.digest)

    async def is_readable(self, repository: str, blob: Descriptor) -> bool:
        return await blob_readable(self._session, repository, blob.digest, blob.size)

    async def tag_now(self, repository: str, tag: str) -> Descriptor | None:
        return await manifests.head_manifest(self._session, repository, tag, any_type=True)

    async def is_stored(self, repository: str, digest: str) -> bool:
        try:
            return await manifests.fetch_manifest(self._session, repository, digest) is not None
        except RegistryError as error:
            if error.code not in ("wrong-bytes", "cut-answer"):
                raise
            return False

    async def mount_blob(self, repository: str, blob: Descriptor, origin: str, *, what: str) -> bool:
        from ..endpoints.upload_session import release  # what writes is loaded only here: most runs find nothing to do
        from ..endpoints.uploads import mount_blob

        mount = await mount_blob(self._session, repository, blob.digest, origin, what=what)
        if mount.session is not None:
            await release(self._session, mount.session)
        return mount.done

    async def put_blob(
        self, repository: str, blob: Descriptor, body: Callable[[], Awaitable[Body | None]], *,
        mount_from: str | None, what: str,
    ) -> UploadOutcome:
        from ..endpoints.uploads import upload_blob

        return await upload_blob(self._session, repository, blob, body, mount_from=mount_from, what=what)

    async def put_stream(
        self, repository: str, body: StreamBody, digest: Callable[[], str], *, what: str
    ) -> str:
        from ..endpoints.uploads import upload_stream

        return await upload_stream(self._session, repository, body, digest, what=what)

    async def put_manifest(self, repository: str, reference: str, data: bytes, media_type: str) -> Stored:
        return await manifests.put_manifest(self._session, repository, reference, data, media_type)

    async def referrers(self, repository: str, digest: str) -> tuple[str, ...]:
        from ..endpoints.referrers import list_referrers

        found = await self._questions.once(
            ("referrers", repository, digest), lambda: list_referrers(self._session, repository, digest)
        )
        return tuple(each.digest for each in found)

    async def record_referrers(self, repository: str, subject: str, entries: Sequence[dict[str, t.Any]]) -> None:
        from ..referrers.fallback import record

        await record(self._session, repository, subject, entries)

    async def commit(self) -> None:
        """A registry shows each tag as soon as it is written."""

    async def aclose(self) -> None:
        await self._questions.aclose()
