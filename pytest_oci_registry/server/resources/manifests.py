# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""`/v2/NAME/manifests/REFERENCE`. Specification end-3, end-7 and end-9."""

from __future__ import annotations

from dataclasses import replace

from ..conditions import names_tag
from ..digests import TAG, algorithm_of, digest_of, is_digest
from ..distribution import manifests as distribution
from ..distribution.typed_json import WrongType
from ..exchange import Exchange
from ..manifest_facts import BadManifest, Manifest, read_manifest
from ..reply import Reply, error, reply
from ..settings import Quirks
from ..state import State


async def read_manifest_of(state: State, exchange: Exchange) -> Reply:
    """HEAD and GET: the bytes and media type as they were put."""
    quirks = state.settings.quirks
    is_head = exchange.request.method == "HEAD"
    if is_head and quirks.head_status:
        return error("UNSUPPORTED", "HEAD is not supported", quirks.head_status)
    if ":" in exchange.reference and not is_digest(exchange.reference):
        return _not_a_digest(quirks, exchange)
    manifest = state.store.manifest(exchange.repository, exchange.reference)
    if manifest is None and quirks.digest_tags:
        manifest = state.store.manifest(exchange.repository, exchange.reference.replace("-", ":", 1))
    if manifest is not None and quirks.distribution:
        return _by_distribution(state, exchange, manifest)
    if manifest is None or not _acceptable(state, exchange, manifest.media_type):
        return error(
            "MANIFEST_UNKNOWN", f"{exchange.repository} has no manifest {exchange.reference}", quirks.missing_status
        )
    etag = f'"{manifest.digest}"'
    condition = exchange.header("If-None-Match")
    unchanged = condition == manifest.digest or names_tag(condition, manifest.digest, weak=True)
    data = manifest.data + b" " if is_head and quirks.head_length_differs else manifest.data
    answer = reply(304) if unchanged else reply(200, data)
    return answer.adding(Content_Type=manifest.media_type, Docker_Content_Digest=manifest.digest, ETag=etag)


def _by_distribution(state: State, exchange: Exchange, manifest: Manifest) -> Reply:
    if exchange.header("If-None-Match") in (f'"{manifest.digest}"', manifest.digest):
        return reply(304)
    found = distribution.accepted(state, exchange, manifest)
    if isinstance(found, Reply):
        return found
    return reply(200, found.data).adding(
        Content_Type=found.media_type, Docker_Content_Digest=found.digest, ETag=f'"{found.digest}"'
    )


async def put_manifest(state: State, exchange: Exchange) -> Reply:
    """PUT: store the exact bytes when they, their digest and what they name are right."""
    settings = state.settings
    if settings.quirks.manifest_length_required and exchange.body.declared is None:
        await exchange.body.drain()
        return error("SIZE_INVALID", "Content-Length is required", 411)
    if settings.quirks.manifest_rate and state.is_too_fast(settings.quirks.manifest_rate):
        await exchange.body.drain()
        return error("TOOMANYREQUESTS", "Rate exceeded", Retry_After="1")
    data = await exchange.body.read(settings.max_manifest)
    if data is None:
        status = 400 if settings.quirks.distribution else 413
        return error("MANIFEST_INVALID", f"a manifest may have {settings.max_manifest} bytes", status)
    if settings.quirks.distribution:
        received = distribution.received(state, exchange, data)
        if isinstance(received, Reply):
            return received
        exchange = replace(exchange, query={})  # it does not know the parameter `tag`
        return _immutable(state, exchange, received) or _stored(state, exchange, received)
    try:
        manifest = _received(state, exchange, data)
    except BadManifest as problem:
        return error("MANIFEST_INVALID", f"manifest invalid: {problem}")
    if manifest.subject and settings.quirks.subject_status:
        return error("UNSUPPORTED", "manifests with a subject are not supported", settings.quirks.subject_status)
    refused = _refused(state, exchange, manifest)
    return refused if refused is not None else _stored(state, exchange, manifest)


async def delete_manifest(state: State, exchange: Exchange) -> Reply:
    """DELETE: a tag alone, or a manifest with its tags."""
    settings, name, reference = state.settings, exchange.repository, exchange.reference
    if settings.quirks.manifest_delete_status:
        return error("UNSUPPORTED", "this registry deletes manifests elsewhere", settings.quirks.manifest_delete_status)
    if not settings.delete:
        return error("UNSUPPORTED", "deletion is switched off")
    if ":" in reference:
        return _delete_digest(state, exchange)
    if not settings.tag_delete:
        # distribution 2.8 takes the reference for a digest: https://github.com/distribution/distribution/issues/1579
        return error("DIGEST_INVALID", "provided digest did not match uploaded content", 400)
    named = state.store.tag_digest(name, reference)
    if named is None:
        return error("MANIFEST_UNKNOWN", f"{name} has no tag {reference}")
    if settings.quirks.tag_delete_takes_all:
        state.store.delete_manifest(name, named)
    elif not settings.quirks.idle_delete:
        state.store.delete_tag(name, reference)
    return reply(202)


def _delete_digest(state: State, exchange: Exchange) -> Reply:
    name, digest = exchange.repository, exchange.reference
    if not is_digest(digest):
        return _not_a_digest(state.settings.quirks, exchange)
    if digest not in state.store.manifests(name):
        return error("MANIFEST_UNKNOWN", f"{name} has no manifest {digest}")
    dangling = _dangling(state, name, digest) if state.settings.quirks.dangling_refused else None
    if dangling is not None:
        return dangling
    if not state.settings.quirks.idle_delete:
        state.store.delete_manifest(name, digest)
    return reply(202) if state.settings.quirks.distribution else reply(202, Docker_Content_Digest=digest)


