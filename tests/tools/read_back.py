# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads an image back from a registry with nothing but Python's own library, and compares it with the tar it came from.

Shares no code with the collection on purpose: it judges the collection's work.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import urllib.request
from pathlib import Path

MANIFESTS = ", ".join((
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
))  # fmt: skip
GZIP = b"\x1f\x8b"


class Difference(Exception):
    """The registry holds something else than the tar."""


def read_back(registry: str, repository: str, tag: str, tar: Path) -> str:
    """Return the manifest's digest after every blob was fetched and compared with the tar. Raises Difference."""
    body, told = fetch(f"{registry}/v2/{repository}/manifests/{tag}")
    digest = sha256(body)
    expect(f"digest that the registry tells for {tag}", told or digest, digest)
    manifest = json.loads(body)
    config, diff_ids = saved_image(tar)
    expect("config", blob(registry, repository, manifest["config"]), config)
    layers = [blob(registry, repository, layer) for layer in manifest["layers"]]
    expect("diff_ids of the layers", [sha256(uncompressed(layer)) for layer in layers], diff_ids)
    return digest


def blob(registry: str, repository: str, descriptor: dict[str, object]) -> bytes:
    """Return the content that a descriptor of the manifest names, with its size and digest verified."""
    content, _told = fetch(f"{registry}/v2/{repository}/blobs/{descriptor['digest']}")
    expect("size of a blob", len(content), descriptor["size"])
    expect("digest of a blob", sha256(content), descriptor["digest"])
    return content


def saved_image(tar: Path) -> tuple[bytes, list[str]]:
    """Return config bytes and the digests of the uncompressed layers of the only image in the tar."""
    with tarfile.open(tar) as archive:
        (image,) = json.loads(member(archive, "manifest.json"))
        config = member(archive, image["Config"])
        layers = [member(archive, name) for name in image["Layers"]]
    diff_ids = [sha256(uncompressed(layer)) for layer in layers]
    expect("diff_ids in the tar's config", json.loads(config)["rootfs"]["diff_ids"], diff_ids)
    return config, diff_ids


def member(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(name)
    if content is None:
        raise Difference(f"{name} is no file in the tar")
    return content.read()


def fetch(url: str) -> tuple[bytes, str | None]:
    """Return the body and the digest that the registry tells for it."""
    request = urllib.request.Request(url, headers={"Accept": MANIFESTS})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers["Docker-Content-Digest"]


def uncompressed(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(GZIP) else content


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def expect(what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise Difference(f"{what}: {str(found)[:200]} where {str(wanted)[:200]} was expected")
