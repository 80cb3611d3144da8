# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Pushes image tars into container registries and looks after what is there, without a container daemon.

docs/api-reference.md is the contract, docs/library.md the guide. Public is what `__all__` names; the rest may change in
any release. Names are loaded when they are first used: importing this package costs nothing and needs no aiohttp. Their
types are in __init__.pyi: what is imported here by a statement, AnsiballZ would pack for every module.
"""

from __future__ import annotations

import importlib
import logging
import typing as t

__version__ = "2.0.0"

_PUBLIC = (
    "RegistryClient",
    "RegistryConfig",
    "Settings",
    "Login",
    "Tls",
    "check_registry_connectivity",
    "push_docker_tar",
    "push_docker_tar_with_original_tags",
    "push_docker_tar_with_all_original_tags",
    "list_repositories",
    "list_tags",
    "get_image_info",
    "get_manifest",
    "delete_image",
    "delete_image_by_digest",
    "extract_original_tags",
    "get_primary_tag",
    "parse_repository_tag",
    "validate_docker_tar",
    "get_tar_manifest",
    "inspect_docker_tar",
    "BlobInfo",
    "ManifestInfo",
    "ImageInspect",
    "ImageConfig",
    "LayerInfo",
    "Source",
    "CopyImage",
    "CopyOptions",
    "CopyResult",
    "PushOptions",
    "PushResult",
    "RegistryError",
    "TarReadError",
    "ValidationError",
    "ConnectionFailedError",
    "RefusedError",
    "AuthenticationError",
    "NotFoundError",
    "__version__",
)

__all__ = sorted(_PUBLIC)  # computed: linters look for names that are not there until they are used

logging.getLogger("registry_api_v2_client").addHandler(logging.NullHandler())


def __getattr__(name: str) -> t.Any:
    if name in _PUBLIC:
        # By name, since modules need none of it: a statement would put the whole library into each of their payloads.
        return importlib.import_module(f"{__name__}.exports").find(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
