# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Drives the authorizer's generators over plain values: no loop, no socket, a clock that is set by hand."""

from __future__ import annotations

import json
import typing as t
from urllib.parse import parse_qs, urlsplit

from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.settings import Login
from registry_api_v2_client.transport.auth.auth import Authorizer
from registry_api_v2_client.transport.auth.credentials import CredentialLookup, Credentials, ResolvedCredentials
from registry_api_v2_client.transport.request import Answer, Headers, Request

URL = "https://registry.example.com"
REALM = "https://auth.example.com/token"
BEARER = f'Bearer realm="{REALM}",service="reg"'
BASIC = 'Basic realm="Registry"'
LOGIN = Login("ci", "s3cr3t")


def answer(status: int, body: t.Any = b"", url: str = f"{URL}/v2/", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, Headers((name.replace("_", "-"), value) for name, value in headers.items()), url, data)


def challenge(header: str = BEARER, url: str = f"{URL}/v2/") -> Answer:
    return answer(401, url=url, WWW_Authenticate=header)


def grant(token: str = "t1", **more: t.Any) -> Answer:
    return answer(200, {"token": token, "expires_in": 300, **more}, url=REALM)


def request(
    operation: str = "manifest_put", repository: str | None = "team/app", target: str = "/v2/x", **more: t.Any
) -> Request:
    return Request(operation, "PUT", target, "app:1", repository, **more)


def token_query(asked: Request) -> dict[str, list[str]]:
    return parse_qs(urlsplit(asked.target).query, keep_blank_values=True)


def form(asked: Request) -> dict[str, list[str]]:
    assert isinstance(asked.body, bytes)
    return parse_qs(asked.body.decode(), keep_blank_values=True)


def header(of: Request | None) -> str | None:
    return dict(of.headers).get("Authorization") if of else None


class Talk:
    """One authorizer, a script of answers for what it asks, and a record of what it asked."""

    def __init__(self, login: Login = LOGIN, url: str = URL, found: Credentials | None = None) -> None:
        self.now = 1000.0
        self.found = ResolvedCredentials(found, ("file",), everywhere=True)
        self.authorizer = Authorizer(parse_registry(url), login, {}, clock=lambda: self.now)
        self.asked: list[Request] = []
        self.lookups = 0

    def run(self, steps: t.Generator[t.Any, t.Any, t.Any], *answers: Answer) -> t.Any:
        script = list(answers)
        reply: t.Any = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as stop:
                assert not script, f"never asked for: {script}"
                return stop.value
            reply = self._find() if isinstance(step, CredentialLookup) else self._answer(step, script)

    def flow(self, wanted: Request, *answers: Answer) -> Request:
        return t.cast(Request, self.run(self.authorizer.flow(wanted), *answers))

    def renewed(self, sent: Request, refused: Answer, *answers: Answer) -> Request | None:
        return t.cast("Request | None", self.run(self.authorizer.renewed(sent, refused), *answers))

    def refusal(self, sent: Request, refused: Answer, *answers: Answer) -> t.Any:
        return self.run(self.authorizer.refusal(sent, refused), *answers)

    def _answer(self, step: Request, script: list[Answer]) -> Answer:
        self.asked.append(step)
        assert script, f"asked more than expected: {step}"
        return script.pop(0)

    def _find(self) -> ResolvedCredentials:
        self.lookups += 1
        return self.found
