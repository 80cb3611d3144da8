# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What a copy between registries is asked to do, as values: which images, under which names, by which rules."""

from __future__ import annotations

from dataclasses import dataclass

from ..request import PushOptions


@dataclass(frozen=True)
class CopyImage:
    """One image of the source, or several tags of one repository, and the names that they get.

    `source` is `repository:tag`, `repository@digest` or `repository`. For a repository, `match` (glob patterns),
    `versions` (a range such as `>=1.4,<2`) and `newest` (a number of tags) choose the tags; `versions` and `newest`
    choose among tags that are versions. `name` and `tags` are those of the source if they are None.
    """

    source: str
    name: str | None = None
    tags: tuple[str, ...] | None = None
    match: tuple[str, ...] | None = None
    versions: str | None = None
    newest: int | None = None


@dataclass(frozen=True)
class CopyOptions:
    """The rules of one copy. Each means what it means for a push.

    `original_registry: keep` puts the host of the source before names that are not given. `platforms` chooses images of
    an index. `verify_existing` checks every part of images that are unchanged, and repairs them.
    """

    prefix: str | None = None
    original_registry: str = "drop"
    platforms: tuple[str, ...] | None = None
    overwrite: bool = True
    force: bool = False
    verify_existing: bool = False
    continue_on_error: bool = False

    @property
    def rules(self) -> PushOptions:
        """The same for the run, which serves pushes too."""
        return PushOptions(
            overwrite=self.overwrite, force=self.force, verify_existing=self.verify_existing,
            continue_on_error=self.continue_on_error, compare="digest",
        )
