# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an answer says: the registry's own words, and the error that a status means for an operation."""

from __future__ import annotations

import json
import re
import typing as t
import zlib
from dataclasses import dataclass

from ..errors import RegistryError
from ..formats import media_types
from ..problems import printable, problem, quoted, single_line
from ..problems.masking import masked
from ..reference import parse_registry
from .connection.retry import is_temporary
from .operations import DELETE, OPERATIONS, PUSH
from .tls.tls_errors import certificate_wanted, speaks_tls, wants_certificate, wrong_scheme

if t.TYPE_CHECKING:
    from ..reference import Registry
    from .request import Answer, Request

_FULL = re.compile(r"no space left|disk (?:is )?full|disk quota|not enough (?:disk )?space", re.IGNORECASE)
MAX_ERROR = 65536  # bytes of an error's body that are read

# Artifactory says them with 403 (RTFACT-13797): not there, whatever the status
ABSENT = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN"})
# a manifest is refused with these if a blob or child manifest that HEAD promised does not exist
MISSING_PARTS = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"})
_TAKEN = frozenset({"TAG_INVALID", "TAG_IMMUTABLE", "PRECONDITION", "CONFLICT", "DENIED"})


@dataclass(frozen=True)
class Said:
    """The errors of an answer in the specification's form: their distinct codes, in order, and their messages."""

    codes: tuple[str, ...] = ()
    message: str | None = None

    @property
    def code(self) -> str | None:
        """The first code."""
        return self.codes[0] if self.codes else None

    @property
    def absent(self) -> bool:
        """True if every code of the answer means that something does not exist."""
        return bool(self.codes) and ABSENT.issuperset(self.codes)

    def has(self, codes: t.AbstractSet[str]) -> bool:
        """Return whether the answer contains one of these codes."""
        return not codes.isdisjoint(self.codes)


def said(answer: Answer) -> Said:
    """Return what the registry says in its error body, bounded and printable ("Error Codes" of the specification)."""
    try:
        errors = json.loads(answer.body[:MAX_ERROR])["errors"]
        codes = [_code(error.get("code")) for error in errors]
        messages = [_word(error.get("message")) or _word(error.get("detail")) for error in errors]
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        codes = messages = []
    if any(codes) or any(messages):
        return Said(tuple(_distinct(codes)), printable("; ".join(_distinct(messages))) or None)
    return Said((), None if is_html(answer) else _plain(answer))


def _distinct(words: list[str | None]) -> list[str]:
    return [word for word in dict.fromkeys(words) if word]


def _code(value: t.Any) -> str | None:
    return single_line(value) or None if isinstance(value, str) else None


def _word(value: t.Any) -> str | None:
    return printable(value) or None if isinstance(value, str) else None


def _plain(answer: Answer) -> str | None:
    if not answer.headers.get("Content-Type", "text/plain").lower().startswith("text/plain"):
        return None
    return printable(answer.body.decode("utf-8", "replace")) or None


def is_html(answer: Answer) -> bool:
    """True for a page meant for people: a web server, a login portal or a proxy answered, hardly a registry."""
    if answer.headers.get("Content-Type", "").lower().startswith("text/html"):
        return True
    return answer.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))


def title(answer: Answer) -> str:
    """Return the title of an HTML page, "" where it has none."""
    page = masked(answer.body[:MAX_ERROR].decode("utf-8", "replace"))  # before a secret is cut, at its "<"
    found = re.search(r"<title[^>]{0,200}>([^<]{0,400})", page, re.IGNORECASE)
    return printable(found.group(1), 80) if found else ""


def failure(registry: Registry, request: Request, answer: Answer) -> RegistryError:
    """Return the error that an unexpected answer means; 401 and 403 are auth.py's to explain."""
    words = said(answer)
    for judge in _JUDGES:
        error = judge(registry, request, answer, words)
        if error is not None:
            return error
    doing = OPERATIONS[request.operation].refusal
    return problem("refused", registry=registry.netloc, doing=doing, what=request.what, **_facts(answer, words))


def page_for_people(registry: Registry, request: Request, answer: Answer) -> RegistryError | None:
    """Return the error for an accepted answer that no registry gives: HTML at /v2/, or where a redirect led."""
    is_page = (request.operation == "ping" or answer.redirected) and answer.status < 300 and is_html(answer)
    return not_a_registry(registry, answer) if is_page else None


def foreign_failure(registry: Registry, request: Request, answer: Answer) -> RegistryError:
    """Return the error of an answer of another host, to which the registry redirected."""
    if answer.status == 401 and "?" not in answer.url:
        host = parse_registry("/".join(answer.url.split("/")[:3]))
        return problem("redirected", registry=registry.netloc, target=printable(host.netloc), url=printable(host.url),
                       what=request.what, status=401)
    error = failure(registry, request, answer)
    # A signed link may have ended, and the registry makes another one. Without a signature, 404 is the answer.
    error.retryable = answer.status != 404 or "?" in answer.url
    return error


