# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Basic and token authentication and TLS, as clients meet them."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import trustme
from plain_http import Answer, Wire, basic, digest_of

from pytest_oci_registry.proxy import FaultProxy
from pytest_oci_registry.server import EmbeddedRegistry, Tls, TokenAuth

Start = Callable[..., EmbeddedRegistry]
USER = basic("user", "pass")
DIGEST = digest_of(b"data")


def challenge(answer: Answer) -> dict[str, str]:
    """The parameters of a bearer challenge."""
    assert answer.status == 401
    scheme, _space, rest = answer.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


def token(registry: EmbeddedRegistry, *scopes: str, authorization: str = USER) -> Answer:
    query = "&".join(f"scope={quote(scope)}" for scope in scopes)
    headers = {"Authorization": authorization} if authorization else {}
    return Wire(registry.token_url).send("GET", f"/token?service=registry&{query}", **headers)


def bearer(answer: Answer, field: str = "token") -> str:
    assert answer.status == 200, answer
    return f"Bearer {answer.json()[field]}"


def test_basic(registry_with: Start) -> None:
    wire = Wire(registry_with(auth=("basic", "user", "pass")).url)
    assert wire.send("GET", "/v2/").headers["www-authenticate"].startswith("Basic ")
    assert wire.send("GET", "/v2/", Authorization=USER).status == 200
    for wrong in (basic("user", "wrong"), "Basic !", "Bearer x", "Basic"):
        assert wire.send("GET", "/v2/", Authorization=wrong).status == 401


def test_the_way_to_a_token(registry_with: Start) -> None:
    registry = registry_with(auth=("token", "user", "pass"))
    wire = Wire(registry.url)
    wanted = challenge(wire.send("POST", "/v2/team/app/blobs/uploads/"))
    assert wanted == {"realm": f"{registry.url}/token", "service": "registry", "scope": "repository:team/app:pull,push"}
    given = bearer(token(registry, wanted["scope"]))
    assert wire.send("POST", "/v2/team/app/blobs/uploads/", Authorization=given).status == 202


def test_wrong_passwords_get_no_token(registry_with: Start) -> None:
    registry = registry_with(auth=("token", "user", "pass"))
    assert token(registry, "repository:a:pull", authorization=basic("user", "wrong")).status == 401
    assert token(registry, "repository:a:pull", authorization="").status == 401


@pytest.mark.parametrize(
    ("scope", "method", "path", "problem"),
    [
        ("repository:b:pull,push", "GET", "/v2/a/tags/list", "insufficient_scope"),
        ("repository:a:pull", "POST", "/v2/a/blobs/uploads/", "insufficient_scope"),
        ("repository:a:pull,push", "DELETE", "/v2/a/manifests/v1", "insufficient_scope"),
        ("repository:a:pull,push", "POST", f"/v2/a/blobs/uploads/?mount={DIGEST}&from=b", "insufficient_scope"),
        ("repository:a:pull", "GET", "/v2/_catalog", "insufficient_scope"),
    ],
)
def test_scopes_are_checked(registry_with: Start, scope: str, method: str, path: str, problem: str) -> None:
    registry = registry_with(auth=("token", "user", "pass"))
    wire = Wire(registry.url, authorization=bearer(token(registry, scope)))
    wanted = challenge(wire.send(method, path))
    assert wanted["error"] == problem
    assert wire.send(method, path, Authorization=bearer(token(registry, *wanted["scope"].split()))).status < 405


def test_tokens_end(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", lifetime=0))
    answer = token(registry)
    assert answer.json()["expires_in"] == 0
    assert challenge(Wire(registry.url).send("GET", "/v2/", Authorization=bearer(answer)))["error"] == "invalid_token"


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ("token", {"token"}),
        ("access_token", {"access_token"}),
        ("both", {"token", "access_token"}),
    ],
)
def test_fields_of_the_answer(registry_with: Start, answer: str, fields: set[str]) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", answer=answer))
    assert set(token(registry).json()) == {*fields, "expires_in"}


def post(registry: EmbeddedRegistry, **form: str) -> Answer:
    body = urlencode({"service": "registry", "client_id": "test", "scope": "repository:a:pull,push", **form}).encode()
    return Wire(registry.token_url).send("POST", "/token", body, Content_Type="application/x-www-form-urlencoded")


