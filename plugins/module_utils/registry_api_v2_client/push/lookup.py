# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the registry has: manifests and blobs asked for once each, several at a time. GET and HEAD only."""

from __future__ import annotations

import asyncio
import typing as t

from ..endpoints.blobs import blob_exists, blob_readable
from ..endpoints.manifests import get_manifest, head_manifest
from ..images.manifest import Manifest
from ..models import Descriptor
from ..transport.request import Sender

CONCURRENT = 16  # questions in flight: enough to hide latency, few enough for any registry

_V = t.TypeVar("_V")


class Lookup:
    """Questions to one registry. The same question is asked once, however many images need its answer."""

    def __init__(self, send: Sender, *, verify_existing: bool = False) -> None:
        self._send = send
        self._verify = verify_existing
        self._gate = asyncio.Semaphore(CONCURRENT)
        self._asked: dict[tuple[str, ...], asyncio.Future[t.Any]] = {}

    async def head(self, repository: str, reference: str) -> Descriptor | None:
        """Return the descriptor of a manifest by tag or digest, None where there is none."""
        return await self._once(
            ("head", repository, reference), lambda: head_manifest(self._send, repository, reference)
        )

    async def tag(self, repository: str, tag: str) -> Descriptor | None:
        """Return what a tag names, of whatever media type, None where there is no such tag."""
        return await self._once(
            ("tag", repository, tag), lambda: head_manifest(self._send, repository, tag, any_type=True)
        )

    async def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or digest, verified and parsed; None if there is none."""
        return await self._once(("get", repository, reference), lambda: get_manifest(self._send, repository, reference))

    async def has_blob(self, repository: str, blob: Descriptor) -> bool:
        """Return whether the repository has the blob; with verify_existing, whether its last byte can be read."""
        return await self._once(("blob", repository, blob.digest), lambda: self._has_blob(repository, blob))

    async def _has_blob(self, repository: str, blob: Descriptor) -> bool:
        if self._verify:
            return await blob_readable(self._send, repository, blob.digest, blob.size)
        return await blob_exists(self._send, repository, blob.digest)

    async def _once(self, key: tuple[str, ...], ask: t.Callable[[], t.Awaitable[_V]]) -> _V:
        if key not in self._asked:
            self._asked[key] = asyncio.ensure_future(self._gated(ask))
        return t.cast(_V, await asyncio.shield(self._asked[key]))

    async def _gated(self, ask: t.Callable[[], t.Awaitable[_V]]) -> _V:
        async with self._gate:
            return await ask()

    async def aclose(self) -> None:
        """Cancel what is still being asked."""
        for future in self._asked.values():
            future.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
