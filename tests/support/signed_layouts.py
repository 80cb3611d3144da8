# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Signed images as OCI layouts: cosign tags, bundles, an SBOM, a referrer of a referrer, and traps of other tools."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
SBOM, NOTE = "application/spdx+json", "application/vnd.test.note"
REF = "org.opencontainers.image.ref.name"


class LayoutFolder:
    """A layout that grows; `listed` are the entries of index.json and `relations` (subject, digest) of referrers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listed: list[dict[str, Any]] = []
        self.relations: set[tuple[str, str]] = set()
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data: bytes, media_type: str) -> dict[str, Any]:
        digits = hashlib.sha256(data).hexdigest()
        (self.path / "blobs/sha256" / digits).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digits}", "size": len(data)}

    def document(self, document: dict[str, Any]) -> dict[str, Any]:
        return self.blob(json.dumps({"schemaVersion": 2, **document}).encode(), document["mediaType"])

    def image(self, architecture: str) -> dict[str, Any]:
        content = architecture.encode() * 500
        layer = self.blob(content, "application/vnd.oci.image.layer.v1.tar")
        rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
        config = json.dumps({"os": "linux", "architecture": architecture, "rootfs": rootfs}).encode()
        made = self.document({"mediaType": MANIFEST, "layers": [layer],
                              "config": self.blob(config, "application/vnd.oci.image.config.v1+json")})
        return {**made, "platform": {"os": "linux", "architecture": architecture}}

    def index(self, *entries: dict[str, Any]) -> dict[str, Any]:
        return self.document({"mediaType": INDEX, "manifests": list(entries)})

    def artifact(self, kind: str, data: str, subject: dict[str, Any] | None = None) -> dict[str, Any]:
        """A manifest of an artifact; with a subject it is a referrer."""
        document: dict[str, Any] = {
            "mediaType": MANIFEST, "artifactType": kind, "config": self.blob(b"{}", EMPTY_TYPE),
            "layers": [self.blob(data.encode(), kind)], "annotations": {"for": data},
        }
        if subject is not None:
            document["subject"] = {key: subject[key] for key in ("mediaType", "digest", "size")}
        made = self.document(document)
        if subject is not None:
            self.relations.add((subject["digest"], made["digest"]))
        return made

    def list(self, entry: dict[str, Any], name: str | None = None, **annotations: str) -> dict[str, Any]:
        notes = {**({REF: name} if name else {}), **annotations}
        self.listed.append({**entry, **({"annotations": notes} if notes else {})})
        return entry

    def done(self) -> str:
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.listed}
        (self.path / "index.json").write_text(json.dumps(index))
        return str(self.path)


def tag_of(entry: dict[str, Any], suffix: str = "") -> str:
    return str(entry["digest"]).replace(":", "-") + suffix


def full_layout(path: Path) -> tuple[LayoutFolder, dict[str, Any], dict[str, str]]:
    """A multi-platform image with all kinds of referrers; returns layout, root, and cosign tags with their digests."""
    made = LayoutFolder(path)
    images = [made.image(one) for one in ("amd64", "arm64")]
    root = made.list(made.index(*images), "team/app:1")
    tags = {}
    for subject in (root, *images):
        signature = made.artifact("application/vnd.dev.cosign.simplesigning.v1+json", f"sig {subject['digest']}")
        tags[tag_of(subject, ".sig")] = str(made.list(signature, f"team/app:{tag_of(subject, '.sig')}")["digest"])
        made.list(made.artifact(BUNDLE, f"bundle {subject['digest']}", subject))
    sbom = made.list(made.artifact(SBOM, "sbom", root))
    made.artifact(NOTE, "only in blobs", sbom)
    return made, root, tags
