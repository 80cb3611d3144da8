# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Small tars by hand: what no tool writes, but somebody might send."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile

import pytest
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.errors import RegistryError

LAYER = b"one layer" + bytes(1015)


def sha256(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def dump(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def member(name, data=b"", kind=tarfile.REGTYPE, link="", **fields):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(data), kind, link
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def tar_bytes(members, tar_format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tar_format) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data) if data else None)
    return out.getvalue()


def config_of(*layers, **more):
    return dump({"os": "linux", "architecture": "amd64",
                 "rootfs": {"type": "layers", "diff_ids": [sha256(layer) for layer in layers]}, **more})


def docker_members(*, manifest=None, config=None, layers=(LAYER,), names=("app:1",)):
    paths = [f"l{n}/layer.tar" for n in range(len(layers))]
    said = [{"Config": "c.json", "RepoTags": list(names), "Layers": paths}]
    return [
        *(member(path, layer) for path, layer in zip(paths, layers)),
        member("c.json", config_of(*layers) if config is None else dump(config)),
        member("manifest.json", dump(said if manifest is None else manifest)),
    ]


class Oci:
    """An OCI layout in the making."""

    def __init__(self):
        self.blobs = {}

    def blob(self, data, media_type, **more):
        data = dump(data)
        digest = sha256(data)
        self.blobs[digest] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def image(self, *layers, media_type="application/vnd.oci.image.manifest.v1+json", config=None, **more):
        described = [self.blob(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers or (LAYER,)]
        config = self.blob(config or config_of(*layers or (LAYER,)), "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": described, **more}
        return self.blob(manifest, media_type)

    def index(self, *children, **more):
        media_type = "application/vnd.oci.image.index.v1+json"
        listed = {"schemaVersion": 2, "mediaType": media_type, "manifests": list(children), **more}
        return self.blob(listed, media_type)

    def members(self, *top, prefix=""):
        return [
            *(member(f"{prefix}blobs/{digest.replace(':', '/')}", data) for digest, data in self.blobs.items()),
            member(f"{prefix}index.json", dump({"schemaVersion": 2, "manifests": list(top)})),
            member(f"{prefix}oci-layout", b'{"imageLayoutVersion": "1.0.0"}'),
        ]


def named(descriptor, *names):
    keys = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
    return {**descriptor, "annotations": dict(zip(keys if len(names) == 2 else keys[1:], names))}


class Tars:
    """Writes and opens tars."""

    LAYER = LAYER
    Oci = Oci
    sha256 = staticmethod(sha256)
    member = staticmethod(member)
    tar_bytes = staticmethod(tar_bytes)
    config_of = staticmethod(config_of)
    docker = staticmethod(docker_members)
    named = staticmethod(named)

    def __init__(self, folder):
        self.folder = folder

    def write(self, data, name="image.tar"):
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else tar_bytes(data))
        return str(path)

    def open(self, data, name="image.tar", **options):
        return open_archive(self.write(data, name), **options)

    def entries(self, data):
        with self.open(data) as archive:
            return archive.entries

    def refusal(self, data, **options):
        """Return the error that opening raises; it is one sentence that names the file."""
        with pytest.raises(RegistryError) as caught:
            self.open(data, **options).close()
        assert "\n" not in caught.value.message and "image.tar" in caught.value.message
        return caught.value


@pytest.fixture
def tars(tmp_path):
    return Tars(tmp_path)
