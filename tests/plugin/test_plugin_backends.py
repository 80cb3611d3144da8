# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The four backends and the proxy: each gives the same registry to a test, or says why it cannot."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_oci_registry import factories
from pytest_oci_registry.backends import container, external
from pytest_oci_registry.backends.process import configuration, find_executable, process_registry
from pytest_oci_registry.backends.want import EVERYTHING, MissingBackend, StartError, Want
from pytest_oci_registry.registry import Registry
from pytest_oci_registry.registry_factory import RegistryFactory
from pytest_oci_registry.settings import Settings

Make = RegistryFactory
needs_process = pytest.mark.skipif(shutil.which("docker-registry") is None, reason="docker-registry is not installed")


def get(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@needs_process
@pytest.mark.parametrize("words", [{}, {"auth": ("u", "p")}, {"tls": True}, {"auth": ("u", "p"), "tls": True},
                                   {"proxy": True}, {"auth": ("u", "p"), "tls": True, "proxy": True}], ids=str)
def test_process_with_and_without_login_tls_and_proxy(registry_factory: Make, words: dict[str, Any]) -> None:
    registry = registry_factory(backend="process", **words)
    registry.seed("app:1")
    assert registry.image("app:1").validate().problems == []
    assert registry.version.startswith(("2.", "3."))
    assert registry.url.startswith("https:" if words.get("tls") else "http:")
    assert ("requests" in registry.features) == ("proxy" in words)


@needs_process
def test_process_with_a_login_refuses_others(registry_factory: Make) -> None:
    registry = registry_factory(backend="process", auth=("u", "p"))
    assert get(f"{registry.url}/v2/") == 401
    assert get(f"{registry.url}/v2/", Authorization=registry.auth_header) == 200


@needs_process
def test_proxy_before_a_process_logs_and_lets_fail(registry_factory: Make) -> None:
    registry = registry_factory(backend="process", proxy=True)
    registry.seed("app:1")
    assert len(registry.requests) == 0
    with registry.fail("tags", status=503):
        assert get(f"{registry.url}/v2/app/tags/list") == 503
    assert get(f"{registry.url}/v2/app/tags/list") == 200
    assert [entry.operation for entry in registry.requests] == ["tags", "tags"]
    with registry.unchanged():
        get(f"{registry.url}/v2/")


@needs_process
@pytest.mark.registry(backend="process")
@pytest.mark.registry_requires("faults")
def test_requiring_faults_puts_the_proxy_in_front(registry: Registry) -> None:
    with registry.fail("ping", status=500):
        assert get(f"{registry.url}/v2/") == 500


@needs_process
@pytest.mark.registry(backend="process")
def test_process_without_proxy_says_how_to_get_a_log(registry: Registry) -> None:
    with pytest.raises(AttributeError, match="ask for the proxy"):
        _log = registry.requests
    with pytest.raises(AssertionError, match=r"expected no change, but app:1 was absent and is sha256:"):
        with registry.unchanged():
            registry.seed("app:1")


@needs_process
def test_process_is_gone_afterwards(tmp_path: Path) -> None:
    with process_registry(Settings(), Want("process"), tmp_path) as given:
        assert get(f"{given.url}/v2/") == 200
    with pytest.raises(urllib.error.URLError):
        get(f"{given.url}/v2/")
    assert not (tmp_path / "data").exists()


@needs_process
def test_keep_leaves_the_data(tmp_path: Path) -> None:
    with process_registry(Settings(keep=True), Want("process"), tmp_path) as given:
        Registry(given).seed("app:1")
    assert (tmp_path / "data" / "docker").is_dir()


def test_registry_variables_of_the_shell_do_not_reach_the_process(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_URL", "http://production.example")
    settings = fake(tmp_path, 'env | grep REGISTRY_ && exit 3; echo "listening on 127.0.0.1:5"; exec sleep 60')
    with process_registry(settings, Want("process"), tmp_path) as given:
        assert given.url == "http://127.0.0.1:5"


def fake(folder: Path, script: str, **words: Any) -> Settings:
    """Settings with an executable that is a shell script; `--version` is answered before the script."""
    path = folder / "fake-registry"
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "registry v3.0.0" && exit\n{script}\n')
    path.chmod(0o755)
    return Settings(executable=str(path), **words)


def test_version_3_has_more_features(tmp_path: Path) -> None:
    settings = fake(tmp_path, 'echo "msg=\\"listening on [::]:4321\\""; exec sleep 60')
    with process_registry(settings, Want("process"), tmp_path) as given:
        assert given.version == "3.0.0" and {"tag-delete", "pagination"} <= given.features < EVERYTHING


@pytest.mark.parametrize(("script", "sentence"), [
    ("echo no such storage driver; exit 2", "ended with status 2: no such storage driver"),
    ("exec sleep 60", "did not listen within 0.2 s")])
def test_process_that_does_not_start_shows_its_own_words(tmp_path: Path, script: str, sentence: str) -> None:
    with pytest.raises(StartError, match=sentence):
        with process_registry(fake(tmp_path, script, start_timeout=0.2), Want("process"), tmp_path):
            raise AssertionError("started")


@pytest.mark.parametrize("want", [Want("process", server={"personality": "ecr"}),
                                  Want("process", auth=("token", "u", "p"))])
def test_process_refuses_what_distribution_cannot(tmp_path: Path, want: Want) -> None:
    with pytest.raises(MissingBackend, match="backend process cannot do"):
        with process_registry(fake(tmp_path, "exit"), want, tmp_path):
            raise AssertionError("started")


@pytest.mark.parametrize(("server", "part"), [
    ({}, {"delete": {"enabled": True}}), ({"delete": False}, {"delete": {"enabled": False}}),
    ({"read_only": True}, {"maintenance": {"readonly": {"enabled": True}}})])
def test_configuration_of_distribution(tmp_path: Path, server: dict[str, Any], part: dict[str, Any]) -> None:
    document = configuration(Settings(bind="127.0.0.2"), Want("process", server=server), tmp_path, None, None)
    assert part.items() <= document["storage"].items() and document["http"]["addr"] == "127.0.0.2:0"


@pytest.mark.parametrize("backend", ["embedded", pytest.param("process", marks=needs_process)])
def test_ipv6_and_no_time_limit(run: Callable[..., pytest.RunResult], backend: str) -> None:
    result = run("""
        def test_it(registry):
            registry.seed("app:1")
            assert registry.host == "::1" and registry.netloc.startswith("[::1]:") and registry.image("app:1").exists
        """, f"--oci-registry={backend}", "--oci-registry-bind=::1", "--oci-registry-start-timeout=0")
    result.assert_outcomes(passed=1)


def test_missing_executable_lists_what_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingBackend) as caught:
        find_executable(Settings())
    assert str(caught.value) == ("backend process: neither docker-registry nor registry is on PATH; "
                                 "install one or set --oci-registry-exec.")


def test_command_lines_of_the_container() -> None:
    settings = Settings(image="mirror.example/registry:3", bind="127.0.0.1")
    assert container.start_command("/usr/bin/podman", settings, "oci-registry-1") == [
        "/usr/bin/podman", "run", "--detach", "--rm", "--name", "oci-registry-1", "--publish", "127.0.0.1::5000",
        "--env", "REGISTRY_STORAGE_DELETE_ENABLED=true", "--env", "OTEL_TRACES_EXPORTER=none",
        "mirror.example/registry:3"]
    assert container.port_command("podman", "x") == ["podman", "port", "x", "5000/tcp"]
    assert container.stop_command("podman", "x") == ["podman", "rm", "--force", "--volumes", "x"]


@pytest.mark.parametrize(("printed", "port"), [("127.0.0.1:49153\n", 49153), ("0.0.0.0:1\n[::]:1\n", 1)])
def test_port_of_a_container(printed: str, port: int) -> None:
    assert container.parse_port(printed) == port


@pytest.mark.parametrize("printed", ["", "no such container"])
def test_no_port_is_an_error_with_the_words_of_the_engine(printed: str) -> None:
    with pytest.raises(StartError, match="no port in"):
        container.parse_port(printed)


@pytest.mark.parametrize(("image", "feature"), [("registry:2", False), ("registry:3", True), ("registry:v3.0.1", True)])
def test_features_follow_the_image(image: str, feature: bool) -> None:
    assert ("tag-delete" in container.features_of(image)) == feature


def fake_engine(folder: Path, port: int) -> Path:
    """An engine that writes down its command lines; the container it pretends to start is a registry of ours."""
    path = folder / "podman"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n[ "$1" = port ] && echo 127.0.0.1:{port}\nexit 0\n')
    path.chmod(0o755)
    return path


def test_container_is_started_once_and_removed(tmp_path: Path, registry_factory: Make) -> None:
    inside = registry_factory(backend="embedded")
    settings = Settings(runtime=str(fake_engine(tmp_path, inside.port)))
    with container.container_registry(settings) as given:
        Registry(given).seed("app:1")
    assert inside.image("app:1").exists
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == ["image", "run", "port", "rm"]


def test_container_serves_tests_below_prefixes_of_their_own(run: Callable[..., pytest.RunResult], tmp_path: Path,
                                                            registry_factory: Make) -> None:
    inside = registry_factory(backend="embedded")
    result = run("""
        import pytest
        @pytest.mark.parametrize("number", range(3))
        def test_it(registry, number):
            assert registry.repositories == []
            assert registry.seed("app:1") == [registry.prefix + "app:1"]
            assert registry.image("app:1").exists and registry.repositories == ["app"]
            assert registry.name("app:1") == f"{registry.netloc}/{registry.prefix}app:1"
        """, "--oci-registry=container", f"--oci-registry-runtime={fake_engine(tmp_path, inside.port)}")
    result.assert_outcomes(passed=3)
    assert len(inside.repositories) == 3
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == ["image", "run", "port", "rm"]


def engine_without_image(folder: Path) -> Path:
    """An engine that neither has nor gets an image."""
    path = folder / "podman"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\necho "no route to host" >&2\nexit 125\n')
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("strict", "outcomes"), [([], {"skipped": 3}),
                                                  (["--oci-registry-strict"], {"errors": 1, "skipped": 2})])
