# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From a request to a plan: asks the registry what is there and what it can do; changes nothing."""

from __future__ import annotations

import fnmatch
import typing as t
from dataclasses import replace

from ..concurrency import run_all
from ..endpoints.catalog import list_repositories
from ..errors import RefusedError
from ..images.model import Node
from ..images.referrer_tags import lists_referrers, subject_part
from ..images.summary import newest, size
from ..problems import problem
from ..reference import is_digest, repository_fault
from ..stores.registry_referrers import direct_referrers
from .plan import PLACEHOLDER, TAG, DeletionPlan, Details, RepositoryPlan, UntagStep
from .request import DeleteRequest, is_pattern
from .rules.removal import CHILD_OF_KEPT, Contents, Removal, Untagged, holders_of, needed_by, removal
from .rules.retention import NO_MANIFEST, UNREADABLE, Kept, Rule, candidates, select

if t.TYPE_CHECKING:
    from ..stores.registry_reader import RegistryReader
    from ..transport.request import Sender
    from .capabilities import Capabilities

MAX_NAMED = 5  # tags that a sentence names


async def plan_deletion(
    send: Sender, request: DeleteRequest, inventory: RegistryReader, capabilities: Capabilities, now: float
) -> DeletionPlan:
    """Return the plan for all repositories of the request.

    Raises RefusedError (shared-digest, tagged-digest, needed-by-index, deletion-off) where what was asked for by name
    cannot be done; what a rule cannot remove is kept, and a repository that cannot be read is left alone.
    """
    if request.empty:
        return DeletionPlan(inventory.registry)
    names = await _repositories(send, request.names)
    plans = await run_all(_Planner(name, request, inventory, capabilities, now).plan() for name in names)
    return DeletionPlan(inventory.registry, tuple(plans))


async def _repositories(send: Sender, names: tuple[str, ...]) -> list[str]:
    """Return the names with patterns replaced by what the registry has; `*` matches slashes, too.

    What breaks the grammar of names is left alone: no client could have pushed there.
    """
    listed = (await list_repositories(send)).names if any(is_pattern(name) for name in names) else ()
    catalog = [name for name in listed if not repository_fault(name)]
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(fnmatch.filter(catalog, name) if is_pattern(name) else [name]))
    return list(found)


