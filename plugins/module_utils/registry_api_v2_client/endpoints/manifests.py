# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Manifests and indexes: look, read, write, delete (distribution specification 1.1, "Pulling", "Pushing Manifests")."""

from __future__ import annotations

import enum
import typing as t

from ..errors import AuthenticationError, NotFoundError, RegistryError
from ..formats import media_types
from ..images.descriptor import Descriptor
from ..images.manifest import Manifest, claimed_type, parse_manifest
from ..problems import printable, problem
from ..reference import check_reference, digest_of, is_digest, same_digest
from ..transport.answers import MISSING_PARTS
from ..transport.request import Request
from .results import Stored

if t.TYPE_CHECKING:
    from ..transport.request import Answer, Sender

_ACCEPT = ", ".join(media_types.MANIFEST_ACCEPT)
_SCHEMA1 = frozenset({media_types.DOCKER_SCHEMA1, media_types.DOCKER_SCHEMA1_SIGNED})
_READABLE = media_types.IMAGES | media_types.INDEXES | {media_types.OCI_ARTIFACT}
_KNOWN = _READABLE | _SCHEMA1
# Refusals of HEAD that say nothing about the manifest; 401, redirects, 408 and 429 have their own treatment.
_HEAD_STATUSES = (200, 400, 403, 404, 405, 406, 410, 415, 501)


class Deletion(enum.Enum):
    """What became of a deletion."""

    DELETED = "deleted"
    ABSENT = "absent"
    UNSUPPORTED = "unsupported"


async def head_manifest(
    send: Sender, repository: str, reference: str, *, what: str | None = None, any_type: bool = False
) -> Descriptor | None:
    """Return the descriptor of a tag or digest, None if the registry has no such manifest or denies access to it.

    `size` is 0 if the registry does not report it. An answer to HEAD that does not suffice is followed by GET: gateways
    answer HEAD with 404, 405, or a media type of their own. `any_type` also returns manifests of unknown types.
    """
    answer = await send.send(_manifest("manifest_head", "HEAD", repository, reference, what, _HEAD_STATUSES))
    digest = answer.headers.get("Docker-Content-Digest", "")
    fits = is_digest(digest) and (digest == reference or not is_digest(reference))
    kind = _type(answer)
    if answer.status == 200 and fits and kind in _SCHEMA1 and not any_type:
        raise _old_manifest(send, repository, reference)
    if answer.status == 200 and fits and kind in _KNOWN:
        return Descriptor(kind or "", digest, _length(answer))
    try:
        found = await fetch_manifest(send, repository, reference, what=what, any_type=any_type)
    except AuthenticationError as error:
        # Artifactory answers 403 for an absent manifest (RTFACT-13797): unknown, so the push goes on and learns.
        if answer.status == error.status == 403 and not answer.redirected:
            return None
        raise
    return found[0] if found else None


async def get_manifest(send: Sender, repository: str, reference: str, *, what: str | None = None) -> Manifest | None:
    """Return the manifest or index that a tag or digest names, parsed; None if there is none.

    Raises what fetch_manifest raises, and RefusedError (hostile-answer) that names the field which is wrong.
    """
    found = await fetch_manifest(send, repository, reference, what=what)
    if found is None:
        return None

    def invalid(cause: str) -> RegistryError:
        name = what or _name(repository, reference)
        cause = f"a document that {cause}"
        return problem("hostile-answer", registry=send.registry.netloc, what=name, cause=cause)

    return parse_manifest(found[1], found[0], invalid)


async def fetch_manifest(
    send: Sender, repository: str, reference: str, *, what: str | None = None, any_type: bool = False
) -> tuple[Descriptor, bytes] | None:
    """Return descriptor and bytes of what a tag or digest names, whatever they contain; None if there is nothing.

    The digest is computed here. Raises RefusedError (wrong-bytes) if it is not the digest that was asked for, or not
    the one in the registry's header; without `any_type`, RefusedError (old-manifest) for schema 1, (hostile-answer) for
    unknown types. The media type is UNKNOWN if neither the header nor the document names one.
    """
    tries = 0
    while True:
        tries += 1
        try:
            answer = await send.send(_manifest("manifest_get", "GET", repository, reference, what, (200,)))
        except NotFoundError:
            return None
        fault = _digest_fault(send, answer, reference, what or _name(repository, reference))
        if fault is None:
            break
        await send.pause(tries, fault)
    kind = _type(answer) if any_type else _checked_type(send, answer, repository, reference)
    return Descriptor(kind or media_types.UNKNOWN, _own_digest(answer, reference), len(answer.body)), answer.body


def _own_digest(answer: Answer, reference: str) -> str:
    return reference if is_digest(reference) else digest_of(answer.body)


def _digest_fault(send: Sender, answer: Answer, reference: str, what: str) -> RegistryError | None:
    expected = reference if is_digest(reference) else answer.headers.get("Docker-Content-Digest", "")
    if not expected or same_digest(answer.body, expected):  # the header is optional (containers/image#1420)
        return None
    actual = digest_of(answer.body)
    return problem(
        "wrong-bytes", registry=send.registry.netloc, what=what, actual=actual, expected=printable(expected),
        retryable=True,
    )


