# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which repository and tags each image of an archive goes to. Pure: names in, names out."""

from __future__ import annotations

from ..errors import RegistryError
from ..images.model import Entry
from ..problems import printable, problem
from ..reference import (
    MAX_REPOSITORY,
    ImageName,
    check_repository,
    check_tag,
    parse_image_name,
    repository_fault,
    tag_fault,
)
from .request import PushOptions, Source

DEFAULT_TAG = "latest"  # docker's own, for a name that says no tag


def check_source(source: Source, options: PushOptions) -> None:
    """Raise ValidationError where name, tags or prefix break the grammar; reads no file and asks no registry."""
    if source.name is not None:
        check_repository(source.name, host=False)
    for tag in source.tags or ():
        check_tag(tag)
    if options.prefix:
        check_repository(options.prefix)


def chosen_entries(source: Source, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Return the entries that the source asks for; raises ValidationError (no-such-image) where there is none."""
    if source.image is None:
        return entries
    found = [entry for entry in entries if _is_called(entry, source.image)]
    if not found:
        found = [entry for entry in entries if str(entry.number) == source.image]
    if not found:
        raise problem(
            "no-such-image", path=source.path, wanted=printable(source.image),
            present=", ".join(printable(entry.label) for entry in entries) or "none",
        )
    return tuple(found)


def _is_called(entry: Entry, wanted: str) -> bool:
    return wanted in entry.names or any(wanted == without_host(name) for name in entry.names)


def tag_clash(
    image: str, first: tuple[str, str, str], second: tuple[str, str, str], platforms: bool = False
) -> RegistryError:
    """Return ValidationError (tag-clash) for two images, each as digest, path and label in its archive.

    `platforms` is True if they are of different platforms, so that one multi-platform image could hold both.
    """
    if first[1] != second[1]:
        places, advice = (first[1], second[1]), "Give one of them another name or tag in images."
    else:
        places = (f"{first[2]} of {first[1]}", f"{second[2]} of the same archive")
        advice = ("Choose one of them with images: [{path: FILE, image: N}] (N is its number in the archive, counted"
                  " from 1), or push each under its own name and tags.")
        if platforms:
            advice = f"Set index: merge to push them as one multi-platform image. {advice}"
    return problem(
        "tag-clash", image=image, first=first[0], second=second[0], place=places[0], other_place=places[1],
        path=first[1], advice=advice,
    )


def without_host(name: str) -> str:
    """Return a name of an archive without its registry host; a name that breaks the grammar comes back as it is."""
    try:
        parsed = parse_image_name(name, check_host=False)
    except RegistryError:
        return name
    return str(ImageName(None, parsed.repository, parsed.tag))


def targets(source: Source, entry: Entry, options: PushOptions, registry: str) -> tuple[tuple[str, str], ...]:
    """Return (repository, tag) pairs for one entry, in order, each once.

    Raises TarReadError (untagged) where neither the source nor the archive gives a name or a tag, and ValidationError
    (bad-image-name, bad-name) where the archive's own name breaks the grammar.
    """
    if source.tags == ():
        return ()  # nothing is asked for
    if source.name is not None and source.tags is not None:
        pairs = [(source.name, tag) for tag in source.tags]
    else:
        names = entry.names[:1] if options.original_tags == "first" else entry.names
        pairs = [pair for name in names for pair in _pairs(source, name, options)]
        if not pairs:
            raise problem("untagged", path=source.path, registry=registry, image=entry.label)
    return tuple(dict.fromkeys((prefixed(options.prefix, repository), tag) for repository, tag in pairs))


def _pairs(source: Source, name: str, options: PushOptions) -> list[tuple[str, str]]:
    bare_tag = "/" not in name and ":" not in name and not tag_fault(name)
    if bare_tag:  # org.opencontainers.image.ref.name may hold a tag alone
        return [(source.name, name)] if source.name is not None else []
    parsed = parse_image_name(name, check_host=source.name is None and options.original_registry == "keep")
    repository = source.name if source.name is not None else _repository(parsed, name, options)
    return [(repository, tag) for tag in source.tags or (parsed.tag or DEFAULT_TAG,)]


def _repository(parsed: ImageName, name: str, options: PushOptions) -> str:
    if options.original_registry == "drop" or parsed.host is None:
        return parsed.repository
    if ":" in parsed.host or parsed.host != parsed.host.lower():
        raise problem(
            "bad-image-name", name=printable(name),
            cause=f"the host \"{printable(parsed.host)}\", which no repository name can hold (original_registry: keep)",
        )
    return f"{parsed.host}/{parsed.repository}"


def prefixed(prefix: str | None, repository: str) -> str:
    """Return the repository below a prefix; raises ValidationError (bad-name) if it becomes too long."""
    name = f"{prefix}/{repository}" if prefix else repository
    if len(name) > MAX_REPOSITORY:
        cause = repository_fault("a" * len(name))
        raise problem("bad-name", name=printable(name), cause=cause, suggestion="a shorter one")
    return name
