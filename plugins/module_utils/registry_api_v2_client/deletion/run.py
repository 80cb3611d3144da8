# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Execute a plan of deletion: tags, then manifests in groups, before each of which siblings are looked up again."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..concurrency import together
from ..endpoints.manifests import Deletion, delete_manifest, delete_tag
from ..errors import RegistryError
from ..problems import problem
from ..removal import KEPT_SIBLING, Contents, Doomed, holders_of, needed_by
from ..retention import Kept
from .placeholder import untag_by_placeholder
from .plan import PLACEHOLDER, DeletionPlan, RepositoryPlan, UntagStep
from .planner import shared_digest
from .request import DeleteRequest

if t.TYPE_CHECKING:
    from ..inventory import Inventory
    from ..transport.request import Sender

AT_ONCE = 16  # manifests that are deleted between two looks at the tags that stay


@dataclass
class Outcome:
    """What really happened: (repository, digest or tag) that went, what was found to be needed, failures, notes."""

    done: set[tuple[str, str]] = field(default_factory=set)
    late: dict[str, list[Kept]] = field(default_factory=dict)
    failed: dict[str, RegistryError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


async def run_deletion(plan: DeletionPlan, send: Sender, request: DeleteRequest, inventory: Inventory) -> Outcome:
    """Do what the plan says; a failure ends its repository, and the others are finished."""
    outcome = Outcome()
    runs = [_Run(one, send, request, inventory, outcome) for one in plan.repositories if one.changes]
    await together(run.attempt() for run in runs)
    return outcome


class _Run:
    """The deletions of one repository."""

    def __init__(
        self, plan: RepositoryPlan, send: Sender, request: DeleteRequest, inventory: Inventory, outcome: Outcome
    ) -> None:
        self.plan = plan
        self.send = send
        self.request = request
        self.inventory = inventory
        self.outcome = outcome
        self.repository = plan.repository

    async def attempt(self) -> None:
        """Delete, and keep the error where that fails."""
        try:
            await together(self._untag(step) for step in self.plan.untag)
            for group in _groups(self.plan.delete):
                await self._delete_group(group)
        except RegistryError as error:
            self.outcome.failed[self.repository] = error.about(image=self.repository)

    async def _untag(self, step: UntagStep) -> None:
        now = await self.inventory.head(self.repository, step.tag)
        if now is not None and now.digest != step.digest:
            self.outcome.notes.append(f"{self.repository}:{step.tag} was moved to {now.digest} meanwhile and stays.")
            self._stays(Kept(now.digest, (step.tag,), KEPT_SIBLING))
            return
        if step.how == PLACEHOLDER:
            if now is not None:  # else somebody else has removed it
                await untag_by_placeholder(self.send, self.repository, step.tag, step.digest)
        else:
            await remove_tag(self.send, self.repository, step.tag, step.digest)
        self.outcome.done.add((self.repository, step.tag))

    async def _delete_group(self, group: list[Doomed]) -> None:
        tags = await self._remaining()
        needed = await self._needed(tags)
        for step in group:
            if step.digest in needed:
                self._refuse_or_keep(step, tags)
        await together(self._delete(step) for step in group if step.digest not in needed)

    async def _delete(self, step: Doomed) -> None:
        await delete_manifest(self.send, self.repository, step.digest)
        self.outcome.done.add((self.repository, step.digest))

    async def _remaining(self) -> dict[str, str]:
        """Return the tags that stay, with their digests and media types as they are now."""
        going = {tag for step in self.plan.delete for tag in step.tags}
        names = [tag for tag in await self.inventory.tags(self.repository) or [] if tag not in going]
        heads = await together(self.inventory.found(self.repository, tag) for tag in names)
        return {tag: head.digest for tag, head in zip(names, heads) if head is not None}

    async def _needed(self, tags: dict[str, str]) -> frozenset[str]:
        """Return the digests that the tags need; with force they may lose their own."""
        going = {step.digest for step in self.plan.delete}
        roots = set(tags.values()) - (going if self.request.force else set())
        children: dict[str, tuple[str, ...]] = {}
        for digest in roots:
            manifest = await self.inventory.manifest(self.repository, digest)
            if manifest is not None:
                children.update(await self.inventory.children(self.repository, manifest.descriptor))
        return needed_by(Contents(tags, children), roots)

    def _refuse_or_keep(self, step: Doomed, tags: dict[str, str]) -> None:
        """Somebody has named the manifest since the plan was made: what a rule named stays, what a task named fails."""
        if self.request.rule is None and step.parent is None:
            siblings = holders_of(tags).get(step.digest, [])
            tag = step.tags[0] if step.tags else step.digest
            raise shared_digest(self.inventory.registry, self.repository, tag, step.digest, siblings)
        if step.tags:
            self._stays(Kept(step.digest, step.tags, KEPT_SIBLING))

    def _stays(self, kept: Kept) -> None:
        self.outcome.late.setdefault(self.repository, []).append(kept)


async def remove_tag(send: Sender, repository: str, tag: str, digest: str) -> None:
    """Delete a tag alone; raises RefusedError (cannot-untag) where the registry does not, though it seemed to."""
    if await delete_tag(send, repository, tag) is Deletion.UNSUPPORTED:
        raise problem(
            "cannot-untag", registry=send.registry.netloc, image=f"{repository}:{tag}", digest=digest,
            others="the image itself",
        )


def _groups(steps: tuple[Doomed, ...]) -> t.Iterator[list[Doomed]]:
    """Yield the steps in groups, those that others go with first: no index may name what is gone."""
    for level in ([step for step in steps if step.parent is None], [step for step in steps if step.parent is not None]):
        for start in range(0, len(level), AT_ONCE):
            yield level[start:start + AT_ONCE]
