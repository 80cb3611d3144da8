# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Digests in documents of others are parsed before they are used: none of them chooses the path of a request."""

from __future__ import annotations

import asyncio
import json
import re

import pytest
from compressing import OCI_CONFIG, OCI_GZIP, OCI_MANIFEST, config_data, layers, push, sha256
from registry_api_v2_client import get_image_info
from registry_api_v2_client.endpoints.blobs import blob_exists, blob_readable, read_blob, stream_blob
from registry_api_v2_client.endpoints.manifests import delete_manifest, get_manifest, head_manifest, put_manifest
from registry_api_v2_client.endpoints.uploads import mount_blob
from registry_api_v2_client.errors import RegistryError, ValidationError
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.manifest import parse_manifest
from scripted import play

INDEX = "application/vnd.oci.image.index.v1+json"
HEX = 64 * "a"
MALFORMED = [
    "../../../../api/v2.0/users/1?x=", "sha256:../../../manifests/1", f"sha256:{HEX}?x=1", f"sha256:{HEX}/..",
    f"sha256:{HEX}\n", f"SHA256:{HEX}", f"sha256:{HEX.upper()}", "sha256:abc", f"sha1:{40 * 'a'}", "", "latest#",
    f"sha256:{HEX}\u0660",
]
NO_STRINGS = [None, 7, True, [HEX], {"sha256": HEX}]  # the embedded registry stores none of these
PATH = re.compile(
    r"/v2/(app/(manifests/[\w.-]+|(manifests|blobs)/sha256:[0-9a-f]{64}|tags/list|blobs/uploads/[\w-]*))?"
)
any_malformed = pytest.mark.parametrize("digest", MALFORMED, ids=repr)


def manifest(tar, **replaced):
    """Return a manifest of the tar's image that lists another config or layer."""
    config = {"mediaType": OCI_CONFIG, "digest": sha256(config_data(tar)), "size": len(config_data(tar))}
    layer = {"mediaType": OCI_GZIP, "digest": f"sha256:{HEX}", "size": 5}
    document = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]}
    for name, digest in replaced.items():
        document[name] = [{**layer, "digest": digest}] if name == "layers" else {**config, "digest": digest}
    return json.dumps(document).encode()


def odd_paths(registry):
    return [entry.path for entry in registry.requests if not PATH.fullmatch(entry.path)]


@any_malformed
@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("tag", ["1", "0"], ids=["the tag to push", "another tag"])
@pytest.mark.parametrize("part", ["config", "layers"])
def test_a_push_ignores_a_manifest_with_a_malformed_digest(registry, docker_save_tar, part, tag, compression, digest):
    tar = docker_save_tar("app:1", layers=layers("one"))
    registry.store.put_manifest("app", manifest(tar, **{part: digest}), OCI_MANIFEST, tag)
    result = push(registry, tar, compression=compression)
    assert result.error is None and registry.image("app:1").matches(tar)
    assert odd_paths(registry) == []


@any_malformed
@pytest.mark.parametrize("part", ["config", "manifests"])
def test_image_info_requests_nothing_by_a_malformed_digest(registry, docker_save_tar, part, digest):
    data, kind = manifest(docker_save_tar("app:1"), config=digest), OCI_MANIFEST
    if part == "manifests":
        child = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 5}
        data, kind = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]}).encode(), INDEX
    registry.store.put_manifest("app", data, kind, "1")
    with pytest.raises(RegistryError, match="digest"):
        asyncio.run(get_image_info(registry.url, "app", "1"))
    assert odd_paths(registry) == []


async def streamed(send, digest):
    async with stream_blob(send, "app", digest) as chunks:
        return [chunk async for chunk in chunks]


@pytest.mark.parametrize("digest", MALFORMED + NO_STRINGS, ids=repr)
def test_a_document_with_a_malformed_digest_is_refused(digest):
    data = json.dumps({"config": {"mediaType": OCI_CONFIG, "digest": digest, "size": 5}}).encode()
    with pytest.raises(RegistryError, match=r"\(config\.digest\)"):
        parse_manifest(data, Descriptor(OCI_MANIFEST, "", 0), RegistryError)


@any_malformed
@pytest.mark.parametrize("call", [
    lambda send, digest: blob_exists(send, "app", digest),
    lambda send, digest: blob_readable(send, "app", digest, 9),
    lambda send, digest: read_blob(send, "app", digest),
    streamed,
    lambda send, digest: mount_blob(send, "app", digest, "base"),
    lambda send, digest: head_manifest(send, "app", digest),
    lambda send, digest: get_manifest(send, "app", digest),
    lambda send, digest: put_manifest(send, "app", digest, b"{}", OCI_MANIFEST),
    lambda send, digest: delete_manifest(send, "app", digest),
], ids=["head", "readable", "read", "stream", "mount", "manifest head", "manifest get", "manifest put", "delete"])
def test_no_endpoint_sends_a_malformed_digest(script, call, digest):
    with pytest.raises(ValidationError) as caught:
        play(script, lambda send: call(send, digest))
    script.check()
    assert caught.value.code == "bad-reference"
