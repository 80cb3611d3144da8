# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One image as a registry shows it, for assertions: `registry.image("app:1").exists`, `.labels`, `.matches(tar)`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Union

from .look.matching import Match, compare, expected_image
from .look.source import MAX_DOCUMENT, Document, Source
from .look.validator import INDEX_TYPES, Report, digest_of, platform_of, validate_image

if TYPE_CHECKING:
    from .tars import SavedImage, SavedTar

POLL = 0.05
"""Seconds between two looks of `wait`."""


class ImageAbsent(AssertionError):
    """The image that a test looks at is not in the registry."""


@dataclass(frozen=True)
class LayerView:
    """One layer of a manifest; size in bytes, as stored."""

    digest: str
    size: int
    media_type: str


class ImageView:
    """An image by name; every property asks the registry anew.

    Properties other than `exists` and `digest` raise ImageAbsent when the image is not there. Of an index, `config`,
    `labels`, `layers` and `diff_ids` are those of the platform that was asked for, or of its first image.
    """

    def __init__(self, source: Source, host: str, repository: str, reference: str, platform: Optional[str] = None,
                 note: Callable[[str], None] = lambda _text: None) -> None:
        self._source, self._host, self._note = source, host, note
        self.repository, self.reference, self._platform = repository, reference, platform

    @property
    def name(self) -> str:
        """Repository with tag or digest."""
        return f"{self.repository}{'@' if ':' in self.reference else ':'}{self.reference}"

    @property
    def exists(self) -> bool:
        """Whether the registry has a manifest of that name."""
        return self._document() is not None

    @property
    def digest(self) -> Optional[str]:
        """Digest of the manifest's or index' bytes; None when it is absent."""
        document = self._document()
        return None if document is None else digest_of(document.body, document.digest or "sha256:")

    @property
    def media_type(self) -> str:
        """Media type of the manifest or index."""
        return self._top().media_type

    @property
    def tags(self) -> list[str]:
        """The tags of the repository that name this very digest, sorted."""
        digest = digest_of(self._top().body)
        found = [(tag, self._source.manifest(self.repository, tag)) for tag in self._source.tags(self.repository) or []]
        return sorted(tag for tag, document in found if document is not None and digest_of(document.body) == digest)

    @property
    def document(self) -> Document:
        """The bytes, media type and digest of the manifest or index."""
        return self._top()

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest, or the index, as a dictionary."""
        return dict(json.loads(self._top().body))

    @property
    def platforms(self) -> list[str]:
        """Platforms as `linux/arm64`; attestations are none."""
        return [platform_of(config) for config in map(self._config_of, self._manifests())
                if config.get("os") not in (None, "unknown")]

    @property
    def config(self) -> dict[str, Any]:
        """The image config."""
        return self._config_of(self._one())

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the image config."""
        return dict((self.config.get("config") or {}).get("Labels") or {})

    @property
    def annotations(self) -> dict[str, str]:
        """Annotations of the manifest or index itself."""
        return dict(self.manifest.get("annotations") or {})

    @property
    def layers(self) -> list[LayerView]:
        """Layers, lowest first."""
        return [LayerView(str(layer.get("digest")), int(layer.get("size") or 0), str(layer.get("mediaType")))
                for layer in self._one().get("layers") or []]

    @property
    def diff_ids(self) -> list[str]:
        """The diff_ids that the config names."""
        return list((self.config.get("rootfs") or {}).get("diff_ids") or [])

    @property
    def size(self) -> int:
        """Bytes of all manifests, configs and layers, each counted once."""
        sizes = {digest_of(self._top().body): len(self._top().body)}
        for child in self.manifest.get("manifests") or []:
            sizes[str(child.get("digest"))] = int(child.get("size") or 0)
        for manifest in self._manifests():
            for item in [manifest.get("config") or {}, *(manifest.get("layers") or [])]:
                sizes[str(item.get("digest"))] = int(item.get("size") or 0)
        return sum(sizes.values())

    @property
    def referrers(self) -> list[dict[str, Any]]:
        """Descriptors of the manifests whose subject this is."""
        return self._source.referrers(self.repository, digest_of(self._top().body))

    def wait(self, timeout: float = 10.0) -> ImageView:
        """This image, as soon as it exists. Raises ImageAbsent after `timeout` seconds."""
        end = time.monotonic() + timeout
        while not self.exists:
            if time.monotonic() > end:
                raise ImageAbsent(f"after {timeout:g} s {self._absent()}")
            time.sleep(POLL)
        return self

    def validate(self) -> Report:
        """The validator's report: every blob read back and compared."""
        return validate_image(self._source, self.repository, self.reference)

    def matches(self, tar: Union[SavedTar, SavedImage]) -> Match:
        """Whether the image is whole, true to its digests, and has the tar's config and layers, however compressed."""
        expected = expected_image(tar, self.repository, self.reference)
        result = compare(self.validate(), expected, str(getattr(getattr(tar, "path", None), "name", "the tar's image")))
        if not result:
            self._note(str(result))
        return result

    def __repr__(self) -> str:
        """Name, host and digest."""
        return f"<image {self.name} at {self._host}: {self.digest or 'absent'}>"

    def _document(self) -> Optional[Document]:
        return self._source.manifest(self.repository, self.reference)

    def _top(self) -> Document:
        document = self._document()
        if document is None:
            raise ImageAbsent(self._absent())
        return document

    def _absent(self) -> str:
        tags = self._source.tags(self.repository)
        there = f"{self.repository} has the tags {', '.join(tags)}" if tags else f"there is no {self.repository}"
        return f"{self.name} is not in {self._host}: {there}"

    def _manifests(self) -> list[dict[str, Any]]:
        top = self._top()
        if top.media_type not in INDEX_TYPES:
            return [json.loads(top.body)]
        children = [str(child.get("digest")) for child in self.manifest.get("manifests") or []]
        documents = [self._source.manifest(self.repository, digest) for digest in children]
        return [json.loads(document.body) for document in documents if document is not None]

    def _one(self) -> dict[str, Any]:
        found = self._manifests()
        if self._platform is not None:
            found = [manifest for manifest in found if platform_of(self._config_of(manifest)) == self._platform]
        if not found:
            raise ImageAbsent(f"{self.name} in {self._host} has no image for {self._platform or 'any platform'}")
        return found[0]

    def _config_of(self, manifest: dict[str, Any]) -> dict[str, Any]:
        body = bytearray()
        with self._source.blob(self.repository, str((manifest.get("config") or {}).get("digest"))) as chunks:
            for chunk in chunks or ():
                body += chunk
                if len(body) > MAX_DOCUMENT:
                    raise ImageAbsent(f"the config of {self.name} is larger than {MAX_DOCUMENT} bytes")
        parsed = json.loads(bytes(body) or b"{}")
        return parsed if isinstance(parsed, dict) else {}
