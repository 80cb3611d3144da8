# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The fixtures. What they need is imported when they run, so that pytest starts as fast without a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .settings import Settings

if TYPE_CHECKING:
    from .auth_file import AuthFiles
    from .look.signing import SignedImage
    from .opening import Shared
    from .registry import Registry
    from .registry_factory import RegistryFactory
    from .tar_factory import TarFactory
    from .testinfra_view import HostRegistry

OPENED: pytest.StashKey[list[Registry]] = pytest.StashKey()
"""Registries of a test, or of the session, for reports and for the check of unused rules."""
LOGIN = ("user", "secret")
"""The login of secure_registry."""


def opened(stash: pytest.Stash) -> list[Registry]:
    """The list of registries that a test or a session has opened."""
    return stash.setdefault(OPENED, [])


@pytest.fixture(scope="session")
def oci_registry_settings(pytestconfig: pytest.Config) -> Settings:
    """All settings of the plugin; override it in a conftest.py to decide by code."""
    return Settings.of_session(pytestconfig)


@pytest.fixture(scope="session")
def oci_registry_shared() -> Iterator[Shared]:
    """Backends that are started once in a session."""
    from .opening import Shared

    shared = Shared()
    yield shared
    shared.close()


@pytest.fixture
def registry_backend(request: pytest.FixtureRequest, oci_registry_settings: Settings) -> str:
    """The backend under test; --oci-registry with a list runs each test once for each."""
    return str(getattr(request, "param", oci_registry_settings.backends[0]))


@pytest.fixture(scope="session")
def registry_backend_session(request: pytest.FixtureRequest, oci_registry_settings: Settings) -> str:
    """The backend of session-wide registries."""
    return str(getattr(request, "param", oci_registry_settings.backends[0]))


@pytest.fixture
def registry_factory(request: pytest.FixtureRequest, oci_registry_settings: Settings, oci_registry_shared: Shared,
                     registry_backend: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryFactory]:
    """More registries: `registry_factory(tls=True, auth=("user", "secret"), backend="embedded")`."""
    from .registry_factory import RegistryFactory

    with ExitStack() as stack:
        yield RegistryFactory(oci_registry_settings, oci_registry_shared, stack,
                              lambda: tmp_path_factory.mktemp("oci-registry"), registry_backend,
                              opened(request.node.stash))


@pytest.fixture(scope="session")
def registry_factory_session(pytestconfig: pytest.Config, oci_registry_settings: Settings, oci_registry_shared: Shared,
                             registry_backend_session: str,
                             tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryFactory]:
    """The same for registries that live as long as the session of one test process."""
    from .registry_factory import RegistryFactory

    with ExitStack() as stack:
        yield RegistryFactory(oci_registry_settings, oci_registry_shared, stack,
                              lambda: tmp_path_factory.mktemp("oci-registry"), registry_backend_session,
                              opened(pytestconfig.stash))


@pytest.fixture
def registry(request: pytest.FixtureRequest, registry_factory: RegistryFactory, registry_backend: str) -> Registry:
    """A fresh registry of this test alone, as its markers want it."""
    from .registry_factory import open_for

    return open_for(request.node, registry_factory, registry_backend)


@pytest.fixture(scope="session")
def registry_session(registry_factory_session: RegistryFactory) -> Registry:
    """One registry for the whole session of one test process, for what is expensive to put in."""
    return registry_factory_session()


@pytest.fixture
def secure_registry(request: pytest.FixtureRequest, registry_factory: RegistryFactory,
                    registry_backend: str) -> Registry:
    """A fresh registry with TLS and a login: `.ca_file`, `.ssl_context`, `.username`, `.password`."""
    from .registry_factory import open_for

    return open_for(request.node, registry_factory, registry_backend, tls=True, auth=LOGIN)


@pytest.fixture
def seeded_registry(request: pytest.FixtureRequest, registry: Registry) -> Registry:
    """The registry with the images of the markers `registry_seed("app:1", layers=3)` in it."""
    from .tars import ImageSpec

    for marker in reversed(list(request.node.iter_markers("registry_seed"))):
        for seed in marker.args:
            registry.seed(ImageSpec((seed,), **marker.kwargs) if isinstance(seed, str) else seed)
    return registry


@pytest.fixture
def signed_image(registry: Registry) -> Callable[..., SignedImage]:
    """An image with a cosign signature and an SBOM as referrer: `signed_image("app:1", platforms=("linux/amd64",))`."""
    from dataclasses import replace

    from .backends.want import MissingBackend
    from .tars import ImageSpec

    def make(name: str = "app:1", **words: Any) -> SignedImage:
        registry.seed(ImageSpec((name,), **words))
        try:
            signed = registry.sign(name)
        except MissingBackend as problem:
            pytest.skip(str(problem))
        sbom = registry.attach(name, "application/spdx+json", b'{"spdxVersion": "SPDX-2.3"}')
        return replace(signed, referrers=(sbom,))

    return make


@pytest.fixture
def docker_save_tar(tmp_path: Path) -> TarFactory:
    """Tars that know their digests: `docker_save_tar("app:1", layers=2, layout="podman")`."""
    from .tar_factory import TarFactory

    return TarFactory(tmp_path)


@pytest.fixture
def registry_auth_file(request: pytest.FixtureRequest, tmp_path: Path) -> AuthFiles:
    """Logins for docker, podman and skopeo: `registry_auth_file(registry).environment`."""
    from .auth_file import AuthFiles

    return AuthFiles(tmp_path, opened(request.node.stash))


@pytest.fixture
def host_registry(host: Any, oci_registry_settings: Settings) -> Callable[..., HostRegistry]:
    """A registry asked from testinfra's host: `host_registry("http://localhost:5000").image("app:1").exists`."""
    from .testinfra_view import HostRegistry

    def look(url: str = "", **words: Any) -> HostRegistry:
        if not url:
            words = {"username": oci_registry_settings.username, "password": oci_registry_settings.password,
                     "ca_file": oci_registry_settings.ca, **words}
        return HostRegistry(host, url or oci_registry_settings.url, **words)

    return look