def test_an_image_that_cannot_be_had_is_asked_for_once(run: Callable[..., pytest.RunResult], tmp_path: Path,
                                                       strict: list[str], outcomes: dict[str, int]) -> None:
    result = run("""
        import pytest
        @pytest.mark.parametrize("number", range(3))
        def test_it(registry, number):
            pass
        """, "--oci-registry=container", f"--oci-registry-runtime={engine_without_image(tmp_path)}", "-rs", *strict)
    result.assert_outcomes(**outcomes)
    assert "cannot get the image registry:2: " in result.stdout.str() and "no route to host" in result.stdout.str()
    assert [line.split()[0] for line in (tmp_path / "calls").read_text().splitlines()] == ["image", "pull"]


def test_container_that_never_answers_is_removed_and_explained(tmp_path: Path) -> None:
    settings = Settings(runtime=str(fake_engine(tmp_path, 1)), start_timeout=0.1)
    with pytest.raises(StartError, match=r"backend container is silent for 0\.1 s"):
        with container.container_registry(settings):
            raise AssertionError("started")
    assert "rm --force" in (tmp_path / "calls").read_text()


def test_missing_engine_lists_what_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingBackend, match="neither podman nor docker is on PATH"):
        container.find_runtime(Settings())


def test_external_registry_by_the_environment(run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch,
                                              registry_factory: Make) -> None:
    inside = registry_factory(backend="embedded", auth=("u", "p"))
    for name, value in (("URL", inside.url), ("USERNAME", "u"), ("PASSWORD", "p")):
        monkeypatch.setenv(f"OCI_REGISTRY_{name}", value)
    result = run("""
        import pytest
        def test_it(registry):
            assert registry.backend == "external" and registry.prefix
            registry.seed("app:1")
            assert registry.image("app:1").validate().problems == []
        @pytest.mark.registry(proxy=True)
        def test_proxy(registry):
            registry.seed("app:1")
            assert not registry.requests.writes
        @pytest.mark.registry_requires("sha512")
        def test_feature(registry): pass
        """, "-rs")
    result.assert_outcomes(passed=2, skipped=1)
    assert "lacks sha512; name them in --oci-registry-features if it can" in result.stdout.str()
    assert len(inside.repositories) == 2


