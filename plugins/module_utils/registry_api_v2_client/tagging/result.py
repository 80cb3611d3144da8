# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What came of a request about tags, in the words that modules return. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .plan import TagMove, TagsPlan

MAX_NAMED = 5  # tags that msg names


@dataclass(frozen=True)
class TagsResult:
    """The end of one request about tags, or of its rehearsal. `tags` are all of the repository afterwards."""

    plan: TagsPlan
    tags: tuple[str, ...]
    rehearsed: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that do not stop the task, such as an incomplete list of tags."""
        if not self.plan.absent:
            return self.plan.warnings
        absent = f"{self.plan.origin} does not have {listed(self.plan.absent)}, which the index lists."
        return (*self.plan.warnings, absent)

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_tags documents, but for `diff`."""
        return {
            "changed": self.plan.changes,
            "msg": self.message(),
            "tags": list(self.tags),
            "digests": {move.tag: move.after for move in self.plan.moves},
            "previous": {move.tag: move.before for move in self.plan.moves},
        }

    def message(self) -> str:
        """Return the sentence of `msg`."""
        plan = self.plan
        if not plan.moves:
            count = f"{len(self.tags)} tag" + ("" if len(self.tags) == 1 else "s")
            return f"{plan.repository} has {count}." if plan.exists else f"There is no repository {plan.repository}."
        writes = [move for move in plan.moves if move.writes]
        if not writes:
            state = "gone" if plan.moves[0].after is None else "right"
            return f"Nothing to do: {_tags(len(plan.moves))} of {plan.repository} " + _is(len(plan.moves), state)
        return self._sentence(writes)

    def _sentence(self, writes: list[TagMove]) -> str:
        start = f"{self._verb(writes)} {_tags(len(writes))} of {self.plan.repository}"
        named = ", ".join(_named(move) for move in writes[:MAX_NAMED])
        more = f" and {len(writes) - MAX_NAMED} more" if len(writes) > MAX_NAMED else ""
        return f"{start}: {named}{more}."

    def _verb(self, writes: list[TagMove]) -> str:
        if writes[0].after is None:
            return "Would remove" if self.rehearsed else "Removed"
        if all(move.before is not None for move in writes):
            return "Would move" if self.rehearsed else "Moved"
        return "Would set" if self.rehearsed else "Set"

    def diff(self) -> dict[str, str] | None:
        """Return the diff that Ansible shows, None where nothing changes: the same before and after the run."""
        writes = sorted((move.tag, move) for move in self.plan.moves if move.writes)
        if not writes:
            return None
        names = [(f"{self.plan.repository}:{tag}", move) for tag, move in writes]
        return {
            "before_header": self.plan.registry,
            "after_header": self.plan.registry,
            "before": "".join(f"{name}\n  {_before(move)}\n" for name, move in names),
            "after": "".join(f"{name}\n  {move.after or 'absent'}\n" for name, move in names),
        }


def listed(digests: t.Sequence[str]) -> str:
    """Return digests as a sentence names them."""
    more = f" and {len(digests) - MAX_NAMED} more" if len(digests) > MAX_NAMED else ""
    return ", ".join(digests[:MAX_NAMED]) + more


def _before(move: TagMove) -> str:
    return move.before or ("no manifest" if move.dangling else "absent")


def _named(move: TagMove) -> str:
    if move.after is None:
        return move.tag
    before = f" from {move.before[:19]}" if move.before else ""
    return f"{move.tag}{before} to {move.after[:19]}"


def _tags(count: int) -> str:
    return "1 tag" if count == 1 else f"{count} tags"


def _is(count: int, state: str) -> str:
    return f"{'is' if count == 1 else 'are'} {state}."
