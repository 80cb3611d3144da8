# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The sets of content that the specification's conformance cases push; each is made by a function and named by it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plain_http import digest_of

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
Json = dict[str, Any]


@dataclass
class Dataset:
    """Blobs and manifests in the order of their pushing.

    The last manifest is tagged. `referrers`: subject -> digests of who refers to it.
    """

    algorithm: str = "sha256"
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: list[tuple[str, str, bytes]] = field(default_factory=list)
    referrers: dict[str, list[str]] = field(default_factory=dict)
    tags: tuple[str, ...] = ("alpha", "beta", "gamma", "omega")

    def blob(self, data: bytes, media_type: str) -> Json:
        """Add a blob, and return its descriptor."""
        digest = digest_of(data, self.algorithm)
        self.blobs[digest] = data
        return {"mediaType": media_type, "size": len(data), "digest": digest}

    def manifest(self, media_type: str, **document: Any) -> Json:
        """Add a manifest, and return its descriptor."""
        data = json.dumps({"schemaVersion": 2, "mediaType": media_type, **document}).encode()
        digest = digest_of(data, self.algorithm)
        self.manifests.append((digest, media_type, data))
        if "subject" in document:
            self.referrers.setdefault(document["subject"]["digest"], []).append(digest)
        return {"mediaType": media_type, "size": len(data), "digest": digest}

    def image(self, *, layer_type: str = LAYER, layers: int = 2, **document: Any) -> Json:
        """Add an image of random layers, and return its descriptor."""
        blobs = [self.blob(os.urandom(1024), layer_type) for _number in range(layers)]
        config = self.blob(json.dumps({"os": "linux", "rootfs": {"diff_ids": []}}).encode(), CONFIG)
        return self.manifest(OCI_MANIFEST, config=config, layers=blobs, **document)

    def index(self, *children: Json, **document: Any) -> Json:
        """Add an index of manifests."""
        return self.manifest(OCI_INDEX, manifests=list(children), **document)

    def artifact(self, kind: str = "application/vnd.example.thing", **document: Any) -> Json:
        """Add an artifact: an empty config and one blob."""
        config, layer = self.blob(b"{}", EMPTY), self.blob(os.urandom(64), "application/octet-stream")
        return self.manifest(OCI_MANIFEST, artifactType=kind, config=config, layers=[layer], **document)


def image(made: Dataset) -> None:
    made.image()


def image_uncompressed(made: Dataset) -> None:
    made.image(layer_type="application/vnd.oci.image.layer.v1.tar")


def large_manifest(made: Dataset) -> None:
    made.image(annotations={f"org.example.{number}": "x" * 10_000 for number in range(390)})


def index(made: Dataset) -> None:
    made.index(made.image(), made.image())


def nested_index(made: Dataset) -> None:
    made.index(made.index(made.image()), made.image())


def empty_index(made: Dataset) -> None:
    made.index()


def artifact(made: Dataset) -> None:
    made.artifact()


def artifact_index(made: Dataset) -> None:
    made.index(made.artifact(), made.artifact(), artifactType="application/vnd.example.bundle")


def artifact_without_layers(made: Dataset) -> None:
    config = made.blob(b"{}", EMPTY)
    made.manifest(OCI_MANIFEST, artifactType="application/vnd.example.bare", config=config, layers=[])


def artifacts_with_subject(made: Dataset) -> None:
    subject = made.image()
    made.artifact("application/vnd.example.signature", subject=subject, annotations={"org.example.key": "one"})
    made.artifact("application/vnd.example.signature", subject=subject)
    made.artifact("application/vnd.example.sbom", subject=subject)


def index_with_subject(made: Dataset) -> None:
    subject = made.image()
    made.index(made.image(), subject=subject, artifactType="application/vnd.example.index")


def missing_subject(made: Dataset) -> None:
    made.image(subject={"mediaType": OCI_MANIFEST, "size": 123, "digest": digest_of(b"never pushed")})


def data_field(made: Dataset) -> None:
    config = {**made.blob(b"{}", EMPTY), "data": "e30="}
    made.manifest(OCI_MANIFEST, config=config, layers=[config], artifactType="application/vnd.example.data")


def nondistributable_layers(made: Dataset) -> None:
    foreign = {
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "size": 123456,
        "digest": digest_of(b"elsewhere"),
        "urls": ["https://store.example.com/blobs/elsewhere"],
    }
    config = made.blob(b'{"os": "linux"}', CONFIG)
    made.manifest(OCI_MANIFEST, config=config, layers=[foreign, made.blob(os.urandom(64), LAYER)])


def custom_fields(made: Dataset) -> None:
    unknown: Json = {"org.example.unknown": {"deep": [1, 2, None]}}
    made.image(**unknown)


def no_layers(made: Dataset) -> None:
    made.image(layers=0)


def sparse(made: Dataset) -> None:
    made.index(made.image(), {"mediaType": OCI_MANIFEST, "size": 10, "digest": digest_of(b"not pushed")})


DATASETS: dict[Callable[[Dataset], None], tuple[str, ...]] = {
    image: (),
    image_uncompressed: (),
    large_manifest: (),
    index: (),
    nested_index: (),
    empty_index: (),
    artifact: (),
    artifact_index: (),
    artifact_without_layers: (),
    artifacts_with_subject: (),
    index_with_subject: (),
    missing_subject: (),
    data_field: (),
    nondistributable_layers: ("foreign-layers",),
    custom_fields: (),
    no_layers: (),
    sparse: ("sparse",),
}


def build(make: Callable[[Dataset], None], algorithm: str = "sha256") -> Dataset:
    """A fresh data set; its random layers make every one unique."""
    made = Dataset(algorithm)
    make(made)
    return made
