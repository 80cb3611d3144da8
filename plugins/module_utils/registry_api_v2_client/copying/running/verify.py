# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Before a manifest is written: does every compressed layer unpack to what the image's config says?

The registry checks the digest of what it is sent, not what unpacking it gives, so a layer that does not belong to its
config would become an image that no runtime can use.
"""

from __future__ import annotations

import asyncio
import typing as t

from ...concurrency import run_all
from ...problems import problem
from ..compose import PackedImage
from ..plan import UNCHANGED, ImagePlan

if t.TYPE_CHECKING:
    from ...images.model import Layer
    from ...stores.protocols import Source

CONCURRENT = 2  # each keeps a processor busy; the network needs one too


class Verifier:
    """Reads the compressed layers of images that will be written, each once, in threads."""

    def __init__(self, sources: t.Mapping[str, Source]) -> None:
        self._sources = sources
        self._gate = asyncio.Semaphore(CONCURRENT)

    async def check(self, image: ImagePlan) -> None:
        """Raise ValidationError (corrupt-layer) that names the member where a layer is not the config's.

        Images that need no write, and manifests that the registry has already, are not read.
        """
        if image.status == UNCHANGED or image.reused:
            return
        await run_all(
            self._check_layer(image, packed, number, layer)
            for packed in image.images if not packed.image.artifact
            for number, layer in enumerate(packed.image.layers, 1) if _needs_proof(layer)
        )

    async def _check_layer(self, image: ImagePlan, packed: PackedImage, number: int, layer: Layer) -> None:
        async with self._gate:
            actual = await self._sources[image.path].verify(layer)
        if actual:
            raise problem(
                "corrupt-layer", member=layer.member.name if layer.member else "", path=image.path, n=number,
                total=len(packed.image.layers), image=image.label, actual=actual, expected=layer.diff_id,
            )


def _needs_proof(layer: Layer) -> bool:
    return layer.member is not None and layer.diff_id is not None and layer.compression in ("gzip", "zstd")
