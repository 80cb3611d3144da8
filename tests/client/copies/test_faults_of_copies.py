# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What goes wrong at either side of a copy: it ends with the whole image, or with an error and no tag."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from needed import needs
from registry_api_v2_client import CopyImage

from pytest_oci_registry.tars import ImageSpec, LayerSpec
from pytest_oci_registry.validate import validate

LARGE = ImageSpec(("app:1",), layers=[LayerSpec(size=3_000_000, seed="large", compression="none")])
TRANSIENT = [
    {"truncate": 0.5}, {"reset_after": 0}, {"status": 500}, {"status": 429, "retry_after": 0}, {"status": 503},
]


def faulty(copying, side, operation, times=1, **fault):
    copy = copying(images=[LARGE])
    getattr(copy, side).fail(operation, times=times, **fault)
    return copy


@pytest.mark.parametrize("fault", TRANSIENT, ids=str)
@pytest.mark.parametrize("operation", ["manifest_head", "manifest_get", "blob_get"])
def test_a_source_that_fails_once_does_not_matter(copying, operation, fault):
    if operation == "manifest_head" and "truncate" in fault:
        fault = {"status": 502}  # it has no body
    copy = faulty(copying, "source", operation, **fault)
    result = copy("app:1", limits={"max_concurrent": 1})
    assert result.error is None and not validate(copy.target.url, "app", "1").problems


@pytest.mark.parametrize("fault", [{"reset_after": 70_000}, {"status": 500}, {"status": 503}, {"lose_answer": True}],
                         ids=str)
@pytest.mark.parametrize("operation", ["upload_start", "upload_put", "manifest_put"])
def test_a_destination_that_fails_once_does_not_matter(copying, operation, fault):
    copy = faulty(copying, "target", operation, **fault)
    result = copy("app:1")
    assert result.error is None and not validate(copy.target.url, "app", "1").problems


def test_a_broken_download_continues_where_it_ended(copying):
    copy = faulty(copying, "source", "blob_get", truncate=0.5)
    assert copy("app:1", limits={"max_concurrent": 1}).error is None
    ranges = [entry.header("Range") for entry in copy.source.requests.filter(operation="blob_get")]
    assert any(found and found != "bytes=0-" for found in ranges)
    assert len(copy.target.requests.filter(operation="upload_put")) == 2  # the upload did not notice


@pytest.mark.parametrize(("operation", "fault"), [
    ("blob_get", {"truncate": 0.0}), ("blob_get", {"status": 500}), ("blob_get", {"reset_after": 0}),
    ("blob_get", {"status": 404, "code": "BLOB_UNKNOWN"}), ("manifest_get", {"status": 500}),
    ("manifest_get", {"corrupt": True}), ("blob_get", {"corrupt": True}),
])
def test_a_source_that_always_fails_is_named_and_nothing_is_tagged(copying, operation, fault):
    copy = faulty(copying, "source", operation, times=None, **fault)
    error = copy("app:1").error
    assert error is not None and copy.source.netloc in error.message and "app:1" not in copy.target.snapshot()
    blobs = copy.source.requests.filter(operation="blob_get")
    assert len(blobs) <= 8  # no try of the upload begins all tries of the download again


@pytest.mark.parametrize("operation", ["upload_start", "upload_put", "manifest_put"])
def test_a_destination_that_always_fails_is_named_and_nothing_is_tagged(copying, operation):
    copy = faulty(copying, "target", operation, times=None, status=500)
    error = copy("app:1").error
    assert error is not None and copy.target.netloc in error.message and "app:1" not in copy.target.snapshot()


def test_bytes_that_were_wrong_on_the_way_once_are_the_fault_of_neither_digest(copying):
    copy = faulty(copying, "source", "blob_get", corrupt=True)
    result = copy("app:1", limits={"max_concurrent": 1})
    assert result.error is not None and result.error.has_code("DIGEST_INVALID")
    assert "app:1" not in copy.target.snapshot() and copy("app:1").error is None


def test_wrong_bytes_of_the_source_are_blamed_on_the_source(copying):
    copy = faulty(copying, "source", "blob_get", times=None, corrupt=True)
    error = copy("app:1").error
    assert error.code == "wrong-bytes" and copy.source.netloc in error.message


@pytest.mark.parametrize("size", [65536, 1_000_000])
def test_chunks_are_read_by_range_and_arrive_whole(copying, size):
    copy = copying(images=[LARGE])
    result = copy("app:1", limits={"chunk_size": size})
    assert result.error is None and not validate(copy.target.url, "app", "1").problems
    assert max(entry.body_size for entry in copy.target.requests) <= size


def test_a_login_that_expires_at_either_side_is_renewed(copying):
    auth = ("user", "secret")
    copy = copying({"auth": auth, "token": True}, {"auth": auth, "token": True}, (auth, auth), [LARGE])
    copy.source.fail("blob_get", status=401)
    copy.target.fail("upload_put", status=401)
    assert copy("app:1").error is None
    assert not validate(copy.target.url, "app", "1", username=auth[0], password=auth[1]).problems


PROGRAM = """
import asyncio, sys
from registry_api_v2_client import CopyImage, Login, RegistryClient, Settings

async def main():
    clients = [RegistryClient(Settings(url, Login(anonymous=True))) for url in sys.argv[1:]]
    async with clients[0], clients[1]:
        result = await clients[1].copy([CopyImage("app:1")], source=clients[0])
    assert result.error is None and result.bytes_uploaded > 200_000_000, result.message()

asyncio.run(main())
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak of memory is read from /proc")
def test_a_layer_of_200_mb_needs_less_than_64_mb_of_memory(copying):
    layer = LayerSpec(size=200_000_000, fill="zeros", compression="none")
    copy = copying(images=[ImageSpec(("app:1",), layers=[layer])])
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-c", PROGRAM, copy.source.url, copy.target.url]
    ran = subprocess.run(arguments, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) < 64 * 1024


@pytest.mark.parametrize("source", ["embedded", "process"])
def test_pairs_with_the_real_registry(copying, registry_factory, source):
    needs("docker-registry")
    copy = copying()
    real = registry_factory(backend="process")
    copy.target = real
    first = copy("team/app:1.0", "team/app:1.1")
    assert first.error is None, first.error
    if source == "process":
        copy.source, copy.target = real, registry_factory(backend="embedded")
        assert copy(CopyImage("team/app", match=("*",))).error is None
    for tag in ("1.0", "1.1"):
        assert not validate(copy.target.url, "team/app", tag).problems
    assert not copy("team/app:1.0", "team/app:1.1").changed
