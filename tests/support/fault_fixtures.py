# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures: tars, and registries that can be made to misbehave, shared by the tests of one process."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack

import pytest
from real_registries import PASSWORD, USER, make_files, with_token_server

from pytest_oci_registry.backends.want import Given
from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.registry import Registry
from pytest_oci_registry.tar_factory import TarFactory


@pytest.fixture(scope="session")
def tars(tmp_path_factory):
    """Tars of one image each: `small` with two layers, `other`, and `big` with one layer beyond all socket buffers."""
    make = TarFactory(tmp_path_factory.mktemp("tars"))
    return {
        "small": make("app:1", layers=2, size="600KB"),
        "other": make("app:1", layers=1, size="1KB", seed="other"),
        "big": make("app:1", layers=1, size="24MiB"),
    }


@pytest.fixture(scope="session")
def opened(registry_factory_session, tmp_path_factory):
    """Call it with a backend and whether it wants tokens: that registry, started once in this process."""
    found = {}
    with ExitStack() as stack:

        def open_once(backend, token=False):
            if (backend, token) not in found:
                found[backend, token] = start(backend, token)
            return found[backend, token]

        def start(backend, token):
            if backend in ("embedded", "twin"):
                words = {"auth": (USER, PASSWORD), "token": True} if token else {}
                return registry_factory_session(backend="embedded", **words)
            if not token:
                return registry_factory_session(backend="process", proxy=True)
            return stack.enter_context(token_registry(tmp_path_factory.mktemp("token")))

        yield open_once


class token_registry(ExitStack):
    """docker-registry with a token server of its own, behind the fault proxy."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def __enter__(self):
        files = make_files(self.folder)
        url, _log = self.enter_context(with_token_server(self.folder, files))
        proxy = self.enter_context(FaultProxy(url, target_ca=str(files.ca)))
        return Registry(Given(
            "process", proxy.url, "2.8", username=USER, password=PASSWORD, ca_file=str(files.ca), controls=proxy,
            inner=url, inner_ca_file=str(files.ca),
        ))


@pytest.fixture
def repository(request):
    """A repository of the test's own, since registries are shared."""
    return "t" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:12] + "/app"


@pytest.fixture
def connection():
    """Call it with a registry: the options that reach it."""

    def options(registry):
        words = {"registry_url": registry.url}
        if registry.username:
            words.update(username=registry.username, password=registry.password)
        if registry.ca_file:
            words["ca_path"] = registry.ca_file
        return words

    return options
