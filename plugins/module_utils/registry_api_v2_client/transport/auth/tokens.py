# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Bearer tokens: how they are asked for, and what an answer to that is worth. No I/O.

Sources: the distribution project's "Token Authentication Specification" (GET) and "OAuth2 Token Authentication" (POST).
"""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urljoin, urlsplit

from ...formats.json_object import json_object
from ...problems import printable, problem
from ...problems.masking import masked
from ..answers import is_html, title
from ..request import JUDGED, MAX_TOKEN_ANSWER, Answer, Request
from .challenge import header_values
from .credentials import Credentials
from .scopes import fallbacks

if t.TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ...errors import RegistryError

CLIENT_ID = "registry_api_v2_client"
MIN_LIFE = 60.0  # seconds; the specification's default, assumed too where a server says less
MAX_LIFE = 86400.0  # seconds; nothing here runs longer on one token
MAX_REDIRECTS = 3  # of a token request, all within one origin

_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
_REDIRECTS = (301, 302, 303, 307, 308)
_TRY_GET = (400, 401, 404, 405)  # Gitea and GCR know no POST (404), Artifactory answers it with 401
_TRY_POST = (405,)
_TRY_FEWER = (400, 403)


@dataclass(frozen=True)
class TokenRequest:
    """One token to be asked for: where, for which service and scopes, and with which login (None: anonymously)."""

    realm: str
    service: str
    scopes: tuple[str, ...]
    credentials: Credentials | None
    what: str


@dataclass(frozen=True)
class Token:
    """A token, the scopes it was asked for with, and the time of our own clock (seconds) from which it is renewed."""

    value: str = field(repr=False)
    scopes: tuple[str, ...]
    renew_at: float

    @property
    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self.value}"


def basic(username: str, password: str) -> str:
    """Return the value of a Basic Authorization header (RFC 7617, as UTF-8)."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def exchange(wanted: TokenRequest) -> Generator[Request, Answer, Answer]:
    """Return the token server's last answer, whatever its status, after the forms and scopes it does not know."""
    variants = fallbacks(wanted.scopes)
    for scopes in variants[:-1]:
        answer = yield from _forms(wanted, scopes)
        if answer.status not in _TRY_FEWER:
            return answer
    return (yield from _forms(wanted, variants[-1]))


def _forms(wanted: TokenRequest, scopes: tuple[str, ...]) -> Generator[Request, Answer, Answer]:
    first, *others = _attempts(wanted, scopes)
    answer = yield from _followed(first[0])
    given_up = first[1]
    for request, statuses in others:
        if answer.status not in given_up:
            break
        answer, given_up = (yield from _followed(request)), statuses
    return answer


def _attempts(wanted: TokenRequest, scopes: tuple[str, ...]) -> Iterator[tuple[Request, tuple[int, ...]]]:
    """Yield the forms of one request, each with the statuses after which the next one is tried."""
    login = wanted.credentials
    if login is not None and login.identity_token:
        yield _post(wanted, scopes, grant_type="refresh_token", refresh_token=login.identity_token), _TRY_GET
        yield _get(wanted, scopes, login.username or "<token>", login.password or login.identity_token), ()
    elif login is not None and login.password:
        username = login.username or ""
        yield _get(wanted, scopes, username, login.password), _TRY_POST
        yield _post(wanted, scopes, grant_type="password", username=username, password=login.password), ()
    else:
        yield _get(wanted, scopes), ()


def _get(wanted: TokenRequest, scopes: tuple[str, ...], username: str = "", password: str | None = None) -> Request:
    query = [("service", wanted.service)] if wanted.service else []
    query += [("client_id", CLIENT_ID)] + [("scope", scope) for scope in scopes]
    headers: tuple[tuple[str, str], ...] = ()
    if password is not None:
        query.append(("account", username))
        headers = (("Authorization", basic(username, password)),)
    separator = "&" if "?" in wanted.realm else "?"
    return _request("GET", f"{wanted.realm}{separator}{urlencode(query)}", wanted.what, headers)


def _post(wanted: TokenRequest, scopes: tuple[str, ...], **grant: str) -> Request:
    form = {**grant, "service": wanted.service, "client_id": CLIENT_ID, "scope": " ".join(scopes)}
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    return _request("POST", wanted.realm, wanted.what, headers, urlencode(form).encode("ascii"))


