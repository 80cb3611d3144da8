# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What came of a deletion, in the words that modules return. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..errors import RegistryError
from ..formats.durations import written_moment
from .plan import DeletionPlan, RepositoryPlan, UntagStep
from .rules.removal import ManifestDeletion
from .rules.retention import Kept
from .run import DeletionOutcome

MAX_NAMED = 5  # repositories that msg names


@dataclass(frozen=True)
class DeletionResult:
    """The end of one deletion, or of its rehearsal (`outcome` is None)."""

    plan: DeletionPlan
    outcome: DeletionOutcome | None = None

    @property
    def changed(self) -> bool:
        """True where the registry changed, or would."""
        return any(self._deleted(one) or self._untagged(one) for one in self.plan.repositories)

    @property
    def error(self) -> RegistryError | None:
        """The first failure, in the order of the repositories."""
        failed = self.outcome.failed if self.outcome else {}
        return next((failed[one.repository] for one in self.plan.repositories if one.repository in failed), None)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Repositories that were left alone because they could not be read, and what changed meanwhile."""
        left = [
            f"{one.repository} was left untouched: {one.trouble.one_line()}"
            for one in self.plan.repositories if one.trouble is not None
        ]
        notes = [note for one in self.plan.repositories for note in one.notes]
        return tuple(left + notes + (self.outcome.notes if self.outcome else []))

    def as_result(self) -> dict[str, t.Any]:
        """Return the values that registry_image_delete documents, but for `diff`."""
        plans = self.plan.repositories
        values: dict[str, t.Any] = {
            "changed": self.changed,
            "deleted": [_deleted(one, step) for one in plans for step in self._deleted(one)],
            "untagged": [_untagged(one, step) for one in plans for step in self._untagged(one)],
            "kept": [_kept(one, kept) for one in plans for kept in self._kept(one)],
        }
        totals = self._totals()
        return {**values, "totals": totals, "msg": self.message(totals)}

    def _deleted(self, plan: RepositoryPlan) -> list[ManifestDeletion]:
        done = self.outcome.done if self.outcome else None
        return [step for step in plan.delete if done is None or (plan.repository, step.digest) in done]

    def _untagged(self, plan: RepositoryPlan) -> list[UntagStep]:
        if self.outcome is None:
            return list(plan.untag)
        done = [step for step in plan.untag if (plan.repository, step.tag) in self.outcome.done]
        return done + self.outcome.untagged.get(plan.repository, [])

    def _kept(self, plan: RepositoryPlan) -> list[Kept]:
        return [*plan.kept, *(self.outcome.late.get(plan.repository, []) if self.outcome else [])]

    def _totals(self) -> dict[str, int]:
        deleted = [step for one in self.plan.repositories for step in self._deleted(one)]
        untagged = [step for one in self.plan.repositories for step in self._untagged(one)]
        kept = {(one.repository, kept.digest or kept.tags) for one in self.plan.repositories
                for kept in self._kept(one)}
        return {
            "images": sum(step.parent is None for step in deleted),
            "manifests": len(deleted),
            "tags": sum(len(step.tags) for step in deleted),
            "untagged": len(untagged),
            "kept": len(kept),
            "unmatched": sum(one.unmatched for one in self.plan.repositories),
        }

    def message(self, totals: dict[str, int]) -> str:
        """Return the sentence of `msg`."""
        if self.error is not None:
            return self.error.one_line()
        where = self._where()
        if not self.changed:
            return f"Nothing to do in {where}: {_all_kept(totals)}." if where else "Nothing to do: nothing was named."
        parts = []
        if totals["manifests"]:
            parts.append(f"{'delete' if self.outcome is None else 'deleted'} {_count(totals['images'], 'image')}"
                         f" ({_count(totals['tags'], 'tag')})")
        if totals["untagged"]:
            stay = all(step.digest for one in self.plan.repositories for step in self._untagged(one))
            parts.append(f"{'remove' if self.outcome is None else 'removed'} {_count(totals['untagged'], 'tag')}"
                         + (" of images that stay" if stay else ""))
        words = " and ".join(parts)
        start = f"Would {words}" if self.outcome is None else words[0].upper() + words[1:]
        return f"{start} in {where}; {_count(totals['kept'], 'image')} kept."

    def _where(self) -> str:
        names = [one.repository for one in self.plan.repositories]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return ", ".join(names[:MAX_NAMED]) + more

    def diff(self) -> dict[str, str] | None:
        """Return the diff that Ansible shows, None where nothing changes: the same before and after the run."""
        lines = sorted(line for one in self.plan.repositories for line in _lines(one))
        if not lines:
            return None
        return {
            "before_header": self.plan.registry,
            "after_header": self.plan.registry,
            "before": "".join(f"{name}\n  {digest}\n" for name, digest, _fate in lines),
            "after": "".join(f"{name}\n  absent\n  {fate}\n" for name, _digest, fate in lines),
        }


def _lines(plan: RepositoryPlan) -> t.Iterator[tuple[str, str, str]]:
    for step in plan.delete:
        names = [f"{plan.repository}:{tag}" for tag in step.tags] or [f"{plan.repository}@{step.digest}"]
        yield from ((name, step.digest, "image deleted") for name in names)
    for tag in plan.untag:
        fate = "sibling kept" if tag.digest else "tag deleted"
        yield f"{plan.repository}:{tag.tag}", tag.digest or "no manifest", fate


def _deleted(plan: RepositoryPlan, step: ManifestDeletion) -> dict[str, t.Any]:
    return {"repository": plan.repository, "digest": step.digest, "tags": list(step.tags), "parent": step.parent,
            **_details(plan, step.digest)}


def _untagged(plan: RepositoryPlan, step: UntagStep) -> dict[str, t.Any]:
    return {"repository": plan.repository, "tag": step.tag, "digest": step.digest, **_details(plan, step.digest)}


def _kept(plan: RepositoryPlan, kept: Kept) -> dict[str, t.Any]:
    return {"repository": plan.repository, "digest": kept.digest, "tags": list(kept.tags), "reason": kept.reason,
            **_details(plan, kept.digest)}


def _details(plan: RepositoryPlan, digest: str | None) -> dict[str, t.Any]:
    if not plan.details:
        return {}
    found = next((one for one in plan.details if one.digest == digest), None)
    return {"created": written_moment(found.created) if found else None, "size": found.size if found else None}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _all_kept(totals: dict[str, int]) -> str:
    if totals["kept"]:
        return f"{_count(totals['kept'], 'image')} kept"
    if totals["unmatched"]:
        return f"the rule is about none of {_count(totals['unmatched'], 'tag')}"
    return "what was named is not there"
