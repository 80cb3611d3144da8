# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What each wanted tag names now, and whether that is the wanted image already, however its layers are compressed."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...concurrency import run_all
from ...errors import RefusedError
from ...formats import media_types
from ...images.descriptor import Descriptor
from ...images.model import Image
from ..compose import same_image

if t.TYPE_CHECKING:
    from ...images.manifest import Manifest
    from ...stores.protocols import Destination
    from ..request import PushOptions
    from ..targets import PushTarget


@dataclass(frozen=True)
class TagState:
    """A tag as it is: the digest that it names, and that manifest where it is the wanted image in other words."""

    tag: str
    digest: str | None = None
    matching: Manifest | None = None


async def tag_state(
    item: PushTarget, tag: str, expected: str | None, destination: Destination, options: PushOptions
) -> TagState:
    """Return how a tag is; `expected` is the digest that we would write, None where that is not known yet."""
    image = t.cast(Image, item.node)
    by_content = options.compare == "image" and not image.artifact
    if expected is not None or not by_content:
        head = await destination.tag(item.repository, tag)
        if head is None or head.digest == expected or not by_content:
            return TagState(tag, head.digest if head else None)
        if head.media_type and head.media_type not in media_types.IMAGES:
            return TagState(tag, head.digest)
    try:
        manifest = await destination.manifest(item.repository, tag)
    except RefusedError as error:
        if error.code not in ("old-manifest", "hostile-answer"):
            raise
        head = await destination.tag(item.repository, tag)  # what cannot be read is another image, and can be replaced
        return TagState(tag, head.digest if head else None)
    if manifest is None:
        return TagState(tag)
    return TagState(tag, manifest.digest, manifest if same_image(manifest, image) else None)


async def complete_matches(item: PushTarget, states: list[TagState], destination: Destination) -> dict[str, Manifest]:
    """Return the manifests that are the wanted image already, with all their blobs, by digest."""
    found = {state.matching.digest: state.matching for state in states if state.matching is not None}
    whole = await run_all(_complete(item.repository, manifest.blobs, destination) for manifest in found.values())
    return {digest: match for (digest, match), complete in zip(found.items(), whole) if complete}


async def _complete(repository: str, blobs: tuple[Descriptor, ...], destination: Destination) -> bool:
    return all(await run_all(destination.has_blob(repository, blob) for blob in blobs))
