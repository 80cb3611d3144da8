# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A registry, token server or proxy that repeats a request in its answer: no secret of it reaches an error or a log."""

from __future__ import annotations

import asyncio
import base64
import html
import itertools
import json
import logging
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from raw_server import RawServer
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.endpoints.manifests import put_manifest
from registry_api_v2_client.endpoints.uploads import upload_blob
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.inspection.image import ImageQuery
from registry_api_v2_client.problems import printable, problem
from registry_api_v2_client.problems.masking import MASK, Secrets
from registry_api_v2_client.settings import Login, Settings

PASSWORD = "pä55/wörd+;,= \"of\" <ci>&%\\n"
HANDED_OUT, REGISTRY_TOKEN, IDENTITY = "handed+out/token~1==", "token.of-the/registry==", "identity&token/of=ci"
PROXY = "pröxy/s3cr3t&"
URL = "http://registry.test:5000"
BLOB = Descriptor("application/octet-stream", "sha256:" + "0" * 64, 1)


def b64(text):
    return base64.b64encode(text.encode()).decode()


BASIC = b64(f"ci:{PASSWORD}")
SECRETS = (PASSWORD, HANDED_OUT, REGISTRY_TOKEN, IDENTITY, PROXY, BASIC, b64(f"pro:{PROXY}"),
           b64(f"<token>:{IDENTITY}"))  # fmt: skip
ENCODINGS = {
    "plain": str, "percent": lambda text: quote(text, safe=""), "lower-percent": lambda text: quote(text, "").lower(),
    "form": quote_plus, "json": lambda text: json.dumps(text)[1:-1], "html": html.escape,
    "latin-1": lambda text: text.encode().decode("latin-1"), "unpadded": lambda text: text.rstrip("="),
}  # fmt: skip


def decoded(value):
    """What a server that logs logins has of a header: the value, and what Basic encodes."""
    scheme, _space, rest = value.partition(" ")
    return f"{value} {base64.b64decode(rest).decode()}" if scheme == "Basic" else value


def words_of(asked, encode):
    parts = [decoded(value) for name, value in asked.headers.items() if "authorization" in name]
    return " ".join(map(encode, [*parts, asked.body.decode("latin-1")[:2000]]))


def in_json_code(said):
    return json.dumps({"errors": [{"code": said, "message": "no"}]}), {}


def in_json_message(said):
    return json.dumps({"errors": [{"code": "DENIED", "message": said}]}), {}


def in_oauth_error(said):
    return json.dumps({"error": said, "error_description": said}), {}


def in_text(said):
    return said, {"Content-Type": "text/plain"}


def in_cut_text(said):
    return "x" * 150 + said, {"Content-Type": "text/plain"}


def in_title(said):
    return f"<html><title>{said}</title>", {"Content-Type": "text/html"}


def in_headers(said):
    names = ("Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Location", "Retry-After")
    return "{}", dict.fromkeys(names, said)


def in_challenge(said):
    words = said.replace('"', "")
    return "{}", {"WWW-Authenticate": f'{words.replace(" ", ", ")}, Bearer realm="{words}",error="{words}"'}


def in_realm(said):
    return "{}", {"WWW-Authenticate": f'Bearer realm="ftp://{said.replace(" ", "%20")}/"'}


def in_location(said):
    return "{}", {"Location": f"gopher://{said.replace(' ', '%20')}/"}


PLACES = (in_json_code, in_json_message, in_oauth_error, in_text, in_cut_text, in_title, in_headers, in_challenge,
          in_realm, in_location)  # fmt: skip


