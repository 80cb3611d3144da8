# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The tags of a repository, on request with what they name, each manifest and config fetched once."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ..concurrency import run_all
from ..deletion.request import check_limit, check_patterns
from ..deletion.rules.removal import holders_of
from ..errors import RefusedError
from ..formats.durations import written_moment
from ..formats.versions import natural, version_of
from ..images.descriptor import Descriptor
from ..images.model import Node
from ..images.summary import digest_of, newest, platforms, size
from ..problems import problem
from ..reference import check_repository
from ..stores.registry_reader import RegistryReader

if t.TYPE_CHECKING:
    from ..transport.request import Sender

NAME = "name"
CREATED = "created"
VERSION = "version"
ORDERS = (NAME, CREATED, VERSION)


@dataclass(frozen=True)
class TagsQuery:
    """Which tags of a repository to tell, in which order (created and version: newest first), and how much of each."""

    name: str
    match: tuple[str, ...] | None = None
    limit: int | None = None
    order_by: str = NAME
    details: bool = False


@dataclass(frozen=True)
class TagListing:
    """The tags that were asked for; `total` counts all of the repository. `images` is None without details."""

    exists: bool
    tags: tuple[str, ...] = ()
    total: int = 0
    images: tuple[tuple[Node, tuple[str, ...]], ...] | None = None
    unreadable: t.Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_tags_info documents."""
        return {
            "exists": self.exists,
            "tags": list(self.tags),
            "total": self.total,
            "images": None if self.images is None else [_image(node, tags) for node, tags in self.images],
            "unreadable": sorted(self.unreadable),
            "unreadable_reasons": dict(self.unreadable),
        }


def _image(node: Node, tags: tuple[str, ...]) -> dict[str, t.Any]:
    return {
        "digest": digest_of(node),
        "tags": list(tags),
        "media_type": node.descriptor.media_type if node.descriptor else None,
        "platforms": list(platforms(node)),
        "created": written_moment(newest(node)),
        "size": size(node),
    }


async def list_images(send: Sender, query: TagsQuery) -> TagListing:
    """Return the tags of a repository; `exists` is False where the registry does not know it.

    Tags whose manifest cannot be read are listed in `unreadable`. Raises ValidationError for a bad name or pattern.
    """
    check_repository(query.name)
    check_patterns(query.match or (), "match")
    check_limit(query.limit)
    inventory = RegistryReader(send)
    try:
        return await _Listing(inventory, query).read()
    finally:
        await inventory.aclose()


class _Listing:
    """The reading of one repository."""

    def __init__(self, inventory: RegistryReader, query: TagsQuery) -> None:
        self.inventory = inventory
        self.query = query
        self.unreadable: dict[str, str] = {}
        self.warnings: list[str] = []

    async def read(self) -> TagListing:
        found = await self.inventory.tags(self.query.name, lambda error: self.warnings.append(error.one_line()))
        if found is None:
            return TagListing(False, images=() if self.query.details else None)
        matching = [tag for tag in found if self._matches(tag)]
        if self.query.order_by == CREATED:
            images = await self._images(matching)
            tags = self._cut(_by_age(images) + sorted(self.unreadable))
        else:
            tags = self._cut(_by_version(matching) if self.query.order_by == VERSION else sorted(matching))
            images = await self._images(tags) if self.query.details else {}
        listed = _listed(images, tags) if self.query.details else None
        return TagListing(True, tuple(tags), len(found), listed, dict(self.unreadable),
                          tuple(self.warnings))

    def _matches(self, tag: str) -> bool:
        return self.query.match is None or any(re.search(pattern, tag) for pattern in self.query.match)

    def _cut(self, tags: list[str]) -> list[str]:
        return tags if self.query.limit is None else tags[: self.query.limit]

    async def _images(self, tags: list[str]) -> dict[str, Node]:
        """Return what each tag names, each digest read once; tags that name nothing readable are noted."""
        heads = await run_all(self._head(tag) for tag in tags)
        digests = {tag: head.digest for tag, head in zip(tags, heads) if isinstance(head, Descriptor)}
        holders = holders_of(digests)
        nodes = await run_all(self._node(digest) for digest in holders)
        read = {digest: node for digest, node in zip(holders, nodes) if not isinstance(node, RefusedError)}
        errors = {tag: head for tag, head in zip(tags, heads) if isinstance(head, RefusedError)}
        errors.update({tag: node for node, digest in zip(nodes, holders) if isinstance(node, RefusedError)
                       for tag in holders[digest]})
        self.unreadable = {tag: error.one_line() for tag, error in sorted(errors.items())}
        return {tag: read[digest] for tag, digest in digests.items() if digest in read}

    async def _head(self, tag: str) -> Descriptor | RefusedError:
        image = f"{self.query.name}:{tag}"
        try:
            found = await self.inventory.found(self.query.name, tag)
        except RefusedError as error:
            return error
        missing = problem("not-found", registry=self.inventory.registry, what=f"manifest for the tag {image}")
        return found or t.cast(RefusedError, missing)

    async def _node(self, digest: str) -> Node | RefusedError:
        try:
            return await self.inventory.image(self.query.name, digest)
        except RefusedError as error:
            return error


def _by_age(images: dict[str, Node]) -> list[str]:
    """Return the tags of the newest images first; images of unknown age come last."""
    return sorted(sorted(images, key=natural), key=lambda tag: -(newest(images[tag]) or 0.0))


def _by_version(tags: list[str]) -> list[str]:
    """Return the highest versions first, then tags that are none, by name."""
    versions = {tag: version_of(tag) for tag in tags}
    known = sorted((tag for tag in tags if versions[tag] is not None), key=lambda tag: (versions[tag], natural(tag)))
    return known[::-1] + sorted(tag for tag in tags if versions[tag] is None)


def _listed(images: dict[str, Node], tags: list[str]) -> tuple[tuple[Node, tuple[str, ...]], ...]:
    """Return each image once with its tags, in the order of the tags."""
    holders = holders_of({tag: digest_of(images[tag]) for tag in tags if tag in images})
    nodes = {digest_of(node): node for node in images.values()}
    return tuple((nodes[digest], tuple(names)) for digest, names in holders.items())