class _Planner:
    """The plan of one repository."""

    def __init__(
        self, repository: str, request: DeleteRequest, inventory: RegistryReader, capabilities: Capabilities, now: float
    ) -> None:
        self.repository = repository
        self.request = request
        self.inventory = inventory
        self.capabilities = capabilities
        self.now = now
        self._named_tags: frozenset[str] = frozenset()
        self._listed_tags: tuple[str, ...] = ()
        self._notes: list[str] = []

    async def plan(self) -> RepositoryPlan:
        """Return what happens in the repository."""
        if self.request.rule is None:
            self._listed_tags = tuple(await self.inventory.tags(self.repository) or ())
            return await self._by_name(list(self._listed_tags))
        listed: list[str] = []
        try:
            listed = await self.inventory.tags(self.repository) or []
            self._listed_tags = tuple(listed)
            drafted = await self._by_rule(listed, self.request.rule)
        except RefusedError as error:
            kept = (Kept(None, tuple(sorted(listed)), UNREADABLE),) if listed else ()
            return RepositoryPlan(self.repository, kept=kept, trouble=error.about(image=self.repository))
        return await self._possible(*drafted)

    async def _by_rule(self, listed: list[str], rule: Rule) -> tuple[Removal, tuple[Kept, ...], int]:
        contents = await self._contents(listed, rule)
        named = candidates(contents, rule)
        digests = list(dict.fromkeys(named.values())) if rule.needs_age else []
        read = dict(zip(digests, await run_all(self._node(digest) for digest in digests)))
        unreadable = {digest: error for digest, error in read.items() if isinstance(error, RefusedError)}
        created = {digest: newest(node) for digest, node in read.items() if not isinstance(node, RefusedError)}
        selection = select(contents, rule, created, self.now, unreadable)
        for digest, error in unreadable.items():
            tag = next(tag for tag, its in named.items() if its == digest)
            self._notes.append(f"{self.repository}:{tag} cannot be read and is kept: {error.one_line()}")
        for kept in selection.kept:
            if kept.reason == NO_MANIFEST:
                self._notes.append(f"{self.repository}:{kept.tags[0]} points to a manifest that"
                                   f" {self.inventory.registry} does not have. Name it in tags to remove it.")
        removed = await self._with_referrers(contents, selection.selected)
        return removed, selection.kept, selection.unmatched

    async def _node(self, digest: str) -> Node | RefusedError:
        """Return an image, or why it cannot be read: that concerns this image only."""
        try:
            return await self.inventory.image(self.repository, digest)
        except RefusedError as error:
            return error

    async def _by_name(self, listed: list[str]) -> RepositoryPlan:
        asked = [self.request.digest] if self.request.digest else list(self.request.tags or ())
        present = await run_all(self.inventory.found(self.repository, reference) for reference in asked)
        there = [reference for reference, found in zip(asked, present) if found is not None or reference in listed]
        if not there:
            return RepositoryPlan(self.repository)
        tags = list(dict.fromkeys(listed + [reference for reference in there if reference != self.request.digest]))
        contents = await self._contents(tags)
        named, digests = self._named(contents, there)
        removed = await self._with_referrers(contents, named, digests)
        self._refuse_needed(contents, removed, digests)
        self._named_tags = frozenset(named)
        dangling = [tag for tag in there if tag in contents.dangling]
        return await self._possible(removed, (), 0, contents, dangling)

    def _named(self, contents: Contents, there: list[str]) -> tuple[list[str], list[str]]:
        """Return the tags and digests that shall go, with `force` all tags of the same digests included."""
        digests = [reference for reference in there if reference == self.request.digest]
        holders = holders_of(contents.tags)
        if self.request.force:
            targets = digests or [contents.tags[tag] for tag in there if tag in contents.tags]
            return [tag for digest in dict.fromkeys(targets) for tag in holders.get(digest, ())], digests
        for digest in digests:
            if holders.get(digest):
                raise problem("tagged-digest", registry=self.inventory.registry, image=self._image(digest),
                              tags=self._listed(holders[digest]))
        return [tag for tag in there if tag not in digests], digests

    def _refuse_needed(self, contents: Contents, removed: Removal, digests: list[str]) -> None:
        going = {step.digest for step in removed.delete}
        for digest in digests:
            if digest not in going:
                raise self._needed(contents, digest, self._image(digest))

    async def _contents(self, tags: list[str], rule: Rule | None = None) -> Contents:
        """Return tags with their digests, and what every index of the repository names."""
        found = await run_all(self.inventory.found(self.repository, tag) for tag in tags)
        heads = {tag: head for tag, head in zip(tags, found) if head is not None}
        # An entry in a list of referrers does not keep a referrer: its subject does.
        roots = {root.digest: root for tag, root in heads.items() if not lists_referrers(tag, root.digest)}
        if self.request.digest is not None:
            root = await self.inventory.found(self.repository, self.request.digest)
            roots.update({root.digest: root} if root else {})
        below = await run_all(self.inventory.children(self.repository, root) for root in roots.values())
        children = {index: named for part in below for index, named in part.items()}
        orphans = await self._orphans(heads) if rule is not None and rule.match is not None else frozenset()
        dangling = tuple(tag for tag in tags if tag not in heads)
        return Contents({tag: root.digest for tag, root in heads.items()}, children, {}, dangling, orphans)

    async def _orphans(self, tags: t.Iterable[str]) -> frozenset[str]:
        """Return the tags of signatures and attestations whose subject the repository does not have."""
        parts = {tag: (subject_part(tag) or "").replace("-", ":", 1) for tag in tags}
        subjects = {tag: subject for tag, subject in parts.items() if is_digest(subject)}
        found = await run_all(self.inventory.found(self.repository, subject) for subject in subjects.values())
        return frozenset(tag for tag, subject in zip(subjects, found) if subject is None)

    async def _with_referrers(
        self, contents: Contents, tags: t.Collection[str], digests: t.Collection[str] = ()
    ) -> Removal:
        """Return what goes, what refers to it included; referrers of referrers are asked for until there are none."""
        asked: dict[str, tuple[str, ...]] = {}
        while True:
            removed = removal(replace(contents, referrers=asked), tags, digests)
            new = [step.digest for step in removed.delete if step.digest not in asked]
            if not new:
                return await self._existing(removed)
            found = await run_all(direct_referrers(self.inventory, self.repository, digest) for digest in new)
            named = [tuple(one.manifest.digest for one in part) for part in found]
            asked = {**asked, **dict(zip(new, named))}

    async def _existing(self, removed: Removal) -> Removal:
        """Leave out what an index or a list of referrers names and the repository does not have."""
        unsure = [step for step in removed.delete if not step.tags and step.parent is not None]
        heads = await run_all(self.inventory.head(self.repository, step.digest) for step in unsure)
        absent = {step.digest for step, head in zip(unsure, heads) if head is None}
        return replace(removed, delete=tuple(step for step in removed.delete if step.digest not in absent))

    async def _possible(
        self, removed: Removal, kept: tuple[Kept, ...], unmatched: int, contents: Contents | None = None,
        dangling: t.Sequence[str] = (),
    ) -> RepositoryPlan:
        """Return the plan as far as the registry can do it."""
        if removed.delete or removed.untag or dangling:
            await self.capabilities.require_deletion(self.repository)
        how = await self._way_to_untag((*removed.untag, *dangling))
        for tag in dangling if not how else ():
            raise problem("dangling-tag", registry=self.inventory.registry, image=f"{self.repository}:{tag}")
        untag = tuple(UntagStep(step.tag, step.digest, how) for step in removed.untag) if how else ()
        untag += tuple(UntagStep(tag, None, how or TAG) for tag in dangling)
        if not how and contents is not None:
            self._refuse_untag(contents, [step for step in removed.untag if step.tag in self._named_tags])
        stays = () if how else _kept(removed.untag)
        plan = RepositoryPlan(
            self.repository, removed.delete, untag, (*kept, *stays), unmatched, notes=tuple(self._notes),
            listed=self._listed_tags,
        )
        return replace(plan, details=await self._details(plan)) if self.request.details else plan

    async def _way_to_untag(self, steps: t.Sequence[Untagged | str]) -> str | None:
        if not steps:
            return TAG
        if await self.capabilities.can_untag(self.repository):
            return TAG
        return PLACEHOLDER if self.request.placeholder else None

    def _refuse_untag(self, contents: Contents, steps: list[Untagged]) -> None:
        """Raise for the first tag that was asked for by name and cannot go without others."""
        for step in steps[:1]:
            image = f"{self.repository}:{step.tag}"
            if step.reason == CHILD_OF_KEPT:
                raise self._needed(contents, step.digest, image)
            siblings = [tag for tag in holders_of(contents.tags)[step.digest] if tag not in self._named_tags]
            raise shared_digest(self.inventory.registry, self.repository, step.tag, step.digest, siblings)

    def _needed(self, contents: Contents, digest: str, image: str) -> Exception:
        others = [(tag, root) for tag, root in contents.tags.items() if root != digest]
        index = self._listed([tag for tag, root in others if digest in needed_by(contents, [root])])
        return problem("needed-by-index", registry=self.inventory.registry, image=image, index=index)

    async def _details(self, plan: RepositoryPlan) -> tuple[Details, ...]:
        digests: list[str | None] = [step.digest for step in plan.delete]
        digests += [step.digest for step in plan.untag] + [kept.digest for kept in plan.kept]
        distinct = [digest for digest in dict.fromkeys(digests) if digest is not None]
        nodes = await run_all(self._node(digest) for digest in distinct)
        return tuple(
            Details(digest, newest(node), size(node)) for digest, node in zip(distinct, nodes)
            if not isinstance(node, RefusedError)
        )

    def _image(self, digest: str) -> str:
        return f"{self.repository}@{digest}"

    def _listed(self, tags: list[str]) -> str:
        return listed(self.repository, tags)


def _kept(steps: tuple[Untagged, ...]) -> tuple[Kept, ...]:
    """Return the tags that a rule names and that stay, because the registry cannot remove a tag alone."""
    groups: dict[tuple[str, str], list[str]] = {}
    for step in steps:
        groups.setdefault((step.digest, step.reason), []).append(step.tag)
    return tuple(Kept(digest, tuple(sorted(tags)), reason) for (digest, reason), tags in groups.items())


def shared_digest(registry: str, repository: str, tag: str, digest: str, siblings: list[str]) -> Exception:
    """Return the error for a tag that cannot go without others."""
    return problem(
        "shared-digest", registry=registry, image=f"{repository}:{tag}", digest=digest,
        siblings=listed(repository, siblings),
    )


def listed(repository: str, tags: list[str]) -> str:
    """Return tags as a sentence names them."""
    names = [f"{repository}:{tag}" for tag in sorted(tags)]
    return ", ".join(names[:MAX_NAMED]) + (f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else "")
