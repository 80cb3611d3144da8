# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry asked from testinfra's host, by curl and by Python, through a shell and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from pytest_oci_registry.look.source import SourceError
from pytest_oci_registry.registry import Registry
from pytest_oci_registry.tars import ImageSpec
from pytest_oci_registry.testinfra_view import HostRegistry, parse


class Shell:
    """A host as testinfra has it, as far as `run` goes."""

    def run(self, command: str) -> Any:
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        return type("Result", (), {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr})()


class NoCurl(Shell):
    """A host without curl."""

    def run(self, command: str) -> Any:
        if command == "command -v curl":
            return type("Result", (), {"rc": 127, "stdout": "", "stderr": ""})()
        assert "curl" not in command
        return super().run(command)


SECURE = {"auth": ("u", "p"), "tls": True}
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.mark.parametrize(("host", "words"), [
    pytest.param(Shell, {}, marks=needs_curl), pytest.param(Shell, SECURE, marks=needs_curl), (NoCurl, SECURE)])
def test_view_from_the_host(registry_factory: Callable[..., Registry], host: Callable[[], Shell],
                            words: dict[str, Any]) -> None:
    registry = registry_factory(backend="embedded", **words)
    registry.seed(ImageSpec(("team/app:1.2",), platforms=("linux/amd64", "linux/arm64"), labels={"a": "b"}), "db:1")
    seen = HostRegistry(host(), registry.url, registry.username, registry.password, registry.ca_file)
    image = seen.image("team/app:1.2")
    assert image.exists and image.platforms == ["linux/amd64", "linux/arm64"] and image.labels == {"a": "b"}
    assert image.validate().problems == []
    assert seen.repositories == ["db", "team/app"] and seen.tags("db") == ["1"] and seen.tags("none") == []
    assert not seen.image("db:2").exists


def test_unreachable_registry_is_one_sentence() -> None:
    seen = HostRegistry(Shell(), "http://127.0.0.1:1")
    with pytest.raises(SourceError, match=r"cannot read /v2/app/manifests/1 of http://127\.0\.0\.1:1 from the host"):
        _exists = seen.image("app:1").exists


def test_url_is_needed() -> None:
    with pytest.raises(ValueError, match="set OCI_REGISTRY_URL"):
        HostRegistry(Shell(), "")


@pytest.mark.parametrize("printed", [
    b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nbody",
    b"HTTP/1.1 307 x\r\nLocation: y\r\n\r\nHTTP/2 200\r\na: b\r\n\r\nbody"])
def test_the_last_answer_counts(printed: bytes) -> None:
    assert parse(printed) == (200, {"a": "b"}, b"body")


def test_writes_are_read_from_the_log_of_the_served_registry(registry_factory: Callable[..., Registry]) -> None:
    registry = registry_factory(backend="embedded")
    seen = HostRegistry(Shell(), registry.url)
    assert seen.writes == []
    subprocess.run(["curl", "-s", "-X", "POST", f"{registry.url}/v2/app/blobs/uploads/"], check=True, timeout=30)
    assert [entry["operation"] for entry in seen.writes] == ["upload_start"]


def test_fixture_with_testinfra(run: Callable[..., pytest.RunResult], registry_factory: Callable[..., Registry],
                                monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("testinfra")
    registry = registry_factory(backend="embedded")
    registry.seed("team/app:1.2")
    monkeypatch.setenv("OCI_REGISTRY_URL", registry.url)
    result = run("""
        testinfra_hosts = ["local://"]
        def test_role(host_registry):
            assert host_registry().image("team/app:1.2").platforms == ["linux/amd64"]
        """, "-p", "testinfra.plugin")
    result.assert_outcomes(passed=1)
