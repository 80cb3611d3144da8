# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The end-to-end validator: digests, sizes, media types against the bytes, diff_ids of decompressed layers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Optional

from .layer_bytes import Unreadable, decompressed, sniff
from .source import MAX_DOCUMENT, Document, Source

INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFEST_TYPES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
CONFIG_TYPES = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
LAYER_WORDS = ("image.layer", "image.rootfs")
MAX_DEPTH = 4
"""Indexes inside indexes that are followed."""
MAX_CHILDREN = 10_000


@dataclass(frozen=True)
class ImageReport:
    """One manifest of one platform. `diff_ids` are those of the bytes in the registry, not the config's words."""

    digest: str
    media_type: str
    platform: str
    config_digest: str
    diff_ids: tuple[Optional[str], ...]
    layers: tuple[str, ...]
    artifact: bool = False


@dataclass
class Report:
    """What was found: `digest` and `media_type` of the reference, its images, and problems as sentences.

    `sizes` are bytes by digest of every blob that was read.
    """

    reference: str
    digest: Optional[str] = None
    media_type: str = ""
    images: list[ImageReport] = field(default_factory=list)
    manifests: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def config_digests(self) -> list[str]:
        """Config digests of all images (artifacts such as attestations left out)."""
        return [image.config_digest for image in self.images if not image.artifact]

    @property
    def diff_ids(self) -> list[tuple[Optional[str], ...]]:
        """For each image the digests of its uncompressed layers, lowest first."""
        return [image.diff_ids for image in self.images if not image.artifact]

    @property
    def platforms(self) -> list[str]:
        """Platforms of all images."""
        return [image.platform for image in self.images if not image.artifact]

    def __bool__(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        """One line for each problem."""
        return "\n".join([f"{self.reference}: {self.digest or 'absent'}", *self.problems]) if self.problems else (
            f"{self.reference}: {self.digest}, {len(self.images)} image(s), no problem")


def validate_image(source: Source, repository: str, reference: str) -> Report:
    """The report on one tag or digest. Raises SourceError when the registry cannot be asked."""
    report = Report(f"{repository}{'@' if ':' in reference else ':'}{reference}")
    _Walk(source, repository, report).start(reference)
    return report


class _Walk:
    """One validation: walks from the reference down to the bytes; each blob is read once."""

    def __init__(self, source: Source, repository: str, report: Report) -> None:
        self.source, self.repository, self.report = source, repository, report
        self.seen: dict[str, tuple[str, Optional[str]]] = {}

    def wrong(self, sentence: str) -> None:
        self.report.problems.append(sentence)

    def start(self, reference: str) -> None:
        document = self.source.manifest(self.repository, reference)
        if document is None:
            self.wrong(f"{self.report.reference} is not there")
            return
        self.report.digest, self.report.media_type = digest_of(document.body), document.media_type
        if document.digest not in (None, self.report.digest) and not str(document.digest).startswith("sha512:"):
            self.wrong(f"the registry says {document.digest}, the bytes of the manifest are {self.report.digest}")
        self.manifest(document, 0)

    def manifest(self, document: Document, depth: int) -> None:
        self.report.manifests.append(digest_of(document.body))
        parsed = parsed_object(document.body)
        if parsed is None:
            self.wrong(f"manifest {digest_of(document.body)} is no JSON object")
            return
        named = parsed.get("mediaType")
        if named not in (None, document.media_type):
            self.wrong(f"manifest {digest_of(document.body)} says {named}, the registry says {document.media_type}")
        if document.media_type in INDEX_TYPES:
            self.index(parsed, depth)
        elif document.media_type in MANIFEST_TYPES:
            self.image(parsed, document)
        else:
            self.wrong(f"{document.media_type or 'no media type'} is neither manifest nor index")

    def index(self, parsed: dict[str, Any], depth: int) -> None:
        children = self.objects(parsed.get("manifests"), "manifests")
        if len(children) > MAX_CHILDREN or depth >= MAX_DEPTH:
            self.wrong("the index has too many manifests, or is nested too deep")
            return
        for child in children:
            self.child(child, depth)

    def child(self, child: dict[str, Any], depth: int) -> None:
        digest = str(child.get("digest"))
        document = self.source.manifest(self.repository, digest)
        if document is None:
            self.wrong(f"child {digest} of the index is not there")
            return
        if digest_of(document.body, digest) != digest:
            self.wrong(f"child {digest} has other bytes: {digest_of(document.body, digest)}")
        if child.get("size") != len(document.body):
            self.wrong(f"child {digest} has {len(document.body)} bytes, the index says {child.get('size')}")
        if child.get("mediaType") != document.media_type:
            self.wrong(f"child {digest} is {document.media_type}, the index says {child.get('mediaType')}")
        self.manifest(document, depth + 1)

    def image(self, parsed: dict[str, Any], document: Document) -> None:
        config = (self.objects([parsed.get("config") or {}], "config") or [{}])[0]
        layers = self.objects(parsed.get("layers"), "layers")
        artifact = is_artifact(parsed, config, layers)
        told = self.config(config)
        diff_ids = tuple(self.layer(layer, artifact) for layer in layers)
        if not artifact:
            self.compare(str(config.get("digest")), told, diff_ids)
        self.report.images.append(ImageReport(
            digest_of(document.body), document.media_type, platform_of(told), str(config.get("digest")), diff_ids,
            tuple(str(layer.get("digest")) for layer in layers), artifact))

    def config(self, descriptor: dict[str, Any]) -> dict[str, Any]:
        digest = str(descriptor.get("digest"))
        body = self.small(digest)
        if body is None:
            self.wrong(f"config {digest} is not there or larger than {MAX_DOCUMENT} bytes")
            return {}
        if digest_of(body, digest) != digest:
            self.wrong(f"config {digest} has other bytes: {digest_of(body, digest)}")
        if descriptor.get("size") != len(body):
            self.wrong(f"config {digest} has {len(body)} bytes, the manifest says {descriptor.get('size')}")
        self.report.sizes[digest] = len(body)
        return parsed_object(body) or {}

    def objects(self, value: Any, what: str) -> list[dict[str, Any]]:
        found = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        if value is not None and (not isinstance(value, list) or len(found) != len(value)):
            self.wrong(f"{what} of the manifest is no list of objects")
        return found

    def small(self, digest: str) -> Optional[bytes]:
        body = bytearray()
        with self.source.blob(self.repository, digest) as chunks:
            if chunks is None:
                return None
            for chunk in chunks:
                body += chunk
                if len(body) > MAX_DOCUMENT:
                    return None
        return bytes(body)

    def layer(self, descriptor: dict[str, Any], artifact: bool) -> Optional[str]:
        """The diff_id of the layer's bytes; None for a foreign layer that is not there, and for unreadable ones."""
        digest, media_type = str(descriptor.get("digest")), str(descriptor.get("mediaType"))
        if digest not in self.seen:
            self.seen[digest] = self.read(descriptor, artifact)
        found, diff_id = self.seen[digest]
        if found == "absent":
            return None
        if not artifact and sniff_word(media_type) != found:
            self.wrong(f"layer {digest} is {found}, its media type says {media_type}")
        return diff_id

    def read(self, descriptor: dict[str, Any], artifact: bool) -> tuple[str, Optional[str]]:
        digest = str(descriptor.get("digest"))
        with self.source.blob(self.repository, digest) as chunks:
            if chunks is None:
                if not descriptor.get("urls"):
                    self.wrong(f"layer {digest} is not there")
                return "absent", None
            counter = _Counted(chunks, digest)
            kind, diff_id = self.unpacked(counter, digest, artifact)
        self.report.sizes[digest] = counter.size
        if counter.digest != digest:
            self.wrong(f"layer {digest} has other bytes: {counter.digest}")
        if descriptor.get("size") != counter.size:
            self.wrong(f"layer {digest} has {counter.size} bytes, the manifest says {descriptor.get('size')}")
        return kind, diff_id

    def unpacked(self, counter: _Counted, digest: str, artifact: bool) -> tuple[str, Optional[str]]:
        chunks = iter(counter)
        first = next(chunks, b"")
        kind, hashed = sniff(first), hashlib.sha256()
        try:
            for piece in decompressed(kind, first, chunks):
                hashed.update(piece)
        except Unreadable as error:
            for _rest in chunks:
                pass
            if not artifact:
                self.wrong(f"layer {digest} cannot be read: {error}")
            return kind, None
        return kind, "sha256:" + hashed.hexdigest()

    def compare(self, config: str, told: dict[str, Any], diff_ids: tuple[Optional[str], ...]) -> None:
        rootfs = told.get("rootfs")
        expected = (rootfs.get("diff_ids") if isinstance(rootfs, dict) else None) or []
        if not isinstance(expected, list) or len(expected) != len(diff_ids):
            self.wrong(f"config {config} names {len(expected)} diff_ids, the manifest has {len(diff_ids)} layers")
            return
        for number, (said, found) in enumerate(zip(expected, diff_ids)):
            if found is not None and said != found:
                self.wrong(f"layer {number} holds {found}, config {config} names {said}")


def is_artifact(manifest: dict[str, Any], config: dict[str, Any], layers: list[dict[str, Any]]) -> bool:
    """Whether a manifest is something else than an image: by artifactType, the config's type, or its layers' types.

    Artifacts may use the media types of image layers, and attestations the media type of an image's config.
    """
    if manifest.get("artifactType") or config.get("mediaType") not in (*CONFIG_TYPES, None):
        return True
    return bool(layers) and not any(word in str(layer.get("mediaType")) for layer in layers for word in LAYER_WORDS)


class _Counted:
    """Chunks that are counted and hashed while they pass."""

    def __init__(self, chunks: Iterator[bytes], digest: str) -> None:
        self._chunks, self._algorithm = chunks, algorithm_of(digest)
        self._hash = hashlib.new(self._algorithm)
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._hash.update(chunk)
            self.size += len(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        return f"{self._algorithm}:{self._hash.hexdigest()}"


def algorithm_of(digest: str) -> str:
    """sha512 for such digests, else sha256."""
    return "sha512" if digest.startswith("sha512:") else "sha256"


def digest_of(body: bytes, like: str = "sha256:") -> str:
    """The digest of the bytes by the algorithm of `like`."""
    return f"{algorithm_of(like)}:{hashlib.new(algorithm_of(like), body).hexdigest()}"


def parsed_object(body: bytes) -> Optional[dict[str, Any]]:
    """The JSON object; None for anything else, also when it is nested too deep to be read."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def platform_of(config: dict[str, Any]) -> str:
    """`linux/arm/v7` from an image config."""
    return "/".join(str(config[key]) for key in ("os", "architecture", "variant") if config.get(key))


def sniff_word(media_type: str) -> str:
    """The compression that a media type names: gzip, zstd or tar."""
    return next((word for word in ("gzip", "zstd") if media_type.endswith(("+" + word, "." + word))), "tar")
