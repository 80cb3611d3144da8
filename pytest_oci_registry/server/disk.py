# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""A registry's folder: `blobs/ALGORITHM/HEX` and one JSON file per repository, replaced whole at every change."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from .manifest_facts import Manifest

_SUFFIX = ".json"


@dataclass(frozen=True)
class Saved:
    """What the file of one repository says; manifests by digest with their media types."""

    blobs: list[str]
    manifests: dict[str, str]
    tags: dict[str, str]


def save_repository(
    folder: Path, name: str, blobs: Iterable[str], manifests: Iterable[Manifest], tags: Mapping[str, str]
) -> None:
    """Write one repository. OSError when the folder cannot be written."""
    target = folder / "repositories" / (quote(name, safe="") + _SUFFIX)
    target.parent.mkdir(parents=True, exist_ok=True)
    saved = {
        "blobs": sorted(blobs),
        "manifests": {manifest.digest: manifest.media_type for manifest in manifests},
        "tags": dict(tags),
    }
    partial = target.with_name(target.name + ".new")
    partial.write_text(json.dumps(saved, indent=1), encoding="utf-8")
    partial.replace(target)


def load_repositories(folder: Path) -> Iterator[tuple[str, Saved]]:
    """Every repository of the folder. ValueError for a file that is not ours."""
    for path in sorted((folder / "repositories").glob("*" + _SUFFIX)):
        saved = json.loads(path.read_text(encoding="utf-8"))
        yield unquote(path.name[: -len(_SUFFIX)]), Saved(saved["blobs"], saved["manifests"], saved["tags"])
