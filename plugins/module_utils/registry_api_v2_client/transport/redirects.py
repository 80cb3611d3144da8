# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where an answer sends us: Location, Link and redirects, read without re-encoding them and judged by one rule.

Credentials stay with the registry's own origin. The same host by https instead of http is the same registry; http
instead of https is what a proxy writes that hides TLS (distribution#2862), and is read as https; anything else is a
foreign host, which is sent no credentials, and never reached by http from an https registry.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import replace
from urllib.parse import urljoin, urlsplit, urlunsplit

from ..problems import printable, problem
from ..problems.masking import masked
from .link_header import next_target
from .request import StreamBody

if t.TYPE_CHECKING:
    from ..reference import Registry
    from .request import Answer, Request

MAX_REDIRECTS = 5  # content delivery networks need one or two
MAX_URL = 16384  # characters; a Location with a long `_state` has about 1,000, a presigned URL 2,000
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_URL = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")
_PRIVATE = frozenset({"authorization", "cookie", "proxy-authorization"})
_PORTS = {"http": 80, "https": 443}


def location(answer: Answer, what: str, registry: Registry) -> str:
    """Return the answer's Location as an absolute URL, every byte of its query as the registry wrote it.

    Raises RefusedError (hostile-answer) where there is none, or none that can be a URL.
    """
    written = answer.headers.get("Location", "")
    if not written:
        raise problem("hostile-answer", registry=registry.netloc, what=what, cause="no Location", status=answer.status)
    return join(answer.url, written, what, registry)


def join(base: str, written: str, what: str, registry: Registry) -> str:
    """Return what a Location or Link names, relative to the URL that answered, without its fragment."""
    if len(written) > MAX_URL or not _URL.fullmatch(written):
        raise problem("hostile-answer", registry=registry.netloc, what=what, cause="a Location that is no URL")
    try:
        parts = urlsplit(urljoin(base, written))
        named = _HOST.fullmatch(parts.hostname or "") is not None
        fits = parts.scheme in _PORTS and named and parts.username is None and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise problem("hostile-answer", registry=registry.netloc, what=what, cause="a Location that is no URL")
    return urlunsplit(parts._replace(fragment=""))


def resolve(registry: Registry, target: str, what: str) -> str:
    """Return the absolute URL to ask for a target, the registry's own origin mended where a proxy changed it.

    Raises RefusedError (hostile-answer) where an https registry names another host by http.
    """
    if target.startswith("/") and not target.startswith("//"):
        return registry.url + target
    if target.startswith(f"{registry.url}/"):
        return target
    parts = urlsplit(target)
    if parts.hostname == registry.host.lower() and _is_mangled(registry, parts.scheme, parts.port):
        return urlunsplit(parts._replace(scheme=registry.scheme, netloc=registry.netloc))
    if registry.scheme == "https" and parts.scheme != "https":
        cause = f"a way to {printable(urlsplit(masked(target)).netloc)} that is not encrypted"
        raise problem("hostile-answer", registry=registry.netloc, what=what, cause=cause)
    return target


def _is_mangled(registry: Registry, scheme: str, port: int | None) -> bool:
    """True for our own registry as a proxy in front of it writes it: http for https, or its port left out."""
    if scheme == registry.scheme:
        return port is None or port == registry.port
    return registry.scheme == "https" and port in (None, registry.port, _PORTS["http"])


def is_own(registry: Registry, url: str) -> bool:
    """True where the URL is the registry's own, so that credentials may go there."""
    if url.startswith(f"{registry.url}/"):  # nearly always, and cheaper than taking the URL apart
        return True
    parts = urlsplit(url)
    if parts.hostname != registry.host.lower():
        return False
    port = parts.port or _PORTS.get(parts.scheme)
    if parts.scheme == registry.scheme:
        return port == registry.port
    return parts.scheme == "https" and port in (_PORTS["https"], registry.port)


def with_query(url: str, name: str, value: str) -> str:
    """Return the URL with one more query parameter, whatever was there unchanged; the value must need no quoting."""
    return f"{url}{'&' if '?' in url else '?'}{name}={value}"


def next_page(answer: Answer, what: str, registry: Registry) -> str | None:
    """Return the URL of the next page of a list (Link with rel="next", RFC 8288), None on the last one.

    Raises RefusedError: incomplete-list if the header cannot be read, hostile-answer if the page is on another host.
    """
    header = answer.headers.get("Link", "")
    try:
        written = next_target(header)
    except ValueError:
        cause = f"its Link header cannot be read ({printable(header, 80)})"
        raise problem("incomplete-list", registry=registry.netloc, what=what, cause=cause) from None
    if written is None:
        return None
    url = resolve(registry, join(answer.url, written, what, registry), what)
    if not is_own(registry, url):
        raise problem("hostile-answer", registry=registry.netloc, what=what, cause="a page on another host")
    return url


def redirected(registry: Registry, request: Request, answer: Answer) -> Request | None:
    """Return the request that a redirect asks for, None where the answer is none or is accepted as it is.

    The method stays (distribution-spec#607 allows 301, 302, 307 and 308 everywhere); 303 is followed for GET and HEAD.
    Credentials stay behind when the way leads to another host, and a stream is not sent twice.
    """
    if answer.status not in REDIRECTS or answer.status in request.accept or "Location" not in answer.headers:
        return None
    reading = request.method in ("GET", "HEAD")
    if isinstance(request.body, StreamBody) or (answer.status == 303 and not reading):
        return None
    target = resolve(registry, location(answer, request.what, registry), request.what)
    headers = request.headers
    if not is_own(registry, target):
        headers = tuple(pair for pair in headers if pair[0].lower() not in _PRIVATE)
    return replace(request, target=target, headers=headers)
