# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which compressed forms of a layer a registry may have already: what this host made, and what manifests say.

A pair of diff_id and digest that a registry tells is a prediction, since a manifest can pair a good config with a
foreign layer. Trusted are this host's record, manifests that the operator names by digest, and with `reuse_trust` all.
"""

from __future__ import annotations

import asyncio
import typing as t
from dataclasses import dataclass

from ...concurrency import run_all, started
from ...endpoints.blobs import read_blob
from ...endpoints.tags import list_tags
from ...errors import RegistryError
from ...formats import media_types
from ...images.config import parse_config
from ...images.descriptor import Descriptor
from ...problems import printable, problem
from ...reference import parse_image_name

if t.TYPE_CHECKING:
    from ...stores.protocols import Destination
    from ...transport.request import Sender
    from .layer_record import LayerRecord

MAX_MANIFESTS = 8  # of the target repository that are read for predictions; two requests each
_KINDS = {"gzip": ("+gzip", ".gzip"), "zstd": ("+zstd",)}


@dataclass(frozen=True)
class Candidate:
    """A compressed form that a layer may have: its descriptor, a repository that has it, whether it may be believed."""

    descriptor: Descriptor
    repository: str | None
    trusted: bool


Pairs = t.Dict[str, t.List[Candidate]]


def named_manifest(text: str) -> tuple[str, str]:
    """Return repository and digest of one entry of `reuse_from`; raises ValidationError where it names no digest."""
    name = parse_image_name(text)
    if name.digest is None or name.host is not None:
        raise problem(
            "bad-option", option=f"reuse_from: {printable(text)}",
            cause="does not name a manifest of this registry by its digest",
            advice="Write it as repository@sha256:...; a tag can be moved by others, so it cannot be trusted.",
        )
    return name.repository, name.digest


class KnownLayers:
    """What is known of compressed forms; asks the registry at most once for each repository."""

    def __init__(
        self, send: Sender, destination: Destination, kind: str, *, record: LayerRecord | None = None,
        reuse_from: tuple[str, ...] = (), reuse_trust: bool = False,
    ) -> None:
        self._send = send
        self._destination = destination
        self._kind = kind
        self._record = record
        self._named = [named_manifest(text) for text in reuse_from]
        self._trust = reuse_trust
        self._asked: dict[str | None, asyncio.Future[Pairs]] = {}

    async def candidates(self, repository: str, diff_id: str) -> list[Candidate]:
        """Return forms that the layer may have in the repository, the trusted ones first."""
        found = []
        if self._record is not None:
            own = await asyncio.to_thread(self._record.known, diff_id, self._kind)
            found += [Candidate(descriptor, None, True) for descriptor in own]
        for source in (None, repository):
            found += (await self._once(source)).get(diff_id, [])
        return sorted(found, key=lambda one: not one.trusted)

    async def learn(self, diff_id: str, digest: str, size: int, library: str) -> None:
        """Keep what this run computed."""
        if self._record is not None:
            await asyncio.to_thread(self._record.learn, diff_id, self._kind, digest, size, library)

    async def _once(self, repository: str | None) -> Pairs:
        if repository not in self._asked:
            work = self._from_named() if repository is None else self._from_tags(repository)
            self._asked[repository] = started(work)
        return await asyncio.shield(self._asked[repository])

    async def _from_named(self) -> Pairs:
        """Read the manifests of `reuse_from`; the digest in each name vouches for it."""
        return _merged(await run_all(self._pairs(repo, digest, True) for repo, digest in self._named))

    async def _from_tags(self, repository: str) -> Pairs:
        """Read the newest manifests of the target repository, as far as names tell age. Failing only costs time."""
        try:
            tags = await list_tags(self._send, repository) or []
        except RegistryError:
            return {}
        newest = sorted(tags, key=_by_numbers, reverse=True)[:MAX_MANIFESTS]
        return _merged(await run_all(self._pairs(repository, tag, self._trust) for tag in newest))

    async def _pairs(self, repository: str, reference: str, trusted: bool) -> Pairs:
        try:
            manifest = await self._destination.manifest(repository, reference)
            if manifest is None or manifest.media_type not in media_types.IMAGES:
                return {}
            data = await read_blob(self._send, repository, t.cast(Descriptor, manifest.config).digest)
            diff_ids = parse_config(data, RegistryError).diff_ids
        except RegistryError:
            return {}
        if len(manifest.layers) != len(diff_ids):
            return {}
        fitting = [(diff_id, layer) for diff_id, layer in zip(diff_ids, manifest.layers) if self._fits(layer)]
        return {diff_id: [Candidate(layer, repository, trusted)] for diff_id, layer in fitting}

    def _fits(self, layer: Descriptor) -> bool:
        return media_types.is_layer(layer.media_type) and layer.media_type.endswith(_KINDS[self._kind])

    async def aclose(self) -> None:
        """Cancel what is still being asked."""
        for future in self._asked.values():
            future.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)


def _merged(parts: list[Pairs]) -> Pairs:
    pairs: Pairs = {}
    for part in parts:
        for diff_id, found in part.items():
            pairs.setdefault(diff_id, []).extend(found)
    return pairs


def _by_numbers(tag: str) -> tuple[tuple[int, str], ...]:
    """Sort key by which 1.10 comes after 1.9."""
    parts: list[tuple[int, str]] = []
    for part in tag.replace("-", ".").split("."):
        digits = part if part.isascii() and part.isdigit() and len(part) < 18 else ""
        parts.append((int(digits) if digits else -1, part))
    return tuple(parts)
