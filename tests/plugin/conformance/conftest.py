# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The registries that the conformance cases judge, and where a real one is known to differ.

CONFORMANCE_URL names one more registry to judge, CONFORMANCE_WITHOUT the features it lacks, by comma.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from debian_registry import debian_registry
from plain_http import Wire
from tools import tool

from pytest_oci_registry.backends.process import process_registry
from pytest_oci_registry.backends.want import Want
from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings
from pytest_oci_registry.settings import Settings

DEBIAN = "docker-registry 2.8.2: "
THREE = "distribution 3.1.1: "
# Feature -> why docker-registry fails the cases that need it; each is an expected, strict failure.
DIFFERENCES = {
    "docker-registry": {
        "sha512": DEBIAN + "the answer to an upload names the sha256 digest instead",
        "referrers": DEBIAN + "there is no referrers API, and no OCI-Subject",
        "single-post": DEBIAN + "POST with digest opens a session",
        "anonymous-mount": DEBIAN + "mount needs from",
        "chunk-order": DEBIAN + "a chunk out of order is taken",
        "tag-delete": DEBIAN + "DELETE of a tag is 400",
        "paging": DEBIAN + "n and last of tags are ignored",
        "tag-params": DEBIAN + "PUT knows no tag parameter",
        "foreign-layers": DEBIAN + "nondistributable layers must be there or have URLs of another form",
        "sparse": DEBIAN + "an index must not name absent manifests",
        "digest-syntax": DEBIAN + "a malformed digest is a 500",
        "bare-manifest": DEBIAN + "an empty JSON object as manifest is a 500",
        "ranges": DEBIAN + "an unsatisfiable range breaks the reply",
        "error-codes": DEBIAN + "an unknown upload is BLOB_UPLOAD_INVALID, as its state is not that of any",
    },
    "distribution3": {
        "sha512": THREE + "the answer to an upload names the sha256 digest instead",
        "referrers": THREE + "there is no referrers API, and no OCI-Subject",
        "single-post": THREE + "POST with digest opens a session",
        "anonymous-mount": THREE + "mount needs from",
        "tag-params": THREE + "PUT knows no tag parameter",
        "foreign-layers": THREE + "nondistributable layers must be there or have URLs of another form",
        "sparse": THREE + "an index must not name absent manifests",
        "digest-syntax": THREE + "a malformed digest is a 500",
        "bare-manifest": THREE + "an empty JSON object as manifest is a 500",
        "put-chunk-order": THREE + "the last chunk in the PUT is taken out of order",
        "full-last-page": THREE + "a full page has a Link, even if nothing follows",
        "error-codes": THREE + "an unknown upload is BLOB_UPLOAD_INVALID, as its state is not that of any",
    },
    "embedded": {},
    "external": {
        name: "named in CONFORMANCE_WITHOUT" for name in os.environ.get("CONFORMANCE_WITHOUT", "").split(",") if name
    },
}
TARGETS = ["embedded", "docker-registry", "distribution3", *(["external"] if os.environ.get("CONFORMANCE_URL") else [])]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "feature(*names): what a registry needs for this case; known lacks are expected failures"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        target = getattr(item, "callspec", None) and item.callspec.params.get("target")  # type: ignore[attr-defined]
        for marker in item.iter_markers("feature"):
            for name in marker.args:
                reason = DIFFERENCES.get(target or "", {}).get(name)
                if reason:
                    item.add_marker(pytest.mark.xfail(strict=True, reason=f"{name}: {reason}"))


@pytest.fixture(scope="session", params=TARGETS)
def target(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def registry_url(target: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if target == "embedded":
        with EmbeddedRegistry(ServerSettings(sparse=True)) as registry:
            yield registry.url
    elif target == "distribution3":
        settings = Settings(executable=tool("registry"))
        with process_registry(settings, Want(), tmp_path_factory.mktemp("distribution3")) as given:
            yield given.url
    elif target == "external":
        yield os.environ["CONFORMANCE_URL"]
    else:
        with debian_registry(tmp_path_factory.mktemp("docker-registry")) as url:
            yield url


@pytest.fixture
def wire(registry_url: str) -> Wire:
    return Wire(registry_url)


@pytest.fixture
def repository() -> str:
    return f"conformance/{uuid4().hex[:12]}"
