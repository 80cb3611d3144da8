# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The names that an archive gives its images."""

from __future__ import annotations

import os

from ..archive.reader import open_archive


def extract_original_tags(tar_path: str | os.PathLike[str]) -> list[str]:
    """Return every name in the archive, in its order, as written there; empty where images were saved without names.

    TarReadError where the file cannot be read or is no image archive, ValidationError where it contradicts itself.
    """
    with open_archive(tar_path) as archive:
        return [name for entry in archive.entries for name in entry.names]