def test_oauth2_by_password_and_refresh_token(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass"))
    first = post(registry, grant_type="password", username="user", password="pass", access_type="offline")
    again = post(registry, grant_type="refresh_token", refresh_token=first.json()["refresh_token"])
    wire = Wire(registry.url, authorization=bearer(again))
    assert wire.send("POST", "/v2/a/blobs/uploads/").status == 202
    assert post(registry, grant_type="password", username="user", password="wrong").status == 401
    assert post(registry, grant_type="refresh_token", refresh_token="wrong").status == 401
    assert registry.requests.writes == registry.requests.filter(operation="upload_start")


def test_identity_tokens(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", identity_token="identity"))
    assert post(registry, grant_type="refresh_token", refresh_token="identity").status == 200


def test_a_token_service_without_post(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", oauth2=False))
    assert post(registry, grant_type="password", username="user", password="pass").status == 404


def test_strangers_may_pull_where_that_is_allowed(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", anonymous_pull=True))
    registry.store.create("a")
    wire = Wire(registry.url, authorization=bearer(token(registry, "repository:a:pull,push", authorization="")))
    assert wire.send("GET", "/v2/a/tags/list").status == 200
    assert wire.send("POST", "/v2/a/blobs/uploads/").status == 401


def test_the_realm_may_be_another_host(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", realm="other", path="/jwt/auth"))
    realm = challenge(Wire(registry.url).send("GET", "/v2/"))["realm"]
    assert realm == f"{registry.token_url}/jwt/auth" != f"{registry.url}/jwt/auth"
    assert Wire(registry.token_url).send("GET", "/jwt/auth", Authorization=USER).status == 200
    assert [(entry.operation, entry.server) for entry in registry.requests][-1] == ("token", "token")


def test_the_realm_may_be_any_url(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", realm="https://auth.example/token"))
    assert challenge(Wire(registry.url).send("GET", "/v2/"))["realm"] == "https://auth.example/token"


def test_faults_of_the_token_service(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass", realm="other"))
    registry.fail("token", status=503)
    assert [token(registry).status for _number in range(2)] == [503, 200]


@pytest.mark.parametrize("through_proxy", [False, True])
def test_tokens_that_expire_in_the_middle(registry_with: Start, through_proxy: bool) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass"))
    given = bearer(token(registry, "repository:a:pull,push"))
    with FaultProxy(registry.url) as proxy:
        server = proxy if through_proxy else registry
        wire = Wire(server.url, authorization=given)
        assert wire.send("GET", "/v2/", Authorization="").status == 401
        rule = server.expire_tokens(after=2)
        statuses = [wire.send("POST", "/v2/a/blobs/uploads/").status for _number in range(4)]
        assert (statuses, rule.hits) == ([202, 202, 401, 401], 1)
        again = bearer(token(registry, "repository:a:pull,push"))
        assert wire.send("POST", "/v2/a/blobs/uploads/", Authorization=again).status == 202


def test_the_proxy_brings_realms_and_locations_home(registry_with: Start) -> None:
    registry = registry_with(auth=TokenAuth("user", "pass"))
    with FaultProxy(registry.url, tls=True) as proxy:
        wire = Wire(proxy.url, ca_file=proxy.ca_file)
        wanted = challenge(wire.send("POST", "/v2/a/blobs/uploads/"))
        assert wanted["realm"] == f"{proxy.url}/token"
        given = bearer(wire.send("GET", f"/token?scope={quote(wanted['scope'])}", Authorization=USER))
        wire.authorization = given
        location = wire.start("a")
        assert location.startswith(f"{proxy.url}/v2/a/blobs/uploads/")
        stored = wire.put(location, DIGEST, b"data")
        assert wire.send("GET", stored.headers["location"]).body == b"data"


def test_the_proxy_before_tls(registry_with: Start) -> None:
    registry = registry_with(tls=True)
    with FaultProxy(registry.url, target_ca=registry.ca_file) as proxy:
        assert Wire(proxy.url).upload("a", b"data") == DIGEST
    stranger = registry_with(tls=True)
    with FaultProxy(registry.url, target_ca=stranger.ca_file) as proxy:
        assert Wire(proxy.url).send("GET", "/v2/").status == 502


def test_tls(registry_with: Start) -> None:
    registry = registry_with(tls=True)
    assert registry.url.startswith("https://127.0.0.1:")
    assert Wire(registry.url, ca_file=registry.ca_file).upload("a", b"data") == DIGEST
    with pytest.raises(ssl.SSLError):
        Wire(registry.url).send("GET", "/v2/")


def test_clients_that_need_a_certificate(registry_with: Start) -> None:
    registry = registry_with(tls=True, tls_client_required=True)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Wire(registry.url, ca_file=registry.ca_file).send("GET", "/v2/")
    assert registry.tls is not None
    wire = Wire(
        registry.url,
        ca_file=registry.ca_file,
        client=(str(registry.tls.client_certificate), str(registry.tls.client_key)),
    )
    assert wire.send("GET", "/v2/").status == 200


def test_certificates_that_the_test_brings(registry_with: Start, tmp_path: Path) -> None:
    servers, clients = trustme.CA(), trustme.CA()
    pair, known = servers.issue_cert("127.0.0.1"), clients.issue_cert("client@registry.test")
    written = {
        "ca": servers.cert_pem, "clients": clients.cert_pem, "certificate": pair.cert_chain_pems[0],
        "key": pair.private_key_pem, "client": known.private_key_and_cert_chain_pem,
    }
    for name, part in written.items():
        part.write_to_path(tmp_path / name)
    files = {name: tmp_path / name for name in ("certificate", "key", "ca")}
    registry = registry_with(tls=Tls(**files, client_ca=tmp_path / "clients", client_required=True))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Wire(registry.url, ca_file=str(tmp_path / "ca")).send("GET", "/v2/")
    client = (str(tmp_path / "client"), str(tmp_path / "client"))
    assert Wire(registry.url, ca_file=str(tmp_path / "ca"), client=client).send("GET", "/v2/").status == 200


def test_faults_over_tls(registry_with: Start) -> None:
    registry = registry_with(tls=True)
    wire = Wire(registry.url, ca_file=registry.ca_file)
    registry.fail("ping", reset_after=0)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        wire.send("GET", "/v2/")
    started = time.monotonic()
    registry.down()
    registry.up()
    assert (wire.send("GET", "/v2/").status, time.monotonic() - started < 2) == (200, True)
