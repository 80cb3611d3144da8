# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""skopeo and podman against the embedded registry: in, out, inspect, delete; over http, TLS and with a password."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from needed import needs
from plain_http import digest_of

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry

WAYS: dict[str, dict[str, Any]] = {
    "http": {},
    "tls": {"tls": True},
    "basic": {"auth": ("basic", "user", "pass")},
    "token": {"auth": ("token", "user", "pass")},
    "tls-token": {"tls": True, "auth": ("token", "user", "pass")},
    "relative": {"locations": "relative"},
    "distribution3": {"personality": "distribution3"},
}
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stderr}"
    return done.stdout


@pytest.fixture(params=WAYS)
def registry(request: pytest.FixtureRequest, registry_with: Callable[..., EmbeddedRegistry]) -> EmbeddedRegistry:
    return registry_with(**WAYS[request.param])


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """An OCI layout with one image of one 200 kB layer."""
    folder = tmp_path / "layout"
    (folder / "blobs" / "sha256").mkdir(parents=True)
    raw = tar_of(os.urandom(200_000))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"kind": "test"}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(raw)]},
        "history": [{"created_by": "test"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": stored(folder, json.dumps(config).encode(), CONFIG),
        "layers": [stored(folder, gzip.compress(raw), LAYER)],
    }
    listed = {
        **stored(folder, json.dumps(manifest).encode(), MANIFEST),
        "annotations": {"org.opencontainers.image.ref.name": "v1"},
    }
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def tar_of(data: bytes) -> bytes:
    """A tar with one file."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("data")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def stored(folder: Path, data: bytes, media_type: str) -> dict[str, Any]:
    digest = digest_of(data)
    (folder / "blobs" / "sha256" / digest[7:]).write_bytes(data)
    return {"mediaType": media_type, "size": len(data), "digest": digest}


@pytest.fixture
def trust(registry: EmbeddedRegistry, tmp_path: Path) -> list[str]:
    """Options by which skopeo and podman find the authority, as --cert-dir wants it."""
    if registry.ca_file is None:
        return []
    folder = tmp_path / "certs"
    folder.mkdir()
    shutil.copy(registry.ca_file, folder / "ca.crt")
    return [str(folder)]


def skopeo_options(registry: EmbeddedRegistry, trust: list[str], side: str = "") -> list[str]:
    credentials = [f"--{side}creds=user:pass"] if registry.settings.auth else []
    trusted = [f"--{side}cert-dir={trust[0]}"] if trust else [f"--{side}tls-verify=false"]
    return credentials + trusted


def test_skopeo_in_inspect_out_delete(
    registry: EmbeddedRegistry, trust: list[str], layout: Path, tmp_path: Path
) -> None:
    skopeo, image = needs("skopeo"), f"docker://{registry.netloc}/team/app:v1"
    run(skopeo, "copy", *skopeo_options(registry, trust, "dest-"), f"oci:{layout}:v1", image)
    assert registry.store.tags("team/app") == ["v1"]
    seen = json.loads(run(skopeo, "inspect", *skopeo_options(registry, trust), image))
    assert (seen["Digest"], seen["Labels"]) == (registry.store.tag_digest("team/app", "v1"), {"kind": "test"})
    run(skopeo, "copy", *skopeo_options(registry, trust, "src-"), image, f"dir:{tmp_path / 'out'}")
    assert len(list((tmp_path / "out").iterdir())) == 4
    run(skopeo, "delete", *skopeo_options(registry, trust), image)
    assert registry.store.tags("team/app") == []


def test_skopeo_copies_between_repositories(registry: EmbeddedRegistry, trust: list[str], layout: Path) -> None:
    skopeo, base = needs("skopeo"), f"docker://{registry.netloc}"
    run(skopeo, "copy", *skopeo_options(registry, trust, "dest-"), f"oci:{layout}:v1", f"{base}/a:v1")
    both = [*skopeo_options(registry, trust, "src-"), *skopeo_options(registry, trust, "dest-")]
    run(skopeo, "copy", *both, f"{base}/a:v1", f"{base}/b:v2")
    assert registry.store.tag_digest("a", "v1") == registry.store.tag_digest("b", "v2")
    listed = json.loads(run(skopeo, "list-tags", *skopeo_options(registry, trust), f"{base}/b"))
    assert listed["Tags"] == ["v2"]


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[list[str]]:
    """podman with a storage of its own; it refuses a runroot of more than 50 characters."""
    with tempfile.TemporaryDirectory(prefix="run-") as short:
        yield [needs("podman"), "--root", str(tmp_path / "root"), "--runroot", short, "--storage-driver", "vfs"]


def test_podman_pull_push_pull(registry: EmbeddedRegistry, trust: list[str], layout: Path, podman: list[str]) -> None:
    run(
        needs("skopeo"),
        "copy",
        *skopeo_options(registry, trust, "dest-"),
        f"oci:{layout}:v1",
        f"docker://{registry.netloc}/app:v1",
    )
    options = skopeo_options(registry, trust)
    run(*podman, "pull", *options, f"{registry.netloc}/app:v1")
    run(*podman, "push", *options, f"{registry.netloc}/app:v1", f"{registry.netloc}/copy:v2")
    assert registry.store.tags("copy") == ["v2"]
    run(*podman, "rmi", "--all", "--force")
    run(*podman, "pull", *options, f"{registry.netloc}/copy:v2")
    labels = json.loads(run(*podman, "image", "inspect", f"{registry.netloc}/copy:v2"))[0]["Labels"]
    assert labels["kind"] == "test"


def test_skopeo_through_the_proxy_before_docker_registry(debian_url: str, layout: Path, tmp_path: Path) -> None:
    with FaultProxy(debian_url) as proxy:
        image = f"docker://{proxy.netloc}/team/app:v1"
        rule = proxy.fail("upload_start", status=429, retry_after=1)
        run(needs("skopeo"), "copy", "--dest-tls-verify=false", f"oci:{layout}:v1", image)
        run(needs("skopeo"), "copy", "--src-tls-verify=false", image, f"dir:{tmp_path / 'out'}")
    assert rule.hits == 1
    assert proxy.requests.filter(operation="manifest_put", status=201)
