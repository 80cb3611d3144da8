# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A file with logins, where docker, podman and skopeo look for it."""

from __future__ import annotations

import os
from pathlib import Path

from .registry import Registry, write_auth_file


class AuthFile:
    """The path of a `config.json`, and the environment by which tools find it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        """The path."""
        return os.fspath(self.path)

    def __str__(self) -> str:
        """The path, for command lines such as `skopeo --authfile`."""
        return os.fspath(self.path)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of this process with DOCKER_CONFIG and REGISTRY_AUTH_FILE."""
        return {**os.environ, "DOCKER_CONFIG": str(self.path.parent), "REGISTRY_AUTH_FILE": str(self.path)}


class AuthFiles:
    """Call it with registries, or without any for all that the test has opened so far."""

    def __init__(self, folder: Path, opened: list[Registry]) -> None:
        self._folder, self._opened = folder, opened
        self._count = 0

    def __call__(self, *registries: Registry) -> AuthFile:
        """A new file, readable by its owner only."""
        self._count += 1
        folder = self._folder / f"auth-{self._count}"
        folder.mkdir()
        return AuthFile(write_auth_file(folder, list(registries) or self._opened))