def written(status, reason, body, headers):
    lines = {"Content-Length": len(body.encode()), **headers}
    text = "".join(f"{name}: {' '.join(str(value).split())}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {reason}\r\n{text}\r\n".encode() + body.encode()


STATUSES = (400, 401, 403, 404, 500, 200, 407, 302, 405)
EVERY = 8  # of all calls and places each encoding has another eighth


class Echo:
    """A proxy, and behind it a registry with its token server; `who` repeats requests in what it answers."""

    def __init__(self, who, status, place, encode, scheme):
        self.who, self.status, self.place, self.encode, self.scheme = who, status, place, encode, scheme

    def __call__(self, asked):
        said = words_of(asked, self.encode)
        path = asked.target.removeprefix(URL)
        if self.who == "proxy":
            return self.echoed(said)
        if path.startswith("/token"):
            grant = json.dumps({"token": HANDED_OUT})
            return self.echoed(said) if self.who == "token" else written(200, "OK", grant, {})
        if "authorization" not in asked.headers:
            challenge = f'{self.scheme} realm="{URL}/token",service="s"'
            return written(401, "No", "{}", {"WWW-Authenticate": challenge})
        return self.echoed(said) if self.who == "registry" else written(200, "OK", "{}", {})

    def echoed(self, said):
        body, headers = self.place(said)
        return written(self.status, " ".join(said.split()), body, headers)


CALLS = {
    "info": lambda client: client.inspect_registry(),
    "catalog": lambda client: client.list_repositories(),
    "tags": lambda client: client.list_tags("team/app"),
    "image": lambda client: client.inspect_image(ImageQuery("team/app", "1")),
    "delete": lambda client: client.delete_image("team/app", "1"),
    "upload": lambda client: upload_blob(client._session, "team/app", BLOB, b"x"),
    "manifest": lambda client: put_manifest(client._session, "team/app", "1", b"{}", "application/json"),
}  # fmt: skip


async def shown(url, login, call):
    """Everything that a user can see of one call."""
    async with RegistryClient(Settings(url, login, retries=0, timeout=5)) as client:
        try:
            return json.dumps(await call(client), default=lambda value: getattr(value, "as_result", value.__repr__)())
        except RegistryError as error:
            return f"{error} {error!r} {error.one_line()} {json.dumps(error.as_values(), ensure_ascii=False)}"


def leaked(text):
    """Secrets, or what can be read of them, in any of the encodings."""
    text = text.lower()
    forms = ((secret, encode(secret).lower()) for secret in SECRETS for encode in ENCODINGS.values())
    return [secret for secret, form in forms if form[:12] in text]


@pytest.fixture
def logins(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"registry.test:5000": {"identitytoken": IDENTITY}}}))
    return {
        "password": Login("ci", PASSWORD), "token": Login(token=REGISTRY_TOKEN),
        "identity": Login(config_path=str(tmp_path)),
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("who", "kind", "scheme"), [
    ("registry", "password", "Basic"), ("registry", "password", "Bearer"), ("registry", "token", "Bearer"),
    ("registry", "identity", "Bearer"), ("token", "password", "Bearer"), ("token", "identity", "Bearer"),
    ("proxy", "password", "Basic"),
])  # fmt: skip
def test_what_is_repeated_is_not_shown(who, kind, scheme, encoding, logins, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    echo = Echo(who, 400, in_text, ENCODINGS[encoding], scheme)
    with RawServer(echo) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://pro:{quote(PROXY, safe='')}@{server.netloc}")
        for number, (name, echo.place) in enumerate(itertools.product(CALLS, PLACES)):
            if number % EVERY != list(ENCODINGS).index(encoding) % EVERY:
                continue
            echo.status = STATUSES[number % len(STATUSES)]
            text = asyncio.run(shown(URL, logins[kind], CALLS[name])) + caplog.text
            assert not leaked(text), (name, echo.place.__name__, echo.status, text)
            caplog.clear()


@settings(deadline=None)
@example("000%", "percent")
@example("%25%", "percent")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4), st.sampled_from(sorted(ENCODINGS)))
def test_a_password_is_removed_in_each_form(password, encoding):
    known, login = Secrets(), b64(f"ci:{password}")
    known.learn([("Authorization", f"Basic {login}")])
    for secret in (password, login):
        assert re.fullmatch(r"\(\*\*\*(=|%3d){0,2}\)", known.mask(f"({ENCODINGS[encoding](secret)})").lower())


def test_the_beginning_of_a_secret_at_the_end_of_a_text_is_removed():
    known = Secrets()
    known.learn([("Authorization", f"Bearer {REGISTRY_TOKEN}")])
    assert known.mask(f"got {REGISTRY_TOKEN[:-3]}") == f"got {MASK}"
    assert known.mask("got token.of") == f"got {MASK}" and known.mask("got token") == "got token"


def test_a_signature_of_a_foreign_url_is_removed():
    known = Secrets()
    known.learn([], signed_url="https://storage.example.com/blob?X-Amz-Signature=0123456789abcdef01&n=1")
    assert known.mask("0123456789ABCDEF01 of 1") == f"{MASK} of 1"


def test_standard_codes_stay_what_they_are():
    """A password that is part of one would otherwise change decisions."""
    known = Secrets()
    known.learn([("Authorization", "Basic " + b64("ci:blob"))])
    error = problem("refused", registry="r", doing="take", what="x", status=404, registry_code="BLOB_UNKNOWN")
    assert error.registry_code == "BLOB_UNKNOWN" and printable("the blob") == f"the {MASK}"