def _request(
    method: str, url: str, what: str, headers: tuple[tuple[str, str], ...], body: bytes | None = None
) -> Request:
    return Request(
        "token", method, url, what, accept=JUDGED, headers=headers, body=body, max_answer=MAX_TOKEN_ANSWER,
        authorize=False,
    )


def _followed(request: Request) -> Generator[Request, Answer, Answer]:
    """Send a request; a GET follows redirects, but only within the origin it was meant for."""
    answer = yield request
    for _hop in range(MAX_REDIRECTS):
        location = next(iter(header_values(answer.headers, "Location")), "")
        if answer.status not in _REDIRECTS or request.method != "GET" or not location:
            break
        target = _same_origin(request.target, location)
        if target is None:
            break
        request = _request("GET", target, request.what, request.headers)
        answer = yield request
    return answer


def _same_origin(url: str, location: str) -> str | None:
    try:
        target = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(target)
        same = (old.scheme, old.hostname, old.port) == (new.scheme, new.hostname, new.port)
    except ValueError:
        return None
    return target if same and new.username is None and _HEADER_SAFE.fullmatch(target) else None


def read_token(answer: Answer, scopes: tuple[str, ...], now: float) -> Token:
    """Return the token of a 200; its life counts from `now`, our monotonic clock, so that clocks need not agree.

    Raises RefusedError (hostile-answer) where the body holds none, or one that no header can hold.
    """
    grant = json_object(answer.body) or {}
    value = grant.get("token") or grant.get("access_token")  # Azure sends access_token only
    if not isinstance(value, str) or not _HEADER_SAFE.fullmatch(value):
        raise wrong_answer(answer) or _hostile(answer, "no token")
    life = _life(grant, answer)
    return Token(value, scopes, now + min(life * 0.8, life - 30))


def wrong_answer(answer: Answer) -> RegistryError | None:
    """Return the error for a redirect to another host or for a page meant for people; None for other answers."""
    location = next(iter(header_values(answer.headers, "Location")), "")
    if answer.status in _REDIRECTS and location:
        try:
            host = urlsplit(urljoin(answer.url, masked(location))).netloc.rpartition("@")[2]
        except ValueError:
            host = ""
        return _hostile(answer, f"a redirect to {printable(host) or 'nowhere'}, where no login is sent")
    if not is_html(answer):
        return None
    named = title(answer)
    return _hostile(answer, f"a web page titled \"{named}\"" if named else "a web page")


def _hostile(answer: Answer, cause: str) -> RegistryError:
    host = urlsplit(answer.url).netloc.rpartition("@")[2]
    return problem("hostile-answer", registry=host, what="the request for a token", cause=cause, status=answer.status)


def words(answer: Answer) -> tuple[str | None, str | None]:
    """Return code and message of an error in any of the forms that registries and token servers use."""
    body = json_object(answer.body) or {}
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else body
    first = first if isinstance(first, dict) else {}
    code, message = _first_text(first, "code", "error"), _first_text(first, "message", "error_description", "details")
    return code, message


def _first_text(body: dict[str, t.Any], *names: str) -> str | None:
    found = (body[name] for name in names if isinstance(body.get(name), str) and body[name])
    return next(found, None)


def _life(grant: dict[str, t.Any], answer: Answer) -> float:
    """Return the seconds a token has left: expires_in less its age, which is told by the server's clock alone."""
    life = grant.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, (int, float)) or not life > 0:
        return MIN_LIFE
    age = _age(grant.get("issued_at"), next(iter(header_values(answer.headers, "Date")), ""))
    return max(MIN_LIFE, min(float(min(life, MAX_LIFE)) - age, MAX_LIFE))


def _age(issued_at: object, date: str) -> float:
    """Return how old a token was when it was sent; some servers hand out the same one for a while."""
    try:
        issued = datetime.fromisoformat(_iso(str(issued_at)))
        sent = parsedate_to_datetime(date)
        return max(0.0, (_utc(sent) - _utc(issued)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0.0


def _iso(text: str) -> str:
    """Return RFC 3339 as Python 3.9 reads it: no Z, no fraction of any length."""
    return re.sub(r"\.\d+", "", text.strip()).replace("Z", "+00:00").replace("z", "+00:00")


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time
