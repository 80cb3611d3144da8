# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Ways in which a tar can be broken, each documented where it is named."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Optional

from .content import Blob
from .entries import Entry, file_entry

Entries = list[Entry]
ABSURD = 8 << 30
"""Bytes that a lying header claims."""
HUGE_DOCUMENT = 96 << 20
"""Bytes of white space in a document that is not worth reading."""


class Broken(str, Enum):
    """What is wrong with the tar. The layers and documents that are not named stay as they were."""

    MISSING_LAYER = "missing-layer"
    """The last layer is not in the tar; links to it dangle."""
    MISSING_CONFIG = "missing-config"
    """The image config is not in the tar."""
    MISSING_MANIFEST_BLOB = "missing-manifest-blob"
    """index.json names manifests that are not in the tar (OCI layouts)."""
    TRUNCATED = "truncated"
    """The documents come first, and the file ends in the middle of the last layer."""
    TRUNCATED_HEADER = "truncated-header"
    """The file ends in the middle of the header of the last member."""
    NO_MANIFEST = "no-manifest"
    """Blobs are there, but no document says what they are."""
    EXPORT = "export"
    """The files of a container, as `docker export` writes them: no image at all."""
    NULL_MANIFEST = "null-manifest"
    """The document is the JSON word null."""
    EMPTY_MANIFEST = "empty-manifest"
    """The document lists no image."""
    NOT_JSON = "not-json"
    """The document is text that is no JSON."""
    WRONG_TYPES = "wrong-types"
    """The document is JSON, but numbers and strings stand where lists and objects belong."""
    DEEP_JSON = "deep-json"
    """The document nests 100,000 lists."""
    HUGE_MANIFEST = "huge-manifest"
    """The document is 96 MiB of white space around an empty list."""
    DUPLICATE_MANIFEST = "duplicate-manifest"
    """The document is there twice, and the two differ: the second lists no image."""
    BAD_TAG = "bad-tag"
    """The name in the document breaks the grammar of references: upper case, spaces, a tag that begins with a dash."""
    DIGEST_MISMATCH = "digest-mismatch"
    """One byte of the last layer was changed after its digest was taken."""
    DIFF_ID_MISMATCH = "diff-id-mismatch"
    """The config, true to its own digest, names another diff_id for the last layer."""
    CORRUPT_GZIP = "corrupt-gzip"
    """The checksum at the end of the last layer's gzip stream is wrong, its digest is true (gzip layers)."""
    LINK_CYCLE = "link-cycle"
    """The last layer is a symbolic link to a link that points back."""
    DANGLING_LINK = "dangling-link"
    """The last layer is a symbolic link to a member that is not there."""
    ESCAPING_LINK = "escaping-link"
    """The last layer is a symbolic link that climbs out of the tar to /etc/passwd."""
    ABSOLUTE_LINK = "absolute-link"
    """The last layer is a symbolic link to /etc/passwd."""
    HARDLINK_ESCAPE = "hardlink-escape"
    """The last layer is a hard link to ../../etc/passwd."""
    ABSOLUTE_NAME = "absolute-name"
    """The last layer's member has an absolute name, and the document names it so."""
    PARENT_NAME = "parent-name"
    """The last layer's member has a name with `..`, and the document names it so."""
    LAYER_IS_DIRECTORY = "layer-is-directory"
    """The last layer's member is a directory."""
    LAYER_IS_FIFO = "layer-is-fifo"
    """The last layer's member is a named pipe: to open it would hang."""
    EMPTY_LAYER = "empty-layer"
    """The last layer's member has no bytes."""
    PRE_1_10 = "pre-1.10"
    """docker before 1.10: `repositories` and `<id>/json`, but neither manifest.json nor a config."""
    SIZE_LIE = "size-lie"
    """The header of the last layer claims 8 GiB, which the file does not hold."""
    DESCRIPTOR_SIZE = "descriptor-size"
    """Descriptors in manifests give a size that the blob does not have (OCI layouts)."""
    TRAVERSAL_DIGEST = "traversal-digest"
    """index.json holds `sha256:../../etc/passwd` for a digest (OCI layouts)."""
    EMPTY_FILE = "empty-file"
    """The file has no bytes."""
    NOT_A_TAR = "not-a-tar"
    """The file is 10,240 random bytes."""
    TRUNCATED_OUTER = "truncated-outer"
    """The compressed file ends half way (with `outer`)."""


