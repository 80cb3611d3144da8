# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a run of a plan came to."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..plan import PRESENT

if t.TYPE_CHECKING:
    from ...errors import RegistryError
    from ..plan import ImagePlan


@dataclass
class PushOutcome:
    """What really happened: failures by image, the action of each blob, and bytes that arrived.

    `completed` holds the plans of images whose manifest became known only when their layers were compressed;
    `manifests` and `tags` hold what was written: (repository, digest) and (repository, tag). `repaired` are the blobs
    that the registry claimed to have and that were sent again. `subjects` are those that the registry confirmed, by
    referrer, and `left_behind` the referrers that it cannot hold.
    """

    failed: dict[int, RegistryError] = field(default_factory=dict)
    actions: dict[tuple[str, str], str] = field(default_factory=dict)
    bytes_sent: int = 0
    finished: set[int] = field(default_factory=set)
    completed: dict[int, ImagePlan] = field(default_factory=dict)
    manifests: set[tuple[str, str]] = field(default_factory=set)
    tags: set[tuple[str, str]] = field(default_factory=set)
    repaired: set[tuple[str, str]] = field(default_factory=set)
    subjects: dict[tuple[str, str], str | None] = field(default_factory=dict)
    left_behind: dict[int, RegistryError] = field(default_factory=dict)

    def raise_failed(self) -> None:
        """Raise the first failure of the run."""
        for error in self.failed.values():
            raise error

    @property
    def wrote(self) -> bool:
        """True where anything reached the registry."""
        sent = any(action != PRESENT for action in self.actions.values())
        return bool(sent or self.manifests or self.tags)
