# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Remove tags alone, and check after the first removal that the registry removed nothing else.

Some registries answer 202 to the deletion of a tag and delete the manifest with all its tags (zot#67, harbor#6994).
"""

from __future__ import annotations

import typing as t

from ..endpoints.manifests import Deletion, delete_tag, head_manifest, is_gone, put_manifest
from ..errors import RegistryError
from ..images.descriptor import Descriptor
from ..problems import problem
from .placeholder import untag_by_placeholder
from .plan import PLACEHOLDER, TAG, UntagStep

if t.TYPE_CHECKING:
    from ..stores.registry_reader import RegistryReader
    from ..transport.request import Sender

MAX_NAMED = 5  # tags that a sentence names

Fetched = t.Tuple[Descriptor, bytes]


class TagRemover:
    """Removes tags of one repository. `staying` are the tags that must be there afterwards.

    Call `remove` one step at a time until `checked` is True. `warnings` are sentences for the user.
    """

    def __init__(
        self, send: Sender, inventory: RegistryReader, repository: str, staying: t.Collection[str], placeholder: bool
    ) -> None:
        self._send = send
        self._inventory = inventory
        self._repository = repository
        self._staying = frozenset(staying)
        self._placeholder = placeholder
        self._deletes_all = False
        self.checked = False
        self.warnings: list[str] = []

    async def remove(self, step: UntagStep) -> None:
        """Remove a tag and leave its manifest and other tags.

        Raises RefusedError: cannot-untag if the registry cannot do that, not-deleted if the tag stays, lost-siblings
        if other tags were deleted with it and could not be put back.
        """
        if step.how == PLACEHOLDER or self._deletes_all:
            await self._overwrite(step)
        elif self.checked:
            await remove_tag(self._send, self._repository, step.tag, step.digest)
        else:
            saved = await self._saved(step)
            await remove_tag(self._send, self._repository, step.tag, step.digest)
            await self._check(step, saved)
            self.checked = True
        await self._require_gone(step)

    async def _overwrite(self, step: UntagStep) -> None:
        if not self._placeholder:
            raise cannot_untag(self._send, self._repository, step.tag, step.digest)
        await untag_by_placeholder(self._send, self._repository, step.tag, step.digest)

    async def _saved(self, step: UntagStep) -> list[Fetched]:
        """Return the manifest of a tag and those below it, the root last; [] for a tag without a manifest."""
        root = await self._inventory.fetch(self._repository, step.digest) if step.digest else None
        if root is None:
            return []
        children = await self._inventory.children(self._repository, root[0])
        digests = dict.fromkeys(digest for index in reversed(list(children)) for digest in (*children[index], index))
        digests.pop(root[0].digest, None)
        below = [await self._inventory.fetch(self._repository, digest) for digest in digests]
        return [manifest for manifest in below if manifest is not None] + [root]

    async def _check(self, step: UntagStep, saved: list[Fetched]) -> None:
        """Put the manifest and its other tags back if the registry deleted them together with the tag."""
        if not saved or not await is_gone(self._send, self._repository, saved[-1][0].digest):
            return
        self._deletes_all = True
        listed = await self._inventory.tags(self._repository) or ()
        lost, digest = sorted(self._staying - set(listed)), saved[-1][0].digest
        image = f"{self._repository}:{step.tag}"
        names = ", ".join(lost[:MAX_NAMED]) + (f" and {len(lost) - MAX_NAMED} more" if len(lost) > MAX_NAMED else "")
        names = names or digest
        try:
            await self._put_back(saved, lost)
        except RegistryError as error:
            raise problem(
                "lost-siblings", registry=self._send.registry.netloc, image=image, lost=names, digest=digest,
                cause=error.message.rstrip("."), status=error.status,
            ) from error
        self.warnings.append(
            f"{self._send.registry.netloc} deleted {names} together with {image}. They were put back, and no other tag"
            " was deleted this way."
        )

    async def _put_back(self, saved: list[Fetched], lost: list[str]) -> None:
        for found, data in saved:
            if await is_gone(self._send, self._repository, found.digest):
                await put_manifest(self._send, self._repository, found.digest, data, found.media_type)
        root, data = saved[-1]
        for tag in lost:
            await put_manifest(self._send, self._repository, tag, data, root.media_type)

    async def _require_gone(self, step: UntagStep) -> None:
        if step.digest is not None:
            await require_gone(self._send, self._repository, step.tag, step.digest)
        elif step.tag in (await self._inventory.tags(self._repository) or ()):
            await self._remove_listed(step)

    async def _remove_listed(self, step: UntagStep) -> None:
        """Overwrite a tag that is still listed after its deletion, since its manifest is missing."""
        if step.how == TAG and self._placeholder:
            await untag_by_placeholder(self._send, self._repository, step.tag, None)
        elif await head_manifest(self._send, self._repository, step.tag, any_type=True) is None:
            raise not_deleted(self._send, self._repository, step.tag)


async def require_gone(send: Sender, repository: str, reference: str, digest: str) -> None:
    """Return when a tag or digest no longer resolves to the digest; raises RefusedError (not-deleted) if it stays."""
    tries = 0
    while not await is_gone(send, repository, reference, digest):
        tries += 1
        await send.pause(tries, not_deleted(send, repository, reference))


async def remove_tag(send: Sender, repository: str, tag: str, digest: str | None) -> None:
    """Delete a tag alone; raises RefusedError (cannot-untag) if the registry does not, though it seemed to."""
    if await delete_tag(send, repository, tag) is Deletion.UNSUPPORTED:
        raise cannot_untag(send, repository, tag, digest)


def cannot_untag(send: Sender, repository: str, tag: str, digest: str | None) -> RegistryError:
    """Return the error for a tag that the registry cannot delete alone."""
    image = f"{repository}:{tag}"
    if digest is None:
        return problem("dangling-tag", registry=send.registry.netloc, image=image)
    return problem(
        "cannot-untag", registry=send.registry.netloc, image=image, digest=digest, others="the image itself"
    )


def not_deleted(send: Sender, repository: str, reference: str) -> RegistryError:
    """Return the error for a deletion that was accepted and did not happen. Another look may find it done."""
    image = f"{repository}{'@' if ':' in reference else ':'}{reference}"
    return problem("not-deleted", registry=send.registry.netloc, image=image, retryable=True)
