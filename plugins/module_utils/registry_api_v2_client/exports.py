# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where the public names live. Each import is a plain statement: AnsiballZ ships the files that it sees imported."""

from __future__ import annotations

import typing as t

_ERRORS = (
    "AuthenticationError", "ConnectionFailedError", "NotFoundError", "RefusedError", "RegistryError", "TarReadError",
    "ValidationError",
)
_MODELS = ("BlobInfo", "ImageConfig", "ImageInspect", "LayerInfo", "ManifestInfo")
_SETTINGS = ("Login", "Settings", "Tls")
_TARS = (
    "extract_original_tags", "get_primary_tag", "get_tar_manifest", "inspect_docker_tar", "parse_repository_tag",
    "validate_docker_tar",
)


def find(name: str) -> t.Any:
    """Return the public object of that name; loads the file that defines it and what that needs, no more."""
    return getattr(_home(name), name)


def _home(name: str) -> t.Any:
    if name in _ERRORS:
        from . import errors

        return errors
    if name in _MODELS:
        from .inspection import models

        return models
    if name in _SETTINGS:
        from . import settings

        return settings
    if name in _TARS:
        from .inspection import tar_functions

        return tar_functions
    return _working(name)


def _working(name: str) -> t.Any:
    if name == "RegistryClient":
        from . import client

        return client
    if name == "RegistryConfig":
        from . import settings as config

        return config
    if name in ("PushOptions", "Source"):
        from .copying import request

        return request
    if name in ("CopyImage", "CopyOptions"):
        from .copying.between import request as copy_request

        return copy_request
    if name == "CopyResult":
        from .copying.between import result as copy_result

        return copy_result
    if name == "PushResult":
        from .copying import result

        return result
    from . import functions

    return functions
