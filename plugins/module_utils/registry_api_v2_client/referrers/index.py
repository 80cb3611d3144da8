# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The index behind a referrers tag, as JSON: what other tools wrote there stays as it is. Pure.

Distribution specification 1.1, "Pushing Manifests with Subject": each entry has the artifact type and the annotations
of the manifest that it describes.
"""

from __future__ import annotations

import json
import typing as t

from ..formats import media_types
from ..formats.json_object import json_object

Entry = t.Dict[str, t.Any]


def entry_of(digest: str, data: bytes) -> Entry:
    """Return the entry for a manifest with a subject; `data` are the bytes of the manifest."""
    manifest = json_object(data) or {}
    config = manifest.get("config")
    kind = manifest.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    entry: Entry = {
        "mediaType": manifest.get("mediaType") or media_types.OCI_MANIFEST, "digest": digest, "size": len(data),
    }
    if kind:
        entry["artifactType"] = kind
    if manifest.get("annotations"):
        entry["annotations"] = manifest["annotations"]
    return entry


def entries_in(data: bytes) -> list[t.Any] | None:
    """Return the entries of an index, None if the document is not an index."""
    document = json_object(data)
    if document is None or "manifests" not in document:
        return None
    listed = document["manifests"]
    return [] if listed is None else listed if isinstance(listed, list) else None


def digests_in(entries: t.Iterable[t.Any]) -> frozenset[str]:
    """Return the digests of the entries; those without a digest have none."""
    return frozenset(str(entry["digest"]) for entry in entries if isinstance(entry, dict) and "digest" in entry)


def with_entries(data: bytes | None, added: t.Sequence[Entry], removed: t.Container[str] = ()) -> bytes:
    """Return the index with some entries added and those of some digests removed; everything else stays.

    `data` are the bytes of an index, or None if there is none yet.
    """
    document = (json_object(data) if data is not None else None) or {
        "schemaVersion": 2, "mediaType": media_types.OCI_INDEX,
    }
    listed = document.get("manifests") or []
    kept = [entry for entry in listed if not any(digest in removed for digest in digests_in([entry]))]
    have = digests_in(kept)
    document["manifests"] = kept + [entry for entry in added if entry["digest"] not in have]
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
