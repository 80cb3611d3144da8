# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""From a specification to an image, or to an index with its children."""

from __future__ import annotations

from typing import Optional, Union

from .broken import Broken
from .images import Image, Index, build_image, build_index
from .spec import OCI_LAYOUTS, ImageSpec, Layout


def build(spec: ImageSpec, layout: Layout, broken: Optional[Broken] = None) -> Union[Image, Index]:
    """The image or index that a specification asks for."""
    several = len(spec.platforms) > 1 or bool(spec.absent_platforms) or spec.attestations
    flaw = broken.value if broken else ""
    if not (several if spec.index is None else spec.index):
        return build_image(spec, layout, spec.platforms[0], flaw=flaw)
    if layout not in OCI_LAYOUTS:
        raise ValueError(f"layout={layout.value!r} has no index: use one platform and no attestation, or layout='oci'")
    return build_index(spec, layout, flaw=flaw)