def not_a_registry(registry: Registry, answer: Answer) -> RegistryError:
    """Return the error that says what answered in place of a registry."""
    content = _content(answer)
    if answer.redirected:
        content += f", after a redirect to {printable(masked(answer.url).partition('?')[0])}"
    return problem(
        "not-a-registry", url=registry.url, registry=registry.netloc, status=answer.status, content=content
    )


def _content(answer: Answer) -> str:
    kind = printable(masked(answer.headers.get("Content-Type", "")).partition(";")[0], 60) or "no content type"
    named = title(answer)
    return f"{kind}, titled \"{named}\"" if named else kind


def _facts(answer: Answer, words: Said) -> dict[str, t.Any]:
    return {"status": answer.status, "registry_code": words.code, "registry_message": words.message,
            "registry_codes": words.codes}


def wrong_door(registry: Registry, answer: Answer) -> RegistryError | None:
    """Return the error of an answer that speaks of TLS: plain http on its port, or no client certificate."""
    if registry.scheme == "http" and speaks_tls(answer.status, answer.body):
        return wrong_scheme(registry)
    return certificate_wanted(registry) if wants_certificate(answer.status, answer.body) else None


def _not_a_registry(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    door = wrong_door(registry, answer)
    if door is not None:
        return door
    is_page = words.code is None and (answer.status == 404 or (is_html(answer) and answer.status in (200, 405)))
    return not_a_registry(registry, answer) if request.operation == "ping" and is_page else None


def _read_only(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    if answer.status != 405 or OPERATIONS[request.operation].actions is not PUSH:
        return None
    if words.message is None and title(answer):
        words = Said(words.codes, title(answer))
    return problem("read-only", registry=registry.netloc, repository=request.repository, **_facts(answer, words))


def _page(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    return web_page(registry, request, answer) if is_html(answer) else None


def web_page(registry: Registry, request: Request, answer: Answer) -> RegistryError:
    """Return the error for a page meant for people: no registry sends one, but what stands in front of it does."""
    path = printable(masked(answer.url).partition("?")[0])
    return problem("web-page", registry=registry.netloc, what=request.what, status=answer.status,
                   content=_content(answer), path=path)


def _temporary(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    if not is_temporary(answer.status):
        return None
    cause = f"answered {answer.status}{quoted(words.code, words.message)}"
    advice = "Run the task again, and read the registry's log if it stays so"
    if answer.status == 429:
        advice = "Lower max_concurrent_uploads, or run the task again later"
    elif answer.status == 507 or _FULL.search(words.message or ""):
        advice = "Free disk space at the registry, then run the task again"
    return problem(
        "gave-up", registry=registry.netloc, cause=cause, what=request.what, doing=OPERATIONS[request.operation].doing,
        retryable=True, advice=advice, **_facts(answer, words),
    )


def _too_large(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    if answer.status != 413:
        return None
    return problem("body-too-large", registry=registry.netloc, what=request.what, **_facts(answer, words))


def _missing(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    absent = answer.status == 404 or (answer.status == 403 and words.absent)
    if not absent or (request.operation == "manifest_put" and words.has(MISSING_PARTS)):
        return None
    facts = _facts(answer, words)
    if request.repository is None:
        return problem("not-found", registry=registry.netloc, what=request.what, **facts)
    if words.has({"NAME_UNKNOWN"}) or (OPERATIONS[request.operation].creates and not words.has(MISSING_PARTS)):
        facts["registry_code"] = words.code or "404"
        return problem("no-repository", registry=registry.netloc, repository=request.repository, **facts)
    return problem("not-found", registry=registry.netloc, what=request.what, **facts)


def _deletion_off(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    if OPERATIONS[request.operation].actions is not DELETE or (answer.status != 405 and not words.has({"UNSUPPORTED"})):
        return None
    return problem("deletion-off", registry=registry.netloc, **_facts(answer, words))


def _manifest_refused(registry: Registry, request: Request, answer: Answer, words: Said) -> RegistryError | None:
    if request.operation != "manifest_put" or answer.status not in (400, 415, 422):
        return None
    if words.has(MISSING_PARTS | _TAKEN):
        return None
    media_type = dict(request.headers).get("Content-Type", "")
    other = "oci" if media_type in (media_types.DOCKER_MANIFEST, media_types.DOCKER_INDEX) else "docker"
    return problem(
        "manifest-refused", registry=registry.netloc, image=request.what, media_type=media_type, other=other,
        **_facts(answer, words),
    )


_JUDGES = (_not_a_registry, _temporary, _too_large, _read_only, _page, _missing, _deletion_off, _manifest_refused)


def decoded(data: bytes, coding: str, limit: int) -> bytes | None:
    """Return a body without its content coding, None where it is an unknown coding, broken, or more than `limit` bytes.

    We ask for none, and a proxy may compress all the same.
    """
    if coding.strip().lower() in ("", "identity"):
        return data
    if coding.strip().lower() not in ("gzip", "x-gzip"):
        return None
    opener = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = opener.decompress(data, limit)
    except zlib.error:
        return None
    return None if opener.unconsumed_tail or not opener.eof else plain
