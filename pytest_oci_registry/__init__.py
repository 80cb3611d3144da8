# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry for tests: embedded, real or behind a fault proxy; nothing heavy is imported until it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "1.0.0"

if TYPE_CHECKING:
    from .auth_file import AuthFile, AuthFiles
    from .faults import Chaos, Rule
    from .look.signing import SignedImage
    from .proxy import FaultProxy
    from .registry import Registry
    from .registry_factory import RegistryFactory
    from .request_log import LoggedRequest, RequestLog
    from .server import EmbeddedRegistry, ServerSettings
    from .tar_factory import TarFactory
    from .tars import ImageSpec, LayerSpec, SavedTar
    from .testinfra_view import HostRegistry
    from .view import ImageView, LayerView
else:
    _HOMES = {
        "AuthFile": ".auth_file",
        "AuthFiles": ".auth_file",
        "Chaos": ".faults",
        "EmbeddedRegistry": ".server",
        "FaultProxy": ".proxy",
        "HostRegistry": ".testinfra_view",
        "ImageSpec": ".tars",
        "ImageView": ".view",
        "LayerSpec": ".tars",
        "LayerView": ".view",
        "LoggedRequest": ".request_log",
        "Registry": ".registry",
        "RegistryFactory": ".registry_factory",
        "RequestLog": ".request_log",
        "Rule": ".faults",
        "SavedTar": ".tars",
        "ServerSettings": ".server",
        "SignedImage": ".look.signing",
        "TarFactory": ".tar_factory",
    }

    def __getattr__(name: str) -> object:
        # pytest imports this package at every start; aiohttp.web alone takes 0.2 s, so it waits until it is used.
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name], __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_HOMES})


__all__ = [
    "AuthFile",
    "AuthFiles",
    "Chaos",
    "EmbeddedRegistry",
    "FaultProxy",
    "HostRegistry",
    "ImageSpec",
    "ImageView",
    "LayerSpec",
    "LayerView",
    "LoggedRequest",
    "Registry",
    "RegistryFactory",
    "RequestLog",
    "Rule",
    "SavedTar",
    "ServerSettings",
    "SignedImage",
    "TarFactory",
    "__version__",
]
