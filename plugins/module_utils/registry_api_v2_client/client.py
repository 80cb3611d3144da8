# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""RegistryClient: one session with one registry, many calls."""

from __future__ import annotations

import typing as t

from .copying.pusher import Pusher

if t.TYPE_CHECKING:
    from .copying.between.request import CopyImage, CopyOptions
    from .copying.between.result import CopyResult
    from .copying.request import PushProgress
    from .deletion.request import DeleteRequest
    from .deletion.result import DeletionResult
    from .endpoints.ping import Ping
    from .inspection.image import ImageQuery, ImageReport
    from .inspection.models import ManifestInfo
    from .inspection.registry import RegistryReport
    from .inspection.tags import TagListing, TagsQuery
    from .tagging.plan import TagsRequest
    from .tagging.result import TagsResult


class RegistryClient(Pusher):
    """A registry, talked to over one pool of connections: `async with RegistryClient(config) as registry`.

    `config` is a RegistryConfig, Settings, or a URL, which takes the options of Connection as keywords. The client
    belongs to the event loop and process in which it was opened; elsewhere, and outside of `async with`, its calls
    raise RegistryError (wrong-loop). All calls may run at once. A call that is cancelled takes its uploads back.

    Every call raises ConnectionFailedError where no answer comes, AuthenticationError where the registry wants another
    login, RefusedError where it says no, ValidationError for names that break the grammar (nothing is sent), and
    ConnectionFailedError (out-of-time) where `settings.total_timeout` seconds are not enough.
    """

    async def ping(self) -> Ping:
        """Return the API version that the registry names, and the login that it wants, once it has accepted ours."""
        from .endpoints.ping import ping

        return await self._bounded(ping(self._session), "The first request")

    async def list_repositories(self, *, limit: int | None = None) -> list[str]:
        """Return the registry's repositories, at most `limit`; RefusedError where it lists none (Docker Hub)."""
        from .endpoints.catalog import list_repositories

        catalog = await self._bounded(list_repositories(self._session, limit=limit), "The list of repositories")
        return list(catalog.names)

    async def list_tags(self, repository: str) -> list[str]:
        """Return all tags of a repository, in the registry's order; NotFoundError where there is no such repository."""
        from .inspection.listing import existing_tags

        return await self._bounded(existing_tags(self._session, repository), f"The list of tags of {repository}")

    async def resolve(self, repository: str, reference: str) -> str:
        """Return the digest of a tag by one HEAD request; NotFoundError (not-found) if it does not exist."""
        from .inspection.image_info import resolve

        return await self._bounded(resolve(self._session, repository, reference), "The manifest")

    async def get_manifest(self, repository: str, reference: str) -> dict[str, t.Any]:
        """Return the manifest or index of a tag or digest, its bytes verified, with its `digest` added.

        NotFoundError where there is none, RefusedError (wrong-bytes) where it is not what its digest says.
        """
        from .inspection.image_info import document_of, read_manifest

        return document_of(await self._bounded(read_manifest(self._session, repository, reference), "The manifest"))

    async def get_manifest_info(
        self, repository: str, reference: str, *, platform: str | None = None
    ) -> ManifestInfo:
        """Return config and layers of one image as values; of an index, the image that get_image_info would choose."""
        from .inspection.image_info import find_image, manifest_info

        found = await self._bounded(find_image(self._session, repository, reference, platform), "The manifest")
        return manifest_info(found.manifest)

    async def get_image_info(
        self, repository: str, reference: str, *, platform: str | None = None
    ) -> dict[str, t.Any]:
        """Return what functions.get_image_info documents."""
        from .inspection.image_info import image_info

        work = image_info(self._session, repository, reference, platform)
        return await self._bounded(work, f"The look at {repository}")

    async def delete_image(self, repository: str, tag: str, *, keep_siblings: bool = False) -> bool:
        """Delete the manifest that a tag names, and with it every tag of it; False where the tag was not there.

        With `keep_siblings` other tags stay: the tag alone is removed, and where the registry cannot do that and others
        share its manifest, RefusedError (shared-digest) names them. RefusedError (deletion-off) where deletion is off.
        """
        from .deletion.image_deletion import delete_image

        work = delete_image(self._session, repository, tag, keep_siblings=keep_siblings)
        return await self._bounded(work, f"The deletion of {repository}:{tag}")

    async def delete_image_by_digest(self, repository: str, digest: str) -> bool:
        """Delete a manifest, and with it every tag of it; False where it was not there."""
        from .deletion.image_deletion import delete_image_by_digest

        work = delete_image_by_digest(self._session, repository, digest)
        return await self._bounded(work, f"The deletion of {repository}@{digest}")

    async def copy(
        self, images: t.Sequence[CopyImage], options: CopyOptions | None = None, *,
        source: RegistryClient | None = None, check: bool = False, progress: PushProgress | None = None,
    ) -> CopyResult:
        """Copy images from another registry, of which `source` is the open client, or within this one if it is None.

        Each client sends its credentials to its own registry only. With `check`, nothing is written and the result is
        what a run would do. `progress` is called with digest, bytes done and size (bytes) of each blob.

        What fails is part of the result (`result.error`). Raises ValidationError for names that break the grammar, for
        options that do not go together, and for two sources of one tag (tag-clash).
        """
        from .copying.between.engine import copy_images
        from .copying.between.request import CopyOptions as Options

        origin = self if source is None else source
        work = copy_images(
            origin._session, self._session, images, options or Options(), check=check, progress=progress
        )
        return await self._bounded(work, "The copy")

    async def delete(self, request: DeleteRequest, *, check: bool = False) -> DeletionResult:
        """Delete images by tag, digest or rule; with `check` only tell what would be deleted.

        Siblings, children of indexes that stay, and signatures are looked after. What fails half-way is part of the
        result (`result.error`). Raises RefusedError (shared-digest, tagged-digest, needed-by-index, deletion-off)
        before anything is deleted.
        """
        from .deletion.engine import delete

        return await self._bounded(delete(self._session, request, check=check), "The deletion")

    async def set_tags(self, request: TagsRequest, *, check: bool = False) -> TagsResult:
        """Set, move or remove tags and leave the images; with `check` only tell what would change.

        Raises NotFoundError (not-found) without the source, RefusedError (tag-is-taken, cannot-untag, deletion-off).
        """
        from .tagging.engine import set_tags

        return await self._bounded(set_tags(self._session, request, check=check), f"The tags of {request.name}")

    async def list_images(self, query: TagsQuery) -> TagListing:
        """Return the tags of a repository, on request with the image that each names."""
        from .inspection.tags import list_images

        return await self._bounded(list_images(self._session, query), f"The list of {query.name}")

    async def inspect_image(self, query: ImageQuery) -> ImageReport:
        """Return what an image is made of, what refers to it, and on request what of it is missing."""
        from .inspection.image import inspect_image

        return await self._bounded(inspect_image(self._session, query), f"The look at {query.label}")

    async def inspect_registry(
        self, *, match: tuple[str, ...] | None = None, limit: int | None = None
    ) -> RegistryReport:
        """Return what the registry says of itself, which login would be used, and the repositories that it lists."""
        from .inspection.registry import inspect_registry

        work = inspect_registry(self._session, match=match, limit=limit)
        return await self._bounded(work, "The look at the registry")
