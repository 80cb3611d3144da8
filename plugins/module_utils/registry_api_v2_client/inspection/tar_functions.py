# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The functions of the public contract that read an archive and need no registry; synchronous.

All but parse_repository_tag raise TarReadError if the file cannot be read or is not a tar, and ValidationError if it
is a tar but not an image archive, or contradicts itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import typing as t

from ..archive.reader import open_archive
from ..errors import RegistryError
from ..images.platforms import choose
from ..problems import printable, problem
from ..reference import names_no_tag, parse_image_name, split_tag, tag_fault
from .names import extract_original_tags
from .tar_image import images_below, inspect_entry

if t.TYPE_CHECKING:
    from ..images.model import Entry, Image
    from .models import ImageInspect

    TarPath = t.Union[str, "os.PathLike[str]"]

MANIFEST = "manifest.json"
DEFAULT_TAG = "latest"  # docker's own, for a name that says no tag


def get_primary_tag(tar_path: TarPath, *, original_registry: str = "drop") -> tuple[str, str]:
    """Return repository and tag of the first name in the archive.

    The registry's host is left out, as in pushes; `original_registry="keep"` keeps it. Raises TarReadError (untagged)
    where the archive holds no name.
    """
    name = _first_name(extract_original_tags(tar_path))
    if name is None:
        raise _untagged(tar_path)
    if original_registry == "keep":
        return parse_repository_tag(name)
    parsed = parse_image_name(name, check_host=False)
    return parsed.repository, parsed.tag or DEFAULT_TAG


def parse_repository_tag(repo_tag: str) -> tuple[str, str]:
    """Return (repository, tag); a host stays with the repository, a missing or empty tag is `latest`.

    `localhost:5000/myapp:1` gives (`localhost:5000/myapp`, `1`). Raises ValidationError (bad-image-name) for a name
    with a digest but without a tag: a digest is not a tag.
    """
    if names_no_tag(repo_tag):
        raise problem("bad-image-name", name=printable(repo_tag), cause="a digest and no tag")
    repository, tag = split_tag(repo_tag.partition("@")[0])
    return repository, tag or DEFAULT_TAG


def validate_docker_tar(tar_path: TarPath) -> bool:
    """Return True if the file is an image archive whose images can all be pushed. Only its documents are read.

    Raises TarReadError if the file cannot be read (absent, forbidden, damaged, not a tar), and ValidationError if its
    structure is invalid.
    """
    with open_archive(tar_path) as archive:
        for entry in archive.entries:
            entry.checked()
    return True


def get_tar_manifest(tar_path: TarPath) -> list[dict[str, t.Any]]:
    """Return the archive's manifest.json: Config, RepoTags and Layers of each image.

    For a layout without that file, the same keys with what index.json leads to.
    """
    with open_archive(tar_path) as archive:
        data = archive.document(MANIFEST)
        if data is not None:
            return t.cast("list[dict[str, t.Any]]", json.loads(data))
        return [_item(entry, image) for entry in archive.entries for image in images_below(entry.node)]


def _item(entry: Entry, image: Image) -> dict[str, t.Any]:
    return {
        "Config": image.config_member.name if image.config_member is not None else None,
        "RepoTags": list(entry.names),
        "Layers": [layer.member.name for layer in image.layers if layer.member is not None],
    }


def inspect_docker_tar(tar_path: TarPath) -> ImageInspect:
    """Return what the archive's first image is; of an index the image for this machine, else the first one."""
    with open_archive(tar_path) as archive:
        entry = archive.entries[0]
        images = images_below(entry.checked())
        complete = [image for image in images if image.complete] or images
        image = choose([(image.platform, image) for image in complete], None)
        if image is None:
            cause = "lists only images whose data it does not hold"
            raise problem("no-manifest", path=os.fspath(tar_path), cause=cause, advice="Save the image again.")
        return inspect_entry(archive, entry, image)


async def first_named_image(tar_path: TarPath) -> str:
    """Return the first name in the archive, read in a thread. Raises TarReadError (untagged) where there is none."""
    name = _first_name(await asyncio.to_thread(extract_original_tags, tar_path))
    if name is None:
        raise _untagged(tar_path)
    return name


def _first_name(names: t.Sequence[str]) -> str | None:
    """Return the first name of a repository; annotations may hold a tag alone (image specification, annotations.md)."""
    bare = [name for name in names if "/" not in name and ":" not in name and not tag_fault(name)]
    return next((name for name in names if name not in bare), None)


def _untagged(tar_path: TarPath) -> RegistryError:
    return problem("untagged", path=os.fspath(tar_path), registry="the registry")
