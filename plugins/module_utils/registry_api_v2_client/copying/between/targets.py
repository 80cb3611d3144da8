# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""From images of a copy to pairs of one source image and one destination tag list. Asks only for lists of tags."""

from __future__ import annotations

import fnmatch
import typing as t
from dataclasses import dataclass

from ...errors import Failure, RegistryError
from ...formats.version_range import VersionRange, newest
from ...problems import printable, problem
from ...reference import HUB_REGISTRY, ImageName, check_repository, check_tag, parse_image_name
from ..naming import prefixed
from ..plan import FailedImage

if t.TYPE_CHECKING:
    from ...stores.registry_reader import RegistryReader
    from .request import CopyImage, CopyOptions

_CHOICES = ("match", "versions", "newest")


@dataclass(frozen=True)
class CopyTarget:
    """One image of the source (`reference` is a tag or digest), and the tags that it gets in one repository."""

    registry: str
    origin: str
    reference: str
    repository: str
    tags: tuple[str, ...]

    @property
    def source(self) -> str:
        """The image's name at the source, with the registry."""
        return f"{self.registry}/{self.origin}{'@' if ':' in self.reference else ':'}{self.reference}"

    @property
    def label(self) -> str:
        """Its first name at the destination."""
        return f"{self.repository}:{self.tags[0]}"


@dataclass(frozen=True)
class _Parsed:
    """An image of the request, read: `origin` is the repository at the source, `repository` the other one."""

    image: CopyImage
    origin: str
    repository: str
    reference: str | None
    tags: tuple[str, ...] | None

    def target(self, registry: str, reference: str, tags: tuple[str, ...]) -> CopyTarget:
        return CopyTarget(registry, self.origin, reference, self.repository, tags)


async def copy_targets(
    images: t.Sequence[CopyImage], reader: RegistryReader, options: CopyOptions
) -> list[CopyTarget | FailedImage]:
    """Return what to copy, in order; a repository whose tags cannot be listed comes back as a failure.

    Raises ValidationError for names that break the grammar (bad-name, bad-tag, bad-image-name), options that do not go
    together (bad-option) and two sources for one tag (tag-clash): before any request as far as the request shows it.
    """
    if options.prefix:
        check_repository(options.prefix)
    parsed = [_parse(image, reader.registry, options) for image in images]
    refuse_clashes(_fixed(parsed, reader.registry))
    found: list[CopyTarget | FailedImage] = []
    for one in parsed:
        if one.reference is not None:
            found += _fixed([one], reader.registry)
            continue
        try:
            tags = _chosen(one.image, await _listed(reader, one.origin))
            found += [one.target(reader.registry, tag, (tag,)) for tag in tags]
        except RegistryError as error:
            source = f"{reader.registry}/{one.origin}"
            found.append(FailedImage(source, source, one.repository, (), Failure.of(error.about(image=one.repository))))
    refuse_clashes([one for one in found if isinstance(one, CopyTarget)])
    return found


def _fixed(parsed: list[_Parsed], registry: str) -> list[CopyTarget]:
    return [one.target(registry, one.reference, one.tags) for one in parsed if one.reference is not None and one.tags]


def refuse_clashes(targets: list[CopyTarget]) -> None:
    """Raise ValidationError (tag-clash) if two sources are asked for under one repository:tag."""
    taken: dict[tuple[str, str], CopyTarget] = {}
    for one in targets:
        for tag in one.tags:
            other = taken.setdefault((one.repository, tag), one)
            if (other.origin, other.reference) != (one.origin, one.reference):
                raise problem(
                    "tag-clash", image=f"{one.repository}:{tag}", first=other.reference, second=one.reference,
                    place=other.source, other_place=one.source,
                    advice="Give one of them another name or tag in images.",
                )


def _parse(image: CopyImage, registry: str, options: CopyOptions) -> _Parsed:
    name = parse_image_name(image.source)
    hub = registry == HUB_REGISTRY
    if name.host is not None and name.host not in (registry, *(("docker.io", "index.docker.io") if hub else ())):
        raise _bad("from", f"is {printable(image.source)}, which is not an image of {registry}",
                   "Leave the host out, and set source: {registry_url: ...} if the image is in another registry.")
    reference = name.digest or name.tag
    chosen = [option for option in _CHOICES if getattr(image, option) is not None]
    _check_choice(image, reference, chosen)
    for tag in image.tags or ():
        check_tag(tag)
    repository = image.name if image.name is not None else _repository(name, "docker.io" if hub else registry, options)
    if image.name is not None:
        check_repository(image.name, host=False)
    tags = image.tags if image.tags is not None else (name.tag,) if name.tag else None
    if reference is not None and tags is None:
        raise _bad("tags", f"is not set for {printable(image.source)}, which has no tag", "Set tags for this image.")
    origin = f"library/{name.repository}" if hub and "/" not in name.repository else name.repository
    return _Parsed(image, origin, prefixed(options.prefix, repository), reference, tags)


def _check_choice(image: CopyImage, reference: str | None, chosen: list[str]) -> None:
    source = printable(image.source)
    if reference is not None and chosen:
        raise _bad(chosen[0], f"is set for {source}, which is one image", "Leave the tag or digest out, or the option.")
    if reference is None and not chosen:
        raise _bad("from", f"is {source}, which has no tag", "Add a tag, or set match: ['*'] to copy all tags.")
    if reference is None and image.tags is not None:
        raise _bad("tags", f"is set for all tags of {source}", "Copied tags keep their names; leave tags out.")
    if image.versions is not None:
        VersionRange(image.versions)
    if image.newest is not None and image.newest < 1:
        raise _bad("newest", f"is {image.newest}", "Give a number of tags, 1 or more.")


def _bad(option: str, cause: str, advice: str) -> RegistryError:
    return problem("bad-option", option=option, cause=cause, advice=advice)


def _repository(name: ImageName, host: str, options: CopyOptions) -> str:
    return name.repository if options.original_registry == "drop" else check_repository(f"{host}/{name.repository}")


async def _listed(reader: RegistryReader, repository: str) -> list[str]:
    tags = await reader.tags(repository)
    if tags is None:
        raise problem("not-found", registry=reader.registry, what=f"repository {repository}")
    return tags


def _chosen(image: CopyImage, tags: list[str]) -> list[str]:
    if image.match is not None:
        tags = [tag for tag in tags if any(fnmatch.fnmatchcase(tag, pattern) for pattern in image.match)]
    if image.versions is not None:
        wanted = VersionRange(image.versions)
        tags = [tag for tag in tags if tag in wanted]
    return tags if image.newest is None else newest(tags, image.newest)