def find_broken(name: Optional[str]) -> Optional[Broken]:
    """The breakage of that name. Raises ValueError, which lists all names."""
    try:
        return None if name is None else Broken(name)
    except ValueError:
        known = ", ".join(sorted(item.value for item in Broken))
        raise ValueError(f"broken={name!r} is unknown; there are {known}") from None


def break_entries(entries: Entries, broken: Optional[Broken]) -> Entries:
    """The members as that breakage leaves them. Raises ValueError where the layout cannot be broken that way."""
    if broken is None or broken not in _ENTRIES:
        return entries
    changed = _ENTRIES[broken](entries)
    if changed == entries:
        raise ValueError(f"broken={broken.value!r} changes nothing in this layout; its description says what it needs")
    return changed


def cut_at(entries: Entries, broken: Optional[Broken], offsets: Callable[[Entries], list[int]]) -> Optional[int]:
    """Offset at which the uncompressed tar ends, None where it is whole; `offsets` gives the start of each member."""
    if broken is Broken.TRUNCATED:
        place = _last_layer(entries)
        return offsets(entries)[place] + 512 + entries[place].size // 2
    if broken is Broken.TRUNCATED_HEADER:
        return offsets(entries)[-1] + 200
    return None


def _last_layer(entries: Entries) -> int:
    places = [place for place, entry in enumerate(entries) if entry.role == "layer"]
    if not places:
        raise ValueError("this breakage needs an image with a layer")
    return places[-1]


def _on_last_layer(change: Callable[[Entry], list[Entry]]) -> Callable[[Entries], Entries]:
    def apply(entries: Entries) -> Entries:
        place = _last_layer(entries)
        return entries[:place] + change(entries[place]) + entries[place + 1:]
    return apply


def _on_documents(manifest: bytes, index: Optional[bytes] = None) -> Callable[[Entries], Entries]:
    texts = {"manifest.json": manifest, "index.json": manifest if index is None else index}

    def apply(entries: Entries) -> Entries:
        return [file_entry(entry.name, texts[entry.name], "document") if _lists_images(entry) else entry
                for entry in entries]
    return apply


def _lists_images(entry: Entry) -> bool:
    return entry.name in ("manifest.json", "index.json")


def _without(keep: Callable[[Entry], bool]) -> Callable[[Entries], Entries]:
    return lambda entries: [entry for entry in entries if keep(entry)]


def _link(target: str, kind: str = "symlink") -> Callable[[Entries], Entries]:
    return _on_last_layer(lambda entry: [Entry(entry.name, kind=kind, link=target, role="link")])


def _up(entry: Entry) -> str:
    return "../" * entry.name.count("/")


def _cycle(entry: Entry) -> list[Entry]:
    other = Entry("round/about", kind="symlink", link=f"../{entry.name}", role="link")
    return [Entry(entry.name, kind="symlink", link=_up(entry) + other.name, role="link"), other]


def _renamed(prefix: str) -> Callable[[Entries], Entries]:
    def apply(entries: Entries) -> Entries:
        place = _last_layer(entries)
        old = entries[place].name
        moved = [replace(entry, name=prefix + old) if entry.name == old else entry for entry in entries]
        return [_replaced(entry, old.encode(), (prefix + old).encode()) for entry in moved]
    return apply


def _replaced(entry: Entry, old: bytes, new: bytes) -> Entry:
    if entry.role != "document" or entry.blob is None:
        return entry
    return file_entry(entry.name, entry.blob.read().replace(b'"' + old + b'"', b'"' + new + b'"'), "document")


def _bad_tag(entries: Entries) -> Entries:
    def spoil(entry: Entry) -> Entry:
        if not _lists_images(entry) or entry.blob is None:
            return entry
        document = json.loads(entry.blob.read())
        for item in document if isinstance(document, list) else document["manifests"]:
            if isinstance(document, list):
                item["repoTags" if "repoTags" in item else "RepoTags"] = ["Team/App name:-1"]
            else:
                item["annotations"] = {"org.opencontainers.image.ref.name": "Team/App name:-1"}
        return file_entry(entry.name, json.dumps(document).encode(), "document")

    return [spoil(entry) for entry in entries]


def _flipped(entry: Entry) -> list[Entry]:
    blob = entry.blob
    if blob is None:
        return [entry]
    # The first byte of the content behind the first header: the layer stays a readable tar when it is not compressed.
    return [replace(entry, blob=_with_byte_changed(blob, min(512, blob.size - 1)))]


def _with_byte_changed(blob: Blob, place: int) -> Blob:
    def chunks() -> Iterator[bytes]:
        start = 0
        for chunk in blob.chunks():
            offset = place - start
            start += len(chunk)
            if 0 <= offset < len(chunk):
                chunk = chunk[:offset] + bytes((chunk[offset] ^ 1,)) + chunk[offset + 1:]
            yield chunk
    return Blob(blob.digest, blob.size, chunks)


