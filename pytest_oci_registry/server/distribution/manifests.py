# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Manifests of distribution: which it decodes, what it verifies, and which Accept it wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..digests import digest_of, is_digest
from ..exchange import Exchange
from ..manifest_facts import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, Manifest, as_stored
from ..reply import Problem, Reply, error, errors
from ..state import State
from .typed_json import ANY, BYTES, INTEGER, STRING, TEXTS, Shape, WrongType, decode

_PLATFORM = {"architecture": STRING, "os": STRING, "os.version": STRING, "os.features": [STRING], "variant": STRING}
_DESCRIPTOR: dict[str, Shape] = {
    "mediaType": STRING, "size": INTEGER, "digest": STRING, "urls": [STRING], "annotations": TEXTS,
    "platform": _PLATFORM}
_DESCRIPTOR_3: dict[str, Shape] = {**_DESCRIPTOR, "data": BYTES, "artifactType": STRING}
_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
_OCI_LAYERS = tuple(
    f"application/vnd.oci.image.layer.{kind}v1.tar{suffix}"
    for kind in ("", "nondistributable.") for suffix in ("", "+gzip", "+zstd"))
_FORM = re.compile(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = rf"\s*;\s*{_TOKEN}\s*=\s*(?:{_TOKEN}|\"[^\"]*\")"
_MEDIA_TYPE = re.compile(rf"\s*({_TOKEN}(?:/{_TOKEN})?)((?:{_PARAMETER})*)\s*;?\s*")


def media_type_of(header: str) -> str:
    """The media type of a header by Go's `mime.ParseMediaType`; the empty string if it cannot be read."""
    found = _MEDIA_TYPE.fullmatch(header)
    return found[1].lower() if found is not None else ""


def accepted(state: State, exchange: Exchange, manifest: Manifest) -> Manifest | Reply:
    """The manifest that a client with this Accept gets, or the refusal.

    For clients that do not accept a Docker list, its manifest for linux/amd64 is sent; for those that do not accept a
    Docker manifest, it is converted to schema 1. That is not imitated: MANIFEST_INVALID, as for images without history.
    """
    version = state.settings.quirks.distribution
    items = exchange.header("Accept").split(",")
    accepts = {media_type_of(item) if version >= 3 else item.partition(";")[0].strip() for item in items}
    kind, is_tag = manifest.media_type, ":" not in exchange.reference
    if kind in accepts:
        return manifest
    if kind == OCI_MANIFEST or (kind == OCI_INDEX and version < 3):
        return error("MANIFEST_UNKNOWN", "manifest found, but accept header does not support its media type")
    if kind == DOCKER_LIST and is_tag:
        child = _for_amd64(state, exchange.repository, manifest)
        if child is None:
            return error("MANIFEST_UNKNOWN", "manifest unknown")
        return child if child.media_type in accepts else error("MANIFEST_INVALID", "manifest invalid")
    if kind == DOCKER_MANIFEST and is_tag and version < 3:
        return error("MANIFEST_INVALID", "manifest invalid")
    return manifest


def _for_amd64(state: State, repository: str, manifest: Manifest) -> Manifest | None:
    document = decode(manifest.data, {"manifests": [_DESCRIPTOR]})
    for child in document.get("manifests") or []:
        platform = (child or {}).get("platform") or {}
        if (platform.get("os"), platform.get("architecture")) == ("linux", "amd64"):
            return state.store.manifest(repository, child["digest"])
    return None


def received(state: State, exchange: Exchange, data: bytes) -> Manifest | Reply:
    """The manifest of a PUT, or the refusal."""
    version = state.settings.quirks.distribution
    kind = media_type_of(exchange.header("Content-Type"))
    try:
        document = _decoded(version, kind, data)
    except WrongType as problem:
        return error("MANIFEST_INVALID", f"manifest invalid: {problem}")
    reference = exchange.reference
    if ":" in reference:
        if not is_digest(reference):
            return error("UNKNOWN", "unknown error", 500)
        if reference != digest_of(data):
            return error("DIGEST_INVALID", "provided digest did not match uploaded content")
    refused = _verified(state, exchange, kind, document)
    return refused if refused else as_stored(digest_of(data), kind, data, document)


def check_types(data: bytes) -> None:
    """Raise WrongType if a field that the image specification defines has another type, or the bytes are not JSON."""
    descriptor = {**_DESCRIPTOR_3, "platform": ANY}
    decode(data, {"schemaVersion": INTEGER, "mediaType": STRING, "artifactType": STRING, "annotations": TEXTS,
                  "config": descriptor, "layers": [descriptor], "manifests": [descriptor], "subject": descriptor})


def _decoded(version: int, kind: str, data: bytes) -> dict[str, Any]:
    descriptor = _DESCRIPTOR_3 if version >= 3 else _DESCRIPTOR
    common: dict[str, Shape] = {"schemaVersion": INTEGER, "mediaType": STRING}
    if kind in (OCI_MANIFEST, DOCKER_MANIFEST):
        notes: dict[str, Shape] = {"annotations": TEXTS} if kind == OCI_MANIFEST else {}
        document = decode(data, {**common, **notes, "config": descriptor, "layers": [descriptor]})
    elif kind in (OCI_INDEX, DOCKER_LIST):
        notes = {"annotations": TEXTS} if kind == OCI_INDEX and version >= 3 else {}
        document = decode(data, {**common, **notes, "manifests": [descriptor]})
    else:
        raise WrongType("unsupported manifest media type and no default available")
    _check_kind(kind, data, document)
    return document


def _check_kind(kind: str, data: bytes, document: Mapping[str, Any]) -> None:
    """Raise WrongType if the document names another media type, or is a manifest and an index at once."""
    named = document.get("mediaType") or ""
    if named != kind and (named or kind in (DOCKER_MANIFEST, DOCKER_LIST)):
        raise WrongType(f"mediaType should be {kind}, not {named}")
    if kind == OCI_MANIFEST and decode(data, {"manifests": ANY}).get("manifests") is not None:
        raise WrongType("expected manifest but found index")
    if kind == OCI_INDEX:
        other = decode(data, {"config": ANY, "layers": ANY})
        if any(other.get(name) is not None for name in ("config", "layers")):
            raise WrongType("expected index but found manifest")


def _verified(state: State, exchange: Exchange, kind: str, document: Mapping[str, Any]) -> Reply | None:
    if document.get("schemaVersion") != 2:
        return error("UNKNOWN", "unrecognized manifest schema version", 500)
    if not state.settings.check_references:
        return None
    found: list[Problem] = []
    for descriptor in _references(kind, document):
        found += _missing(state, exchange, kind, descriptor)
    return errors(found) if found else None


def _references(kind: str, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if kind in (OCI_INDEX, DOCKER_LIST):
        return [item or {} for item in document.get("manifests") or []]
    return [document.get("config") or {}, *(item or {} for item in document.get("layers") or [])]


def _missing(state: State, exchange: Exchange, kind: str, descriptor: Mapping[str, Any]) -> list[Problem]:
    store, name, digest = state.store, exchange.repository, descriptor.get("digest") or ""
    unknown = Problem("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", 400, digest)
    if not _FORM.fullmatch(digest) or (digest.startswith("sha") and digest != digest.lower()):
        return [Problem("DIGEST_INVALID", "provided digest did not match uploaded content"), unknown]
    if not is_digest(digest):
        return [*_failure("unsupported digest algorithm"), unknown]
    if kind in (OCI_INDEX, DOCKER_LIST):
        is_blob = state.settings.quirks.distribution < 3 and store.content(name, digest) is not None
        is_known = state.settings.sparse or is_blob or store.manifest(name, digest) is not None
        return [] if is_known else [unknown]
    media_type, urls = descriptor.get("mediaType") or "", descriptor.get("urls") or []
    if kind == DOCKER_MANIFEST and media_type == _FOREIGN:
        return [*_failure("invalid URL on layer" if urls else "missing URL on layer"), unknown]
    if urls and kind == OCI_MANIFEST and media_type in _OCI_LAYERS:
        return [*_failure("invalid URL on layer"), unknown]  # by default no URL is allowed
    if urls and state.settings.quirks.distribution < 3:
        return []
    return [] if store.content(name, digest) is not None else [unknown]


def _failure(detail: str) -> list[Problem]:
    """What distribution answers to an error that it has no code for."""
    return [Problem("UNKNOWN", "unknown error", 500), Problem("UNKNOWN", "unknown error", 500, detail)]