def _not_a_digest(quirks: Quirks, exchange: Exchange) -> Reply:
    # distribution fails here, apart from deletion in version 2
    fails = quirks.distribution >= 3 or (quirks.distribution and exchange.request.method != "DELETE")
    return error("UNKNOWN" if fails else "DIGEST_INVALID", f"{exchange.reference!r} is not a digest")


def _dangling(state: State, name: str, digest: str) -> Reply | None:
    """The refusal of Artifact Registry: tags are deleted before their manifest, indexes before their children."""
    tag = next((tag for tag in state.store.tags(name) if state.store.tag_digest(name, tag) == digest), None)
    if tag is not None:
        return error("GOOGLE_MANIFEST_DANGLING_TAG", f"Manifest is still referenced by tag: {tag}")
    if any(digest in manifest.children for manifest in state.store.manifests(name).values()):
        words = "Manifest is still referenced by one or more parent images"
        return error("GOOGLE_MANIFEST_DANGLING_PARENT_IMAGE", words)
    return None


def _acceptable(state: State, exchange: Exchange, media_type: str) -> bool:
    # Clients send one comma list or several headers; both arrive here as one list.
    accepted = [item.partition(";")[0].strip() for item in exchange.header("Accept").split(",")]
    strict = state.settings.strict_accept
    is_absent = accepted == [""] and strict != "required"
    return not strict or is_absent or "*/*" in accepted or media_type in accepted


def _received(state: State, exchange: Exchange, data: bytes) -> Manifest:
    reference = exchange.reference
    algorithm = algorithm_of(reference) if is_digest(reference) else "sha256"
    media_type = exchange.header("Content-Type").partition(";")[0].strip()
    try:
        distribution.check_types(data)
    except WrongType as problem:
        raise BadManifest(str(problem)) from None
    manifest = read_manifest(digest_of(data, algorithm), media_type, data)
    if manifest.schema not in (1, 2):
        raise BadManifest("schemaVersion is neither 1 nor 2")
    return manifest


def _refused(state: State, exchange: Exchange, manifest: Manifest) -> Reply | None:
    settings, quirks = state.settings, state.settings.quirks
    wrong = _wrong_reference(state, exchange, manifest)
    if wrong is not None:
        return wrong
    if manifest.media_type in quirks.refused_media_types:
        return error("MANIFEST_INVALID", "manifest invalid", 415)
    if any(layer in quirks.refused_layer_types for layer in manifest.layer_types):
        return error("MANIFEST_INVALID", "manifest schema version not supported", 400)
    immutable = _immutable(state, exchange, manifest)
    if immutable is not None:
        return immutable
    if not settings.autocreate and not state.store.has_repository(exchange.repository):
        return error("NAME_UNKNOWN", f"The repository with name '{exchange.repository}' does not exist in the registry")
    missing = _missing(state, exchange, manifest) if settings.check_references else []
    return (
        error("MANIFEST_BLOB_UNKNOWN", "the manifest names what is not there", detail={"digest": missing[0]})
        if missing
        else None
    )


def _wrong_reference(state: State, exchange: Exchange, manifest: Manifest) -> Reply | None:
    reference = exchange.reference
    if ":" not in reference:
        return None if TAG.fullmatch(reference) else error("TAG_INVALID", f"{reference!r} is no tag")
    if not is_digest(reference) or (reference.startswith("sha512:") and not state.settings.sha512):
        return error("DIGEST_INVALID", f"{reference!r} is no digest that this registry knows")
    if reference != manifest.digest:
        return error("DIGEST_INVALID", f"the manifest is {manifest.digest}")
    bad = [tag for tag in exchange.query.get("tag", ()) if not TAG.fullmatch(tag)]
    return error("TAG_INVALID", f"{bad[0]!r} is no tag") if bad else None


def _immutable(state: State, exchange: Exchange, manifest: Manifest) -> Reply | None:
    if not state.settings.immutable_tags:
        return None
    for tag in _tags(exchange):
        held = state.store.tag_digest(exchange.repository, tag)
        same_is_fine = not state.settings.quirks.same_digest_immutable
        if held is not None and not (same_is_fine and held == manifest.digest):
            return error("TAG_INVALID", f"the tag {tag} is immutable and exists already", 400)
    return None


def _missing(state: State, exchange: Exchange, manifest: Manifest) -> list[str]:
    store, name = state.store, exchange.repository
    blobs = [digest for digest in manifest.blobs if store.content(name, digest) is None]
    if state.settings.sparse:
        return blobs
    # distribution finds entries of an index among blobs too, and so accepts BuildKit's caches
    return blobs + [
        digest for digest in manifest.children
        if store.manifest(name, digest) is None and store.content(name, digest) is None
    ]


def _tags(exchange: Exchange) -> list[str]:
    return [exchange.reference] if ":" not in exchange.reference else list(exchange.query.get("tag", ()))


def _stored(state: State, exchange: Exchange, manifest: Manifest) -> Reply:
    name = exchange.repository
    state.store.keep_manifest(name, manifest)
    for tag in _tags(exchange):
        state.store.tag(name, tag, manifest.digest)
    answer = reply(201, Location=state.location(exchange, f"/v2/{name}/manifests/{manifest.digest}"))
    if state.settings.quirks.put_manifest_digest:
        answer = answer.adding(Docker_Content_Digest=manifest.digest)
    if manifest.subject and state.settings.referrers:
        answer = answer.adding(OCI_Subject=manifest.subject)
    for tag in exchange.query.get("tag", ()):
        answer = answer.adding(OCI_Tag=tag)
    return answer