def _duplicate(entries: Entries) -> Entries:
    return entries + [file_entry(entry.name, b"[]", "document") for entry in entries if entry.name == "manifest.json"]


def _pre_1_10(entries: Entries) -> Entries:
    return [entry for entry in entries if entry.name != "manifest.json" and entry.role != "config"]


def _rewritten(pattern: bytes, replacement: bytes) -> Callable[[Entries], Entries]:
    def rewrite(entry: Entry) -> Entry:
        if entry.name != "index.json" or entry.blob is None:
            return entry
        return file_entry(entry.name, re.sub(pattern, replacement, entry.blob.read()), entry.role)
    return lambda entries: [rewrite(entry) for entry in entries]


def _export(_entries: Entries) -> Entries:
    return [Entry("bin/", kind="dir"), file_entry(".dockerenv", b""), file_entry("bin/app", b"#!/bin/sh\n"),
            Entry("etc/", kind="dir"), file_entry("etc/hostname", b"0123456789ab\n"),
            Entry("etc/mtab", kind="symlink", link="/proc/mounts")]


def _huge_documents(entries: Entries) -> Entries:
    return _on_documents(b" " * HUGE_DOCUMENT + b"[]")(entries)


_ENTRIES: dict[Broken, Callable[[Entries], Entries]] = {
    Broken.MISSING_LAYER: _on_last_layer(lambda _entry: []),
    Broken.MISSING_CONFIG: _without(lambda entry: entry.role != "config"),
    Broken.MISSING_MANIFEST_BLOB: _without(lambda entry: entry.role != "manifest"),
    Broken.NO_MANIFEST: _without(lambda entry: entry.role != "document"),
    Broken.EXPORT: _export,
    Broken.NULL_MANIFEST: _on_documents(b"null"),
    Broken.EMPTY_MANIFEST: _on_documents(b"[]", b'{"schemaVersion":2,"manifests":[]}'),
    Broken.NOT_JSON: _on_documents(b"this is no JSON\n"),
    Broken.WRONG_TYPES: _on_documents(b'[{"Config":1,"RepoTags":"app:1","Layers":{}}]',
                                      b'{"schemaVersion":"2","manifests":{"a":1}}'),
    Broken.DEEP_JSON: _on_documents(b"[" * 100_000 + b"]" * 100_000),
    Broken.HUGE_MANIFEST: _huge_documents,
    Broken.DUPLICATE_MANIFEST: _duplicate,
    Broken.BAD_TAG: _bad_tag,
    Broken.DIGEST_MISMATCH: _on_last_layer(_flipped),
    Broken.LINK_CYCLE: _on_last_layer(_cycle),
    Broken.DANGLING_LINK: _link("../nowhere/layer.tar"),
    Broken.ESCAPING_LINK: _link("../../../../../../../../etc/passwd"),
    Broken.ABSOLUTE_LINK: _link("/etc/passwd"),
    Broken.HARDLINK_ESCAPE: _link("../../etc/passwd", "hardlink"),
    Broken.ABSOLUTE_NAME: _renamed("/"),
    Broken.PARENT_NAME: _renamed("../"),
    Broken.LAYER_IS_DIRECTORY: _on_last_layer(lambda entry: [Entry(entry.name, kind="dir", role="layer")]),
    Broken.LAYER_IS_FIFO: _on_last_layer(lambda entry: [Entry(entry.name, kind="fifo", role="layer")]),
    Broken.EMPTY_LAYER: _on_last_layer(lambda entry: [file_entry(entry.name, b"", "layer")]),
    Broken.PRE_1_10: _pre_1_10,
    Broken.SIZE_LIE: _on_last_layer(lambda entry: [replace(entry, declared_size=ABSURD)]),
    Broken.DESCRIPTOR_SIZE: _rewritten(rb'"size":(\d+)', rb'"size":9\1'),
    Broken.TRAVERSAL_DIGEST: _rewritten(rb"sha256:[0-9a-f]{64}", b"sha256:../../etc/passwd"),
}


def junk(broken: Optional[Broken]) -> Optional[bytes]:
    """The whole file, for those breakages that leave no tar at all."""
    if broken is Broken.EMPTY_FILE:
        return b""
    if broken is Broken.NOT_A_TAR:
        return random.Random("oci-registry junk").getrandbits(8 * 10240).to_bytes(10240, "big")
    return None
