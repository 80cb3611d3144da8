# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The plan of a deletion: manifests and tags that go, what stays, and why. Values only; check mode prints them."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import RegistryError
from .rules.removal import ManifestDeletion
from .rules.retention import Kept

TAG = "tag"
PLACEHOLDER = "placeholder"


@dataclass(frozen=True)
class UntagStep:
    """A tag that is removed alone: by a tag deletion, or by a placeholder.

    `digest` is None if its manifest is missing.
    """

    tag: str
    digest: str | None
    how: str = TAG


@dataclass(frozen=True)
class Details:
    """When the newest image of a digest was made (seconds since 1970, None: unknown), and its blobs' bytes."""

    digest: str
    created: float | None
    size: int


@dataclass(frozen=True)
class RepositoryPlan:
    """What happens in one repository.

    `unmatched` counts tags that the rule is not about; `trouble` is why the repository is left untouched; `notes` are
    warnings; `listed` are all tags of the repository.
    """

    repository: str
    delete: tuple[ManifestDeletion, ...] = ()
    untag: tuple[UntagStep, ...] = ()
    kept: tuple[Kept, ...] = ()
    unmatched: int = 0
    details: tuple[Details, ...] = ()
    trouble: RegistryError | None = None
    notes: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """True where anything would be written."""
        return bool(self.delete or self.untag)


@dataclass(frozen=True)
class DeletionPlan:
    """All repositories of one task, in their order."""

    registry: str
    repositories: tuple[RepositoryPlan, ...] = ()
