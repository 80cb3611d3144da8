# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One call, one session: the functions of the public contract, thin over RegistryClient.

`timeout` (seconds) is the deadline of the whole call. Every function takes the keywords of options.Connection, pushes
take those of options.Push. Every one raises RegistryError, of which RegistryClient says the kinds.
"""

from __future__ import annotations

import os
import typing as t

from .client import RegistryClient
from .copying.request import Source
from .inspection.tar_functions import first_named_image
from .options import split_push
from .settings import connection_settings

if t.TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import Push
    from .settings import Connection

    TarPath = t.Union[str, "os.PathLike[str]"]


async def check_registry_connectivity(registry_url: str, timeout: int = 30, **options: Unpack[Connection]) -> bool:
    """Return True where a registry answers at this URL and lets us in.

    Raises ConnectionFailedError where none does, AuthenticationError where it wants another login.
    """
    async with _client(registry_url, timeout, options) as registry:
        await registry.ping()
    return True


async def push_docker_tar(
    tar_path: TarPath,
    registry_url: str,
    repository: str | None = None,
    tag: str | None = None,
    timeout: int = 300,
    *,
    image: str | None = None,
    **options: Unpack[Push],
) -> str:
    """Push one image of an archive as repository:tag and return its manifest's digest.

    What is left out is taken from the image's first name in the archive. `image` picks one of several by name or
    number. Raises TarReadError where the file cannot be read or names no image where a name is needed, ValidationError
    where it contradicts itself or holds several images for one name, RegistryError where the push fails.
    """
    if image is None and repository is None:
        image = await first_named_image(tar_path)
    source = Source(os.fspath(tar_path), repository, None if tag is None else (tag,), image)
    return (await _pushed(source, registry_url, timeout, options))[0]


async def push_docker_tar_with_original_tags(
    tar_path: TarPath, registry_url: str, timeout: int = 300, **options: Unpack[Push]
) -> str:
    """Push under the first name that the archive holds, without its registry's host; return the manifest's digest.

    Raises TarReadError (untagged) where the archive holds no name.
    """
    return await push_docker_tar(tar_path, registry_url, None, None, timeout, **options)


async def push_docker_tar_with_all_original_tags(
    tar_path: TarPath, registry_url: str, timeout: int = 300, **options: Unpack[Push]
) -> list[str]:
    """Push every image under every name that the archive holds; return the manifest digests, one for each tag.

    Raises TarReadError (untagged) where an image has no name.
    """
    return await _pushed(Source(os.fspath(tar_path)), registry_url, timeout, options, original_tags="all")


async def list_repositories(registry_url: str, timeout: int = 30, **options: Unpack[Connection]) -> list[str]:
    """Return the names of all repositories, in the registry's order."""
    async with _client(registry_url, timeout, options) as registry:
        return await registry.list_repositories()


async def list_tags(
    registry_url: str, repository: str, timeout: int = 30, **options: Unpack[Connection]
) -> list[str]:
    """Return all tags of a repository, in the registry's order. Raises NotFoundError where it does not exist."""
    async with _client(registry_url, timeout, options) as registry:
        return await registry.list_tags(repository)


async def get_image_info(
    registry_url: str,
    repository: str,
    reference: str,
    timeout: int = 30,
    *,
    platform: str | None = None,
    **options: Unpack[Connection],
) -> dict[str, t.Any]:
    """Return what the registry says of an image, `reference` being a tag or digest.

    Keys: repository, tag (None for a digest), digest and media_type of what `reference` names; manifest, config,
    architecture, os, variant, created (text) of the image; layers, layer_count; size and total_size (bytes of config
    and layers). For an index these are of the image for `platform` (os/architecture[/variant]), else for this machine,
    else the first, and `platforms` lists all. Raises NotFoundError where there is no such image or platform.
    """
    async with _client(registry_url, timeout, options) as registry:
        return await registry.get_image_info(repository, reference, platform=platform)


async def get_manifest(
    registry_url: str, repository: str, reference: str, timeout: int = 30, **options: Unpack[Connection]
) -> dict[str, t.Any]:
    """Return the manifest or index of a tag or digest, its bytes verified, with its `digest` added.

    Raises NotFoundError where there is none, RefusedError (wrong-bytes) where it is not what its digest says.
    """
    async with _client(registry_url, timeout, options) as registry:
        return await registry.get_manifest(repository, reference)


async def delete_image(
    registry_url: str,
    repository: str,
    tag: str,
    timeout: int = 30,
    *,
    keep_siblings: bool = False,
    **options: Unpack[Connection],
) -> bool:
    """Delete the manifest that a tag names, and with it every tag of it; False where the tag was not there.

    With `keep_siblings` the tag alone goes; RefusedError (shared-digest) where the registry cannot do that and other
    tags share its manifest. Raises RefusedError (deletion-off) where the registry deletes nothing.
    """
    async with _client(registry_url, timeout, options) as registry:
        return await registry.delete_image(repository, tag, keep_siblings=keep_siblings)


async def delete_image_by_digest(
    registry_url: str, repository: str, digest: str, timeout: int = 30, **options: Unpack[Connection]
) -> bool:
    """Delete a manifest, and with it every tag of it; False where it was not there.

    Raises RefusedError (deletion-off) where the registry deletes nothing.
    """
    async with _client(registry_url, timeout, options) as registry:
        return await registry.delete_image_by_digest(repository, digest)


def _client(url: str, timeout: float, options: t.Mapping[str, t.Any]) -> RegistryClient:
    return RegistryClient(connection_settings(url, timeout, timeout, options))


async def _pushed(
    source: Source, url: str, timeout: float, options: t.Mapping[str, t.Any], *, original_tags: str = "first"
) -> list[str]:
    connection, progress, rules = split_push(options, original_tags)
    async with _client(url, timeout, connection) as registry:
        result = await registry.push([source], rules, progress=progress)
    if result.error is not None:
        raise result.error
    return result.digests
