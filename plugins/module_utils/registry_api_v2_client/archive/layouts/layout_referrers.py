# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Referrers in an OCI layout: attached to their subject instead of listed as images.

cosign 2 names them by tags or by `kind` (dev.cosignproject.cosign/sigs), hauler by `kind` (dev.hauler/sigs), oras and
notation by `subject`. Some tools leave them in blobs/ without an entry in index.json, others list them in the index of
the referrers tag.
"""

from __future__ import annotations

import re
import typing as t

from ...errors import RegistryError
from ...formats.json_object import json_object
from ...images.fields import Fields
from ...images.model import Index, Node, images_of, of_one_image
from ...images.referrer_tags import fallback_tag, is_referrer_tag, lists_referrers, subject_part
from ...images.summary import digest_of
from ...referrers.model import Referrer, in_order
from ..contents import Contents
from .oci_layout import LayoutReader

_BLOB = re.compile(r"(?:.*/)?blobs/(sha256|sha512)/([0-9a-f]{64}|[0-9a-f]{128})")
_KIND = re.compile(r"dev\.(?:cosignproject\.cosign|hauler)/(image|imageIndex|sigs|atts|sboms|referrers/.+)")
_SUFFIXES = {"sigs": "sig", "atts": "att", "sboms": "sbom"}


class Listed(t.NamedTuple):
    """One entry of index.json: its annotations, the name that they give it, and what it is."""

    fields: Fields
    name: str | None
    node: Node

    @property
    def kind(self) -> str:
        """What cosign or hauler says that it is, "" if they did not write it."""
        found = _KIND.fullmatch(dict(self.fields.annotations()).get("kind", ""))
        return found.group(1) if found else ""

    @property
    def tag(self) -> str:
        """Tag of the name, "" without a name."""
        return (self.name or "").rpartition(":")[2]


def without_referrers(contents: Contents, reader: LayoutReader, listed: list[Listed]) -> list[tuple[str | None, Node]]:
    """Return the entries that are images, and keep what refers to them in `contents.referrers`.

    A referrer whose subject is not in the archive stays an entry, and so does one that has a name of its own.
    """
    found = [(one, referrer) for one in listed for referrer in [_referrer(one, listed)]]
    lists = [one for one in listed if one.tag and lists_referrers(one.tag, digest_of(one.node))
             and subject_part(one.tag) == one.tag and isinstance(one.node, Index)]
    candidates = [referrer for _one, referrer in found if referrer is not None]
    candidates += [each for one in lists for each in _children(one.node)]
    candidates += _unlisted(contents, reader, [one.node for one in listed])
    roots = [one for one, referrer in found if one not in lists and (referrer is None or _has_own_name(one))]
    attached = in_order((digest for one in roots for digest in digests_of(one.node)), candidates)
    contents.referrers = tuple(_whole(contents, attached))
    taken = {id(one.node) for one in attached}
    gone = [one for one, referrer in found if one in lists or (referrer is not None and id(referrer.node) in taken)]
    return [(one.name, one.node) for one in listed if one not in gone or one in roots]


def digests_of(node: Node) -> list[str]:
    """Return the digests of an image or index and of all below it, () for images without a manifest."""
    if not isinstance(node, Index):
        return [digest_of(node)] if node.manifest is not None else []
    return [digest_of(node), *(each for child in node.children if child.node for each in digests_of(child.node))]


def _has_own_name(one: Listed) -> bool:
    return one.name is not None and not is_referrer_tag(one.tag) and one.kind in ("", "image", "imageIndex")


def _referrer(one: Listed, listed: list[Listed]) -> Referrer | None:
    manifest = one.node.manifest
    if manifest is None:
        return None
    if manifest.subject is not None:
        return Referrer(manifest, manifest.subject.digest, None, one.node)
    part = subject_part(one.tag)
    if part is not None and part != one.tag:
        return Referrer(manifest, part.replace("-", ":", 1), one.tag, one.node)
    if one.kind in _SUFFIXES:
        images = [each for each in listed if each.kind in ("image", "imageIndex")]
        owners = [each for each in images if each.name == one.name] or images
        if len({digest_of(each.node) for each in owners}) == 1:
            subject = digest_of(owners[0].node)
            return Referrer(manifest, subject, f"{fallback_tag(subject)}.{_SUFFIXES[one.kind]}", one.node)
    return None


def _children(node: Node) -> t.Iterator[Referrer]:
    for child in node.children if isinstance(node, Index) else ():
        manifest = child.node.manifest if child.node is not None else None
        if manifest is not None and manifest.subject is not None:
            yield Referrer(manifest, manifest.subject.digest, None, child.node)


def _unlisted(contents: Contents, reader: LayoutReader, nodes: list[Node]) -> list[Referrer]:
    """Return the manifests with a subject that are in blobs/ and that nothing lists."""
    known = {digest for node in nodes for digest in _all_digests(node)}
    found, budget = [], contents.limits.documents
    for name in list(contents.table.names):
        match = _BLOB.fullmatch(name)
        digest = f"{match.group(1)}:{match.group(2)}" if match else ""
        member = contents.blob(digest) if match and digest not in known else None
        if member is None or member.size > min(contents.limits.manifest, budget):
            continue
        budget -= member.size
        data = contents.read_limited(member, contents.limits.manifest)
        document = json_object(data) if b'"subject"' in data else None
        if document is not None and isinstance(document.get("subject"), dict):
            found += _read(contents, reader, digest, document)
    return found


def _read(contents: Contents, reader: LayoutReader, digest: str, document: dict[str, t.Any]) -> list[Referrer]:
    entry = {"mediaType": document.get("mediaType") or "", "digest": digest}
    try:
        _descriptor, node = reader.top(Fields(entry, contents.errors.invalid))
    except RegistryError as error:
        if not of_one_image(error):
            raise
        return []
    manifest = node.manifest if node is not None else None
    return [Referrer(manifest, manifest.subject.digest, None, node)] if manifest and manifest.subject else []


def _all_digests(node: Node) -> t.Iterator[str]:
    manifest = node.manifest
    if manifest is not None:
        yield manifest.digest
        yield from (blob.digest for blob in (*manifest.layers, *manifest.children))
        if manifest.config is not None:
            yield manifest.config.digest
    for child in node.children if isinstance(node, Index) else ():
        if child.node is not None:
            yield from _all_digests(child.node)


def _whole(contents: Contents, found: list[Referrer]) -> t.Iterator[Referrer]:
    for one in found:
        if one.node is not None and all(image.complete for image in images_of(one.node)):
            yield one
        else:
            contents.leave_out(one.manifest.digest, one.manifest.media_type, "its blobs are not in the archive")