async def put_manifest(
    send: Sender, repository: str, reference: str, data: bytes, media_type: str, *, what: str | None = None
) -> Stored:
    """Write a manifest or index under a tag or digest and return what was stored.

    After a lost answer or a refusal by an immutable tag the registry is asked what it holds: the same digest is
    success. Raises RefusedError (refused, with `registry_code` MANIFEST_BLOB_UNKNOWN, MANIFEST_INVALID, ... ),
    RefusedError (wrong-bytes) where the registry stored another digest.
    """
    digest = reference if is_digest(reference) else digest_of(data)
    request = _put(repository, reference, data, media_type, what)
    tries = 0
    while True:
        tries += 1
        try:
            answer = await send.send(request)
        except RegistryError as error:
            # distribution 2.8 answers this while another push rewrites the link of a blob or of a child manifest
            error.retryable = error.retryable or error.has_code("DIGEST_INVALID")
            if await _holds(send, error, repository, reference, digest):
                return Stored(digest)
            await send.pause(tries, error)
        else:
            said = answer.headers.get("Docker-Content-Digest")
            if said is not None and said != digest and not await _is_there(send, repository, reference, digest):
                raise _wrong_header(send, said, digest, request.what)
            return Stored(digest, answer.headers.get("OCI-Subject"))


def _put(repository: str, reference: str, data: bytes, media_type: str, what: str | None) -> Request:
    return Request(
        "manifest_put", "PUT", f"/v2/{repository}/manifests/{check_reference(reference)}",
        what or _name(repository, reference), repository, (200, 201, 202, 204), (("Content-Type", media_type),), data,
    )


async def _holds(send: Sender, error: RegistryError, repository: str, reference: str, digest: str) -> bool:
    """True where the registry already has what it failed to confirm, or refused to take twice (ECR, immutable tags)."""
    if not error.retryable and error.status not in (400, 403, 405, 409, 412):
        return False
    if error.has_code("MANIFEST_INVALID", *MISSING_PARTS):
        return False
    try:
        return await _is_there(send, repository, reference, digest)
    except RegistryError:
        return False  # the first error says more


async def _is_there(send: Sender, repository: str, reference: str, digest: str) -> bool:
    found = await head_manifest(send, repository, reference)
    return found is not None and found.digest == digest


async def is_gone(send: Sender, repository: str, reference: str, digest: str | None = None) -> bool:
    """True if a tag or digest no longer resolves, or no longer to `digest`: what a deletion promised."""
    answer = await send.send(_manifest("manifest_head", "HEAD", repository, reference, None, _HEAD_STATUSES))
    if answer.status == 404:
        return True
    found = await head_manifest(send, repository, reference, any_type=True)
    return found is None or (digest is not None and found.digest != digest)


async def delete_manifest(send: Sender, repository: str, digest: str, *, what: str | None = None) -> Deletion:
    """Delete a manifest and with it every tag that names it; DELETED or ABSENT. Raises RefusedError (deletion-off)."""
    answer = await send.send(_manifest("manifest_delete", "DELETE", repository, digest, what, (200, 202, 204, 404)))
    # A repeated deletion finds nothing.
    return Deletion.ABSENT if answer.status == 404 and answer.tries == 1 else Deletion.DELETED


async def delete_tag(send: Sender, repository: str, tag: str, *, what: str | None = None) -> Deletion:
    """Delete a tag and leave its manifest; UNSUPPORTED where the registry has no such request.

    distribution 2.8 answers 400 DIGEST_INVALID or 405, GHCR and Docker Hub 405 or 501.
    """
    accept = (200, 202, 204, 400, 404, 405, 501)
    answer = await send.send(_manifest("manifest_delete", "DELETE", repository, tag, what, accept))
    if answer.status in (400, 405, 501):
        return Deletion.UNSUPPORTED
    return Deletion.ABSENT if answer.status == 404 and answer.tries == 1 else Deletion.DELETED


def _manifest(
    operation: str, method: str, repository: str, reference: str, what: str | None, accept: tuple[int, ...]
) -> Request:
    headers = (("Accept", _ACCEPT),) if method != "DELETE" else ()
    target = f"/v2/{repository}/manifests/{check_reference(reference)}"
    return Request(operation, method, target, what or _name(repository, reference), repository, accept, headers)


def _name(repository: str, reference: str) -> str:
    return f"manifest {repository}{'@' if is_digest(reference) else ':'}{reference}"


def _length(answer: Answer) -> int:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 10 else 0


def _type(answer: Answer) -> str | None:
    """Return the manifest's media type: the header's, or the document's own where a proxy blurred the header."""
    header = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if header in _KNOWN or not answer.body:
        return header or None
    return claimed_type(answer.body) or header or None


def _checked_type(send: Sender, answer: Answer, repository: str, reference: str) -> str:
    found = _type(answer)
    if found in _SCHEMA1:
        raise _old_manifest(send, repository, reference)
    if found is None or found not in _READABLE:
        cause = f"the type {printable(found or '', 80) or 'of nothing'}"
        raise problem("hostile-answer", registry=send.registry.netloc, what=_name(repository, reference), cause=cause)
    return found


def _old_manifest(send: Sender, repository: str, reference: str) -> RegistryError:
    return problem("old-manifest", registry=send.registry.netloc, image=f"{repository}:{reference}")


def _wrong_header(send: Sender, said: str, expected: str, what: str) -> RegistryError:
    actual = printable(said, 100)
    return problem("wrong-bytes", registry=send.registry.netloc, what=what, actual=actual, expected=expected)
