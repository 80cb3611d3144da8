# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tars that real tools wrote, and broken ones: where they lie, and what their index says of each."""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """Return the folder of the tars: REGISTRY_API_FIXTURES, else shared/fixtures beside the checkout."""
    named = os.environ.get("REGISTRY_API_FIXTURES")
    return Path(named) if named else ROOT.parent / "shared" / "fixtures"


@dataclass(frozen=True)
class Case:
    """One tar and its entry in the index."""

    path: Path
    entry: dict[str, t.Any]

    @property
    def accepted(self) -> bool:
        """True where a push has to succeed; otherwise one clear error, or a sound image."""
        return self.entry["verdict"] == "accept"

    @property
    def images(self) -> set[tuple[str, tuple[str, ...]]]:
        """Config digest and diff_ids of each docker-archive image, as the index lists them."""
        return {(image["config_digest"], tuple(image["diff_ids"])) for image in self.entry["images"]}

    @property
    def manifests(self) -> set[str]:
        """Digests of the OCI image manifests that are in the file; none where one is not what its name says."""
        if "digest-mismatch" in self.entry["features"]:
            return set()  # the docker side of the archive is used then
        return {one["digest"] for one in self.entry.get("oci_manifests", []) if one["present"] and one["config"]}


def cases() -> list[Case]:
    """Return all cases, [] where the folder is not there."""
    index = folder() / "index.json"
    if not index.exists():
        return []
    return [Case(folder() / entry["file"], entry) for entry in json.loads(index.read_text())]
