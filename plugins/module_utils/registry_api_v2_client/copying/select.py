# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which part of an index goes to the registry: asked-for platforms, and what the file really holds. Pure."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

from ..images.descriptor import Descriptor, Platform
from ..images.manifest import ATTESTATION_SUBJECT, Manifest
from ..images.model import Child, Entry, Image, Index, LeftOut, Node, images_of
from ..images.platforms import matches
from ..problems import printable, problem
from ..reference import digest_of


def selected(entry: Entry, platforms: tuple[str, ...] | None, path: str) -> Node:
    """Return what to push of one entry.

    An image is itself. An index that is whole and not narrowed keeps its bytes; else one remaining image is pushed
    alone and several under a new index of those, without attestations whose subject is gone.
    Raises ValidationError (no-platform) where nothing that was asked for is in the file.
    """
    node = entry.checked()
    if isinstance(node, Image):
        return _checked_image(node, platforms, path)
    if node.complete and platforms is None:
        return node
    rest = _pruned(node, platforms)
    images = [child for child in rest.children if not _is_attestation(child)]
    if not images or (platforms is not None and not _all_found(platforms, images)):
        raise _no_platform(node, platforms, path)
    return t.cast(Node, images[0].node) if len(rest.children) == 1 and rest is not node else rest


def left_out(entry: Entry, platforms: tuple[str, ...] | None, path: str) -> list[LeftOut]:
    """Return what an index lists and a push leaves out, besides the platforms that were not chosen."""
    found = []
    for child in _listed_by(entry.node):
        reason = child.missing
        if isinstance(child.node, Image) and not child.node.complete:
            reason = "a layer is not in the archive"
        have = platform_of(child)
        if reason and (platforms is None or have is None or any(matches(name, have) for name in platforms)):
            found.append(LeftOut(path, entry.label, child.descriptor.digest, child.descriptor.media_type, reason))
    return found


def _listed_by(node: Node | None) -> t.Iterator[Child]:
    if isinstance(node, Index):
        for child in node.children:
            yield child
            yield from _listed_by(child.node)


def _checked_image(image: Image, platforms: tuple[str, ...] | None, path: str) -> Image:
    if platforms is not None and image.platform is not None and not any(
        matches(wanted, image.platform) for wanted in platforms
    ):
        raise problem("no-platform", path=path, wanted=", ".join(platforms), present=str(image.platform))
    return image


def platform_of(child: Child) -> Platform | None:
    """Return what the index says of a child, else what its config says."""
    if child.descriptor.platform is not None:
        return child.descriptor.platform
    return child.node.platform if isinstance(child.node, Image) else None


def _pruned(index: Index, platforms: tuple[str, ...] | None) -> Index:
    kept = [_kept(child, platforms) for child in index.children]
    children = [child for child in kept if child is not None]
    present = {child.descriptor.digest for child in children}
    children = [child for child in children if _subject(child) in present | {None}]
    if [child.descriptor for child in children] == [child.descriptor for child in index.children]:
        return index
    return written_index(children, index.descriptor.media_type)


def _kept(child: Child, platforms: tuple[str, ...] | None) -> Child | None:
    if isinstance(child.node, Index):
        inner = _pruned(child.node, platforms)
        if not inner.children:
            return None
        return Child(replace(child.descriptor, digest=inner.descriptor.digest, size=inner.descriptor.size), inner)
    if child.node is None or not child.node.complete:
        return None
    wanted = platforms is None or _is_attestation(child) or any(matches(name, platform_of(child)) for name in platforms)
    return child if wanted else None


def _subject(child: Child) -> str | None:
    return child.descriptor.annotation(ATTESTATION_SUBJECT) if _is_attestation(child) else None


def _is_attestation(child: Child) -> bool:
    return child.descriptor.annotation(ATTESTATION_SUBJECT) is not None


def written_index(children: list[Child], media_type: str) -> Index:
    """Return a new index of these children, each with the platform and annotations that it had."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [_entry_json(child.descriptor) for child in children],
    }
    data = json.dumps(document, separators=(",", ":"), sort_keys=False).encode()
    descriptor = Descriptor(media_type, digest_of(data), len(data))
    return Index(Manifest(descriptor, data, children=tuple(child.descriptor for child in children)), tuple(children))


def _entry_json(descriptor: Descriptor) -> dict[str, t.Any]:
    document = descriptor.as_json()
    if descriptor.platform is not None:
        document["platform"] = platform_json(descriptor.platform)
    if descriptor.annotations:
        document["annotations"] = dict(descriptor.annotations)
    return document


def platform_json(platform: Platform) -> dict[str, str]:
    """Return a platform as an index holds it."""
    document = {"architecture": platform.architecture, "os": platform.os}
    return {**document, "variant": platform.variant} if platform.variant else document


def _all_found(platforms: tuple[str, ...], children: list[Child]) -> bool:
    images = [(platform_of(child), child) for child in children]
    nested = [image.platform for child in children if child.node for image in images_of(child.node)]
    return all(any(matches(wanted, have) for have in [p for p, _c in images] + nested) for wanted in platforms)


def _no_platform(node: Index, platforms: tuple[str, ...] | None, path: str) -> Exception:
    named = [str(platform_of(child)) for child in node.children if not _is_attestation(child)]
    present = [str(image.platform) for image in images_of(node) if image.complete and not image.artifact]
    wanted = ", ".join(platforms) if platforms else printable(", ".join(dict.fromkeys(named))) or "nothing"
    return problem("no-platform", path=path, wanted=wanted, present=", ".join(dict.fromkeys(present)) or "none of them")
