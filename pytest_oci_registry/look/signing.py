# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Images with what belongs to them: referrers (OCI 1.1) and a cosign signature with a throw-away key."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..backends.want import MissingBackend
from .source import Document, Source

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = b"{}"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"


@dataclass(frozen=True)
class SignedImage:
    """A signed image: its name and digest, the signature's tag and digest, payload, signature bytes, and public key.

    `referrers` are the digests of its SBOM and other artifacts. `public_key` is PEM text.
    """

    name: str
    digest: str
    signature_tag: str
    signature_digest: str
    payload: bytes
    signature: bytes
    public_key: str
    referrers: tuple[str, ...] = ()


def attach(source: Source, repository: str, subject: Document, artifact_type: str, data: bytes,
           annotations: Mapping[str, str], has_api: bool) -> str:
    """Store an artifact whose subject is that manifest and return its digest.

    Without the referrers API the index below the fallback tag is written, as clients have to.
    """
    described = {"mediaType": subject.media_type, "digest": _digest(subject.body), "size": len(subject.body)}
    body = _encoded({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": artifact_type,
        "config": _stored(source, repository, EMPTY, EMPTY_TYPE),
        "layers": [_stored(source, repository, data, artifact_type)],
        "subject": described, "annotations": dict(annotations)})
    digest = _digest(body)
    source.put_manifest(repository, digest, OCI_MANIFEST, body)
    if not has_api:
        entry = {"mediaType": OCI_MANIFEST, "digest": digest, "size": len(body), "artifactType": artifact_type,
                 "annotations": dict(annotations)}
        _add_to_fallback(source, repository, str(described["digest"]).replace(":", "-"), entry)
    return digest


def sign(source: Source, repository: str, name: str, subject: Document) -> SignedImage:
    """Sign a manifest by cosign's tag convention. Raises MissingBackend without the package cryptography."""
    private, public_key = _new_key()
    digest = _digest(subject.body)
    critical = {"identity": {"docker-reference": name}, "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature"}
    payload = _encoded({"critical": critical, "optional": None})
    signature = private(payload)
    layer = {**_stored(source, repository, payload, SIMPLE_SIGNING),
             "annotations": {SIGNATURE: base64.b64encode(signature).decode()}}
    rootfs = {"type": "layers", "diff_ids": [layer["digest"]]}
    config = _encoded({"architecture": "", "os": "", "config": {}, "rootfs": rootfs})
    body = _encoded({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
                     "config": _stored(source, repository, config, CONFIG_TYPE), "layers": [layer]})
    tag = digest.replace(":", "-") + ".sig"
    source.put_manifest(repository, tag, OCI_MANIFEST, body)
    return SignedImage(name, digest, tag, _digest(body), payload, signature, public_key)


def _new_key() -> tuple[Any, str]:
    """A function that signs bytes (ECDSA P-256, SHA-256), and its public key."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise MissingBackend("a signed image needs the package cryptography: pip install cryptography.") from None
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), pem.decode()


def _add_to_fallback(source: Source, repository: str, tag: str, entry: dict[str, Any]) -> None:
    there = source.manifest(repository, tag)
    entries = json.loads(there.body)["manifests"] if there is not None else []
    body = _encoded({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*entries, entry]})
    source.put_manifest(repository, tag, OCI_INDEX, body)


def _stored(source: Source, repository: str, data: bytes, media_type: str) -> dict[str, Any]:
    source.put_blob(repository, _digest(data), len(data), [data])
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _encoded(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
