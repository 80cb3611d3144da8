# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Platform and descriptor (image specification, image-index.md and descriptor.md)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    """Operating system and architecture of an image (image index specification, `platform`)."""

    os: str = "linux"
    architecture: str = "amd64"
    variant: str | None = None

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True)
class Descriptor:
    """Media type, digest and size (bytes) of one blob or manifest (image specification, descriptor.md)."""

    media_type: str
    digest: str
    size: int
    urls: tuple[str, ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    platform: Platform | None = None
    artifact_type: str | None = None

    @property
    def short(self) -> str:
        """First twelve digits of the digest, for progress lines."""
        return self.digest.partition(":")[2][:12]

    def annotation(self, name: str) -> str | None:
        """Return one annotation, None where it is not set."""
        return dict(self.annotations).get(name)

    def as_json(self) -> dict[str, t.Any]:
        """Return the descriptor as it is written into a manifest."""
        return {"mediaType": self.media_type, "size": self.size, "digest": self.digest}