@pytest.mark.parametrize(("url", "sentence"), [
    ("", "no URL; set OCI_REGISTRY_URL"), ("registry.example", "is no URL of a registry"),
    ("http://127.0.0.1:1/path", "is no URL of a registry"), ("http://127.0.0.1:1", "cannot GET /v2/")])
def test_external_registry_that_is_not_there(url: str, sentence: str) -> None:
    with pytest.raises(MissingBackend, match=sentence):
        external.external_registry(Settings(url=url))


mirror = factories.registry_embedded(read_only=True)
shared_mirror = factories.registry_embedded(scope="module")
process_mirror = factories.registry_process("no-such-registry")
elsewhere = factories.registry_external("http://127.0.0.1:1")
boxed = factories.registry_container(runtime="no-such-engine")


def test_factory_makes_a_fixture_with_its_own_settings(mirror: Registry, shared_mirror: Registry) -> None:
    assert mirror.settings.read_only and not shared_mirror.settings.read_only and mirror.url != shared_mirror.url


@pytest.mark.parametrize("name", ["process_mirror", "elsewhere", "boxed"])
def test_factory_of_a_missing_backend_skips(request: pytest.FixtureRequest, name: str) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no-such-registry|cannot GET|no-such-engine"):
        request.getfixturevalue(name)


def test_many_registries_in_one_test(registry_factory: Make) -> None:
    made = [registry_factory() for _number in range(3)]
    made[0].seed("app:1")
    assert [len(registry.repositories) for registry in made] == [1, 0, 0] and registry_factory.opened == made


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")
def test_auth_file_lets_skopeo_in(registry_factory: Make, registry_auth_file: Callable[..., Any]) -> None:
    import subprocess

    registry = registry_factory(backend="embedded", auth=("u", "p"))
    registry.seed("app:1")
    file = registry_auth_file(registry)
    words = ["skopeo", "inspect", "--tls-verify=false", "--format={{.Digest}}", f"docker://{registry.name('app:1')}"]
    done = subprocess.run(words, env=file.environment, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == registry.image("app:1").digest
    assert Path(file).stat().st_mode & 0o777 == 0o600


def test_secure_registry_has_all_that_a_client_needs(secure_registry: Registry) -> None:
    headers = {"Authorization": secure_registry.auth_header}
    request = urllib.request.Request(f"{secure_registry.url}/v2/", headers=headers)
    with urllib.request.urlopen(request, context=secure_registry.ssl_context, timeout=10) as answer:
        assert answer.status == 200
    assert secure_registry.url.startswith("https://") and Path(secure_registry.ca_file).is_file()
