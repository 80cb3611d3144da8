# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan of deletion: tags, then manifests in groups, before each of which siblings are looked up again."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..concurrency import run_all
from ..endpoints.manifests import delete_tag
from ..errors import RefusedError, RegistryError
from ..images.descriptor import Descriptor
from ..images.referrer_tags import lists_referrers, subject_part
from ..reference import is_digest
from ..referrers.fallback import forget
from .manifest_removal import delete_with_tags, is_about_references
from .plan import DeletionPlan, RepositoryPlan, UntagStep
from .planner import listed, shared_digest
from .request import DeleteRequest
from .rules.removal import KEPT_SIBLING, Contents, ManifestDeletion, holders_of, needed_by
from .rules.retention import REFUSED, Kept
from .untag import TagRemover, not_deleted

if t.TYPE_CHECKING:
    from ..stores.registry_reader import RegistryReader
    from ..transport.request import Sender

AT_ONCE = 16  # manifests that are deleted between two looks at the tags that stay


@dataclass
class DeletionOutcome:
    """What really happened.

    `done` are (repository, digest or tag) that were removed, `untagged` tags of images that could not be deleted,
    `late` what was kept after all, `failed` the first failure of each repository, `notes` warnings.
    """

    done: set[tuple[str, str]] = field(default_factory=set)
    untagged: dict[str, list[UntagStep]] = field(default_factory=dict)
    late: dict[str, list[Kept]] = field(default_factory=dict)
    failed: dict[str, RegistryError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


async def run_deletion(
    plan: DeletionPlan, send: Sender, request: DeleteRequest, inventory: RegistryReader
) -> DeletionOutcome:
    """Do what the plan says.

    A refusal of a single image is kept (by a rule) or fails (by name), and the rest is done. Any other failure ends its
    repository, and the others are finished.
    """
    outcome = DeletionOutcome()
    runs = [_Run(one, send, request, inventory, outcome) for one in plan.repositories if one.changes]
    await run_all(run.attempt() for run in runs)
    return outcome


class _Run:
    """The deletions of one repository."""

    def __init__(
        self, plan: RepositoryPlan, send: Sender, request: DeleteRequest, inventory: RegistryReader,
        outcome: DeletionOutcome,
    ) -> None:
        self.plan = plan
        self.send = send
        self.request = request
        self.inventory = inventory
        self.outcome = outcome
        self.repository = plan.repository
        named = {step.tag for step in plan.untag} | {tag for step in plan.delete for tag in step.tags}
        self.staying = set(plan.listed) - named
        self.remover = TagRemover(send, inventory, self.repository, self.staying, request.placeholder)
        self.refused: dict[str, tuple[ManifestDeletion, RefusedError | None]] = {}

    async def attempt(self) -> None:
        """Delete, and keep the error if that fails."""
        try:
            await self._untag_all()
            await self._delete_all()
            await self._remove_leftovers()
            await self._update_lists()
        except RegistryError as error:
            self._fail(error)
        self._report_refusals()
        self.outcome.notes += self.remover.warnings

    def _fail(self, error: RegistryError) -> None:
        self.outcome.failed.setdefault(self.repository, error.about(image=self.repository))

    async def _untag_all(self) -> None:
        waiting = list(self.plan.untag)
        while waiting and not self.remover.checked:
            await self._untag(waiting.pop(0))
        await run_all(self._untag(step) for step in waiting)

    async def _untag(self, step: UntagStep) -> None:
        now = await self.inventory.found(self.repository, step.tag)
        if now is not None and now.digest != step.digest:
            self.outcome.notes.append(f"{self.repository}:{step.tag} was moved to {now.digest} meanwhile and stays.")
            self._stays(Kept(now.digest, (step.tag,), KEPT_SIBLING))
            return
        try:
            if now is not None or step.digest is None:  # else somebody else has removed it
                await self.remover.remove(step)
        except RefusedError as error:
            if self.request.rule is None or not _is_single(error):
                self._fail(error.about(image=f"{self.repository}:{step.tag}"))
                return
            self._note_refusal(1, f"to remove the tag {step.tag}", error)
            self._stays(Kept(step.digest, (step.tag,), REFUSED))
            return
        self.outcome.done.add((self.repository, step.tag))

    async def _delete_all(self) -> None:
        """Delete manifests, those that others go with first; again those that were refused because of references."""
        steps, progress = list(self.plan.delete), True
        while steps and progress:
            before = len(self.outcome.done)
            for step in steps:
                self.refused.pop(step.digest, None)
            for group in _groups(steps):
                await self._delete_group(group)
            progress = len(self.outcome.done) > before
            steps = [step for step, error in self.refused.values() if error is None or is_about_references(error)]

    async def _delete_group(self, group: list[ManifestDeletion]) -> None:
        heads = await self._remaining()
        needed = await self._needed(heads)
        tags = {tag: head.digest for tag, head in heads.items()}
        going = []
        for step in group:
            if step.parent in self.refused:
                self.refused[step.digest] = (step, None)
            elif step.digest in needed:
                self._refuse_or_keep(step, tags)
            else:
                going.append(step)
        failures = [error for error in await run_all(self._delete(step) for step in going) if error is not None]
        if failures:
            raise failures[0]

    async def _delete(self, step: ManifestDeletion) -> RegistryError | None:
        """Delete a manifest; a failure that is not about this manifest alone is returned, after the whole group."""
        gone: list[str] = []
        try:
            await delete_with_tags(self.send, self.repository, step.digest, step.tags, gone.append)
        except RegistryError as error:
            self.outcome.untagged.setdefault(self.repository, []).extend(UntagStep(tag, step.digest) for tag in gone)
            if not isinstance(error, RefusedError) or not _is_single(error):
                return error
            self.refused[step.digest] = (step, error)
        else:
            self.outcome.done.add((self.repository, step.digest))
        return None

    def _report_refusals(self) -> None:
        """Refusals become kept images and one warning (by a rule), or the failure of the task (by name)."""
        errors = [error for _step, error in self.refused.values() if error is not None]
        if self.request.rule is None:
            for error in errors[:1]:
                self._fail(error)
            return
        gone = {step.tag for step in self.outcome.untagged.get(self.repository, ())}
        for step, _error in self.refused.values():
            self._stays(Kept(step.digest, tuple(tag for tag in step.tags if tag not in gone), REFUSED))
        if errors:
            tags = [tag for step, error in self.refused.values() if error is not None for tag in step.tags]
            names = f" ({listed(self.repository, tags)})" if tags else ""
            what = "an image" if len(errors) == 1 else "images"
            self._note_refusal(len(errors), f"to delete {what}{names}", errors[0])

    def _note_refusal(self, count: int, deed: str, error: RefusedError) -> None:
        times = "" if count == 1 else f" {count} times"
        self.outcome.notes.append(f"{self.repository}: the registry refused{times} {deed}: {error.one_line()}")

    async def _remove_leftovers(self) -> None:
        """Delete tags that are still listed after their manifest was deleted."""
        gone = {tag for step in self.plan.delete if (self.repository, step.digest) in self.outcome.done
                for tag in step.tags}
        for attempt in (delete_tag, None):
            present = await self.inventory.tags(self.repository) if gone else None
            left = sorted(gone & set(present or ()))
            heads = await run_all(self.inventory.found(self.repository, tag) for tag in left)
            gone = {tag for tag, head in zip(left, heads) if head is None}  # others were pushed again
            for tag in sorted(gone):
                if attempt is None:
                    raise not_deleted(self.send, self.repository, tag)
                await attempt(self.send, self.repository, tag)

    async def _update_lists(self) -> None:
        """Remove what was deleted from the referrers tags of subjects that stay (1.1, "Deleting Manifests")."""
        gone = {step.digest for step in self.plan.delete if (self.repository, step.digest) in self.outcome.done}
        staying = [tag for tag in self.staying if gone and subject_part(tag) == tag]
        subjects = [subject for tag in staying for subject in [tag.replace("-", ":", 1)] if is_digest(subject)]
        await run_all(forget(self.send, self.repository, subject, gone) for subject in subjects)

    async def _remaining(self) -> dict[str, Descriptor]:
        """Return the tags that stay, with what they point to now."""
        going = {tag for step in self.plan.delete for tag in step.tags if step.digest not in self.refused}
        names = [tag for tag in await self.inventory.tags(self.repository) or [] if tag not in going]
        heads = await run_all(self.inventory.found(self.repository, tag) for tag in names)
        return {tag: head for tag, head in zip(names, heads) if head is not None}

    async def _needed(self, heads: dict[str, Descriptor]) -> frozenset[str]:
        """Return the digests that the tags, and images that could not be deleted, need; force ignores own tags."""
        going = {step.digest for step in self.plan.delete if step.digest not in self.refused}
        roots = {head.digest: head for head in heads.values() if not (self.request.force and head.digest in going)}
        for digest, (_step, error) in self.refused.items():
            found = await self.inventory.fetch(self.repository, digest) if error is not None else None
            roots.update({digest: found[0]} if found else {})
        children: dict[str, tuple[str, ...]] = {}
        lists = {head.digest for tag, head in heads.items() if lists_referrers(tag, head.digest)}
        named = {head.digest for tag, head in heads.items() if not lists_referrers(tag, head.digest)}
        for root in (root for digest, root in roots.items() if digest in named or digest not in lists):
            children.update(await self.inventory.children(self.repository, root))
        return needed_by(Contents({}, children), roots)

    def _refuse_or_keep(self, step: ManifestDeletion, tags: dict[str, str]) -> None:
        """Keep a manifest that was tagged after the plan was made; fail if the task named it."""
        if self.request.rule is None and step.parent is None:
            siblings = holders_of(tags).get(step.digest, [])
            tag = step.tags[0] if step.tags else step.digest
            raise shared_digest(self.inventory.registry, self.repository, tag, step.digest, siblings)
        if step.tags:
            self._stays(Kept(step.digest, step.tags, KEPT_SIBLING))

    def _stays(self, kept: Kept) -> None:
        self.outcome.late.setdefault(self.repository, []).append(kept)


def _is_single(error: RefusedError) -> bool:
    """True for a refusal of one image or tag; a lost login and a deletion that only seems to happen concern all."""
    return error.status != 401 and error.code not in ("not-deleted", "lost-siblings", "hostile-answer")


def _groups(steps: t.Sequence[ManifestDeletion]) -> t.Iterator[list[ManifestDeletion]]:
    """Yield the steps in groups, each after those that it goes with: no index may name what is deleted."""
    depths: dict[str, int] = {}
    for step in steps:  # parents come first in a plan
        depths[step.digest] = depths.get(step.parent or "", -1) + 1
    for depth in sorted(set(depths.values())):
        level = [step for step in steps if depths[step.digest] == depth]
        for start in range(0, len(level), AT_ONCE):
            yield level[start:start + AT_ONCE]
