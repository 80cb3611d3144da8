# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who may do what: the Authorization header of each request, decided without I/O.

The generators yield what must happen first, a Request to be sent or a CredentialLookup to be run, are sent the Answer
or the ResolvedCredentials, and return the outcome. `authorize.py` runs them.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import time
import typing as t

from ...errors import RegistryError
from ...problems.masking import masked
from ...reference import Registry
from ...settings import Login
from ..redirects import is_own, resolve
from ..request import PING, Answer, Request
from . import tokens
from .challenge import Challenge, choose, header_values, read_challenges
from .credentials import CredentialLookup, Credentials, ResolvedCredentials, explicit_credentials
from .realms import token_realm
from .refusals import Refusal, explain, token_refused, unknown_scheme
from .scopes import covers, merged, scopes_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

Step = t.Union[Request, CredentialLookup]
Reply = t.Union[Answer, ResolvedCredentials]
Key = t.Tuple[t.Optional[str], t.Optional[str]]  # repository, and the source of a mount

_log = logging.getLogger("registry_api_v2_client")


class Authorizer:
    """What one client knows about the login of one registry: its challenge, its credentials, its tokens.

    Raises ValidationError (bad-option) for half a login. Credentials go to the registry's origin and to the realm that
    its own 401 names (realms.py), to nobody else.
    """

    def __init__(
        self,
        registry: Registry,
        login: Login,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        address: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._registry = registry
        self._login = login
        self._environ = os.environ if environ is None else environ
        self._clock = clock
        self._address = address
        self._given = explicit_credentials(login)
        self._asked = False
        self._is_open = False  # without a login /v2/ is answered, so that its answer says nothing about one
        self._challenge: Challenge | None = None
        self._found: dict[str | None, ResolvedCredentials] = {}
        self._tokens: dict[Key, tokens.Token] = {}
        self._learnt: dict[Key, tuple[str, ...]] = {}
        self._proven: set[Credentials] = set()

    def known(self, request: Request) -> Request | None:
        """Return the request with its Authorization header where nothing must be asked first, else None."""
        if not request.authorize or not self._is_own(request):
            return request
        if self._challenge is None:
            return request if self._asked or request.operation == "ping" else None
        found = self._found_for(request.repository)
        if found is None:
            return None
        header = self._direct(found.credentials) if self._is_direct(found.credentials) else self._cached(request)
        return None if header is None else _with(request, header)

    def flow(self, request: Request) -> Generator[Step, Reply, Request]:
        """Return the request with its Authorization header, after what must be asked first.

        Nothing is yielded where the token is at hand; a request to another host comes back as it was. Raises
        AuthenticationError where the token server refuses, where its realm is unsafe, and for a broken file.
        """
        if self.known(request) is None and self._challenge is None:
            self.pinged(t.cast(Answer, (yield PING)))
        ready = self.known(request)
        return ready if ready is not None else (yield from self._authorized(request))

    def pinged(self, ping: Answer) -> None:
        """Take in what the registry answered to PING: who may come in, and how."""
        self._asked, self._is_open = True, ping.status == 200
        self._challenge = self._offer(ping) or self._silent(ping)

    def renewed(self, request: Request, answer: Answer) -> Generator[Step, Reply, Request | None]:
        """Return the request with a fresh header after this 401, or None where nothing is left to try.

        To be asked once for each request. Costs nothing where another request has renewed the token meanwhile.
        """
        if not request.authorize or not is_own(self._registry, answer.url):
            return None
        # gcr.io leaves the challenge out of some 401s; the one of /v2/ holds then
        offer = self._offer(answer) or self._challenge or self._silent(answer)
        if offer is None:
            return None
        self._challenge = offer
        sent = dict(request.headers).get("Authorization")
        ready = self.known(request)
        if ready is None or dict(ready.headers).get("Authorization") == sent:
            self._learn(request, offer)
            ready = yield from self._authorized(request)
        return ready if dict(ready.headers).get("Authorization") not in (None, sent) else None

    def refusal(
        self, request: Request, answer: Answer, code: str | None = None, message: str | None = None
    ) -> Generator[Step, Reply, RegistryError]:
        """Return the error that explains a final 401 or 403; code and message are the registry's own words."""
        if not code and not message:
            code, message = tokens.words(answer)
        if answer.status == 401 and _challenges(answer) and self._offer(answer) is None:
            shown = read_challenges(map(masked, header_values(answer.headers, "WWW-Authenticate")))
            return unknown_scheme(self._registry, tuple(one.scheme for one in shown))
        found = yield from self._search(request.repository)
        proven = answer.status != 401 or (yield from self._takes(found.credentials, request))
        return explain(
            Refusal(self._registry, request.operation, request.repository, answer.status, code, message, proven,
                    self._is_open), found
        )

    def _authorized(self, request: Request) -> Generator[Step, Reply, Request]:
        found = yield from self._search(request.repository)
        self._log_source(found)
        if self._is_direct(found.credentials):
            header = self._direct(found.credentials)
        else:
            header = (yield from self._new_token(request, found)).header
        return _with(request, header) if header else request

    def _log_source(self, found: ResolvedCredentials) -> None:
        login, scheme = found.credentials, self._challenge.scheme if self._challenge else ""
        if login is None:
            _log.debug("%s asks for %s: no login in %s", self._registry.netloc, scheme, ", ".join(found.looked_at))
        else:
            _log.debug("%s asks for %s: login %s from %s", self._registry.netloc, scheme, login.name, login.source)

    def _search(self, repository: str | None) -> Generator[Step, Reply, ResolvedCredentials]:
        known = self._found_for(repository)
        if known is not None:
            return known
        lookup = CredentialLookup(self._registry, repository, self._login, self._environ)
        found = t.cast(ResolvedCredentials, (yield lookup))
        self._found[repository] = found
        if found.everywhere:
            self._given = found
        return found

    def _found_for(self, repository: str | None) -> ResolvedCredentials | None:
        return self._given if self._given is not None else self._found.get(repository)

    def _new_token(self, request: Request, found: ResolvedCredentials) -> Generator[Step, Reply, tokens.Token]:
        challenge = t.cast(Challenge, self._challenge)
        scopes = merged(self._wanted(request), ())
        what = f"a token for {request.repository}" if request.repository else "a token"
        realm = token_realm(challenge.get("realm"), self._registry, self._address(), self._login.realm_host)
        wanted = tokens.TokenRequest(realm, challenge.get("service"), scopes, found.credentials, what)
        answer = yield from t.cast("Generator[Step, Reply, Answer]", tokens.exchange(wanted))
        if answer.status != 200:
            raise self._no_token(request, found, wanted, answer)
        token = tokens.read_token(answer, scopes, self._clock())
        self._tokens[_key(request)] = token
        if found.credentials is not None:
            self._proven.add(found.credentials)
        return token

    def _no_token(
        self, request: Request, found: ResolvedCredentials, wanted: tokens.TokenRequest, answer: Answer
    ) -> RegistryError:
        code, message = tokens.words(answer)
        fault = tokens.wrong_answer(answer)
        if fault is not None and answer.status != 401:
            return fault
        if answer.status not in (401, 403):
            return token_refused(wanted.realm, wanted.what, answer.status, code, message)
        # without a login a 403 here means the same as a 401: the registry itself has asked for one
        status = answer.status if found.credentials else 401
        return explain(
            Refusal(self._registry, request.operation, request.repository, status, code, message,
                    found.credentials in self._proven), found
        )

    def _wanted(self, request: Request) -> tuple[str, ...]:
        """Return the scopes of a request's next token: what a registry asked for, what the request and others need."""
        key = _key(request)
        token = self._tokens.get(key)
        needed = merged(self._learnt.get(key, ()), scopes_of(request))
        return merged(needed, token.scopes if token else ())

    def _cached(self, request: Request) -> str | None:
        token = self._tokens.get(_key(request))
        fresh = token is not None and self._clock() < token.renew_at and covers(token.scopes, scopes_of(request))
        return token.header if token is not None and fresh else None

    def _learn(self, request: Request, offer: Challenge) -> None:
        """Keep the scope that a 401 asks for: registries behind a path call their repositories otherwise."""
        self._learnt[_key(request)] = merged(offer.get("scope").split(), ())

    def _is_own(self, request: Request) -> bool:
        return is_own(self._registry, resolve(self._registry, request.target, request.what))

    def _offer(self, answer: Answer) -> Challenge | None:
        """Return the challenge of a 401 of the registry itself; nobody else's names a realm."""
        if answer.status != 401 or not is_own(self._registry, answer.url):
            return None
        offered = _challenges(answer)
        return choose(offered) if offered else None

    def _silent(self, answer: Answer) -> Challenge | None:
        """Return Basic for a 401 of the registry itself that says nothing about how to log in."""
        silent = answer.status == 401 and is_own(self._registry, answer.url) and not _challenges(answer)
        return Challenge("basic") if silent else None

    def _is_direct(self, login: Credentials | None) -> bool:
        """True where no token is asked for: Basic, and a registry token, which is sent as it is."""
        basic = self._challenge is not None and self._challenge.scheme == "basic"
        return basic or (login is not None and login.registry_token is not None)

    def _direct(self, login: Credentials | None) -> str:
        """Return the header for a registry that hands out no tokens, "" for an anonymous request."""
        if login is None:
            return ""
        if login.registry_token:
            return f"Bearer {login.registry_token}"
        return tokens.basic(login.username or "<token>", login.password or login.identity_token or "")

    def _takes(self, login: Credentials | None, request: Request) -> Generator[Step, Reply, bool]:
        """Return whether the registry takes a login at all, which /v2/ tells where no token server did."""
        if login is None or login in self._proven:
            return login is not None
        if request.operation == "ping" or self._is_open or not self._is_direct(login):
            return False
        answer = t.cast(Answer, (yield _with(PING, self._direct(login))))
        if answer.status == 200:
            self._proven.add(login)
        return answer.status == 200


def _challenges(answer: Answer) -> tuple[Challenge, ...]:
    return read_challenges(header_values(answer.headers, "WWW-Authenticate"))


def _key(request: Request) -> Key:
    return request.repository, request.mount_from


def _with(request: Request, header: str) -> Request:
    others = tuple((name, value) for name, value in request.headers if name.lower() != "authorization")
    return dataclasses.replace(request, headers=(*others, ("Authorization", header)) if header else others)
