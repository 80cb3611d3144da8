# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What is asked of a repository's tags, and the plan for it. Values only; check mode prints them."""

from __future__ import annotations

from dataclasses import dataclass

from ..copying.plan import PushPlan
from ..copying.request import PushOptions
from ..problems import problem
from ..reference import check_reference, check_repository, check_tag

PRESENT = "present"
ABSENT = "absent"
STATES = (PRESENT, ABSENT)


@dataclass(frozen=True)
class TagsRequest:
    """Tags of one repository that shall name the source (a tag or digest, perhaps of another repository), or be gone.

    No tags, None or none listed, ensure nothing: the answer is the listing.
    """

    name: str
    tags: tuple[str, ...] = ()
    state: str = PRESENT
    source: str | None = None
    source_name: str | None = None
    overwrite: bool = True
    placeholder: bool = False

    @property
    def origin(self) -> str:
        """The repository that the source is in."""
        return self.source_name or self.name

    @property
    def label(self) -> str:
        """The source in messages."""
        return f"{self.origin} ({self.source})"

    @property
    def rules(self) -> PushOptions:
        """What the copying engine does for it: tags are right if they point to exactly the source's manifest."""
        return PushOptions(compare="digest", overwrite=self.overwrite)

    def check(self) -> None:
        """Raise ValidationError for names that break the grammar, and for tags that shall name nothing."""
        check_repository(self.name)
        for tag in self.tags:
            check_tag(tag)
        if self.source_name is not None:
            check_repository(self.source_name)
        if self.source is not None:
            check_reference(self.source)
        if self.tags and self.state == PRESENT and self.source is None:
            raise problem(
                "bad-option", option="state: present", cause="needs source, the tag or digest that the tags shall name",
                advice="Set source, or state: absent to remove the tags.",
            )


@dataclass(frozen=True)
class TagMove:
    """One tag: the digest that it names now and afterwards, None if there is no such tag.

    `dangling` is True for a tag that is listed while its manifest is missing.
    """

    tag: str
    before: str | None
    after: str | None
    dangling: bool = False

    @property
    def writes(self) -> bool:
        """True where the tag has to change."""
        return self.dangling or self.before != self.after


@dataclass(frozen=True)
class TagsPlan:
    """What happens to the tags of one repository.

    `copy` is the plan of the copying engine for the source, None if tags are removed; `how` removes a tag: tag or
    placeholder. `origin` is the repository of the source, `absent` are digests that the source lists and that are not
    in its repository. `warnings` are sentences for the user.
    """

    registry: str
    repository: str
    exists: bool
    listed: tuple[str, ...]
    moves: tuple[TagMove, ...] = ()
    copy: PushPlan | None = None
    origin: str | None = None
    how: str | None = None
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """True where anything would be written."""
        return any(move.writes for move in self.moves)

    @property
    def tags_afterwards(self) -> tuple[str, ...]:
        """All tags of the repository when the plan is done, sorted."""
        gone = {move.tag for move in self.moves if move.after is None}
        added = {move.tag for move in self.moves if move.after is not None}
        return tuple(sorted((set(self.listed) | added) - gone))
