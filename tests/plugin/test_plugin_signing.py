# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Signed images and referrers: the signature is checked by cryptography itself, relations by the registry."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from needed import needs

from pytest_oci_registry import Registry, SignedImage

MakeSigned = Callable[..., SignedImage]
Make = Callable[..., Registry]


def test_the_signature_is_a_real_one(registry: Registry, signed_image: MakeSigned) -> None:
    made = signed_image("team/app:1", platforms=("linux/amd64", "linux/arm64"))
    manifest = registry.image(f"team/app:{made.signature_tag}").manifest
    layer = manifest["layers"][0]
    payload = registry.store.blob("team/app", layer["digest"]) or b""
    assert json.loads(payload)["critical"]["image"]["docker-manifest-digest"] == registry.image("team/app:1").digest
    key = serialization.load_pem_public_key(made.public_key.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"])
    key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, payload + b" ", ec.ECDSA(hashes.SHA256()))


def test_referrers_are_listed_and_whole(registry: Registry, signed_image: MakeSigned) -> None:
    made = signed_image("app:1")
    second = registry.attach("app:1", "application/vnd.example", annotations={"a": "b"})
    assert [item["digest"] for item in registry.image("app:1").referrers] == [*made.referrers, second]
    assert registry.image(f"app@{second}").validate().problems == []
    assert registry.tags("app") == ["1", made.signature_tag]


@pytest.mark.parametrize("words", [{"backend": "embedded", "referrers": False}, {"backend": "process"}])
def test_without_the_api_the_fallback_tag_lists_them(registry_factory: Make, words: dict[str, object]) -> None:
    if words["backend"] == "process":
        needs("docker-registry")
    registry = registry_factory(**words)
    registry.seed("app:1")
    digests = [registry.attach("app:1", f"application/{number}") for number in range(2)]
    tag = (registry.image("app:1").digest or "").replace(":", "-")
    assert [item["digest"] for item in registry.image(f"app:{tag}").manifest["manifests"]] == digests


@pytest.mark.parametrize(("artifact_type", "config", "layer"), [
    ("application/vnd.example", "application/vnd.oci.empty.v1+json", "application/vnd.oci.image.layer.v1.tar"),
    ("", "application/vnd.cncf.helm.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"),
    ("", "application/vnd.oci.image.config.v1+json", "application/vnd.in-toto+json")])
def test_artifacts_are_not_judged_as_images(registry: Registry, artifact_type: str, config: str, layer: str) -> None:
    stored = [registry.store.put_blob("app", data) for data in (b"{}", b"no tar")]
    described = [{"mediaType": kind, "digest": digest, "size": size}
                 for kind, digest, size in ((config, stored[0], 2), (layer, stored[1], 6))]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": described[0],
                "layers": described[1:], **({"artifactType": artifact_type} if artifact_type else {})}
    registry.store.put_manifest("app", json.dumps(manifest).encode(), str(manifest["mediaType"]), "1")
    report = registry.image("app:1").validate()
    assert (report.problems, report.images[0].artifact) == ([], True)


def test_nothing_is_attached_to_what_is_not_there(registry: Registry) -> None:
    with pytest.raises(AssertionError, match="app:1 is not in"):
        registry.attach("app:1", "application/x")
