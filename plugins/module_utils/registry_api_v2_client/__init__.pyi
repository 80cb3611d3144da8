# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

from .client import RegistryClient
from .copying.between.request import CopyImage, CopyOptions
from .copying.between.result import CopyResult
from .copying.request import PushOptions, Source
from .copying.result import PushResult
from .errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    RefusedError,
    RegistryError,
    TarReadError,
    ValidationError,
)
from .functions import (
    check_registry_connectivity,
    delete_image,
    delete_image_by_digest,
    get_image_info,
    get_manifest,
    list_repositories,
    list_tags,
    push_docker_tar,
    push_docker_tar_with_all_original_tags,
    push_docker_tar_with_original_tags,
)
from .inspection.models import BlobInfo, ImageConfig, ImageInspect, LayerInfo, ManifestInfo
from .inspection.names import extract_original_tags
from .inspection.tar_functions import (
    get_primary_tag,
    get_tar_manifest,
    inspect_docker_tar,
    parse_repository_tag,
    validate_docker_tar,
)
from .settings import Login, RegistryConfig, Settings, Tls

__version__: str

__all__ = [
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
]
