# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The authorizer's decisions, as scripts of requests and answers."""

from __future__ import annotations

import base64
import os
import re

import pytest
from auth_talk import BASIC, BEARER, REALM, URL, Talk, answer, challenge, form, grant, header, request, token_query
from registry_api_v2_client.errors import AuthenticationError, RefusedError, RegistryError
from registry_api_v2_client.reference import parse_registry
from registry_api_v2_client.settings import Login
from registry_api_v2_client.transport.auth.auth import Authorizer
from registry_api_v2_client.transport.auth.credentials import Credentials
from registry_api_v2_client.transport.request import Answer

OPEN = answer(200, {})
CI = "Basic " + base64.b64encode(b"ci:s3cr3t").decode()
IDENTITY = Credentials("file", "ci", identity_token="1dent1ty")


def test_a_registry_without_login_costs_one_ping() -> None:
    talk = Talk()
    assert header(talk.flow(request(), OPEN)) is None
    assert header(talk.flow(request("blob_head"))) is None
    assert [one.operation for one in talk.asked] == ["ping"]
    assert talk.lookups == 0


def test_no_file_is_read_where_no_login_is_wanted() -> None:
    talk = Talk(Login())
    talk.flow(request(), OPEN)
    assert talk.lookups == 0


def test_basic_goes_with_every_request_once_the_registry_asks_for_it() -> None:
    talk = Talk()
    assert header(talk.flow(request(), challenge(BASIC))) == CI
    assert header(talk.flow(request(repository="other"))) == CI


def test_a_token_is_asked_for_with_the_login_and_one_scope_string() -> None:
    talk = Talk()
    assert header(talk.flow(request(), challenge(), grant())) == "Bearer t1"
    ping, asked = talk.asked
    assert header(ping) is None
    assert (asked.operation, asked.method, asked.target.partition("?")[0], header(asked)) == ("token", "GET", REALM, CI)
    assert not asked.authorize
    assert token_query(asked) == {
        "service": ["reg"], "client_id": ["registry_api_v2_client"], "account": ["ci"],
        "scope": ["repository:team/app:pull,push"],
    }


def test_an_anonymous_token_is_asked_for_without_a_login() -> None:
    talk = Talk(Login(anonymous=True))
    assert header(talk.flow(request("manifest_get"), challenge(), grant())) == "Bearer t1"
    assert header(talk.asked[1]) is None
    assert "account" not in token_query(talk.asked[1])


def test_one_token_serves_a_repository_and_grows_with_its_needs() -> None:
    talk = Talk()
    talk.flow(request("blob_head"), challenge(), grant("pull"))
    assert header(talk.flow(request("manifest_get"))) == "Bearer pull"
    assert header(talk.flow(request("upload_start"), grant("push"))) == "Bearer push"
    assert header(talk.flow(request("blob_head"))) == "Bearer push"
    assert header(talk.flow(request("blob_head", "other"), grant("other"))) == "Bearer other"
    assert token_query(talk.asked[-1])["scope"] == ["repository:other:pull"]


def test_a_mount_has_a_token_of_its_own() -> None:
    talk = Talk()
    talk.flow(request("upload_start"), challenge(), grant("own"))
    mount = request("upload_mount", mount_from="base/os")
    assert header(talk.flow(mount, grant("both"))) == "Bearer both"
    assert token_query(talk.asked[-1])["scope"] == ["repository:team/app:pull,push", "repository:base/os:pull"]
    assert header(talk.flow(request("upload_put"))) == "Bearer own"


@pytest.mark.parametrize("status", [400, 403])
def test_a_mount_goes_on_with_its_own_scope_where_the_other_is_refused(status: int) -> None:
    talk = Talk()
    talk.flow(request("upload_mount", mount_from="base/os"), challenge(), answer(status), grant())
    assert token_query(talk.asked[-1])["scope"] == ["repository:team/app:pull,push"]


def test_quay_refuses_the_action_delete() -> None:
    talk = Talk()
    assert header(talk.flow(request("manifest_delete"), challenge(), answer(400), grant())) == "Bearer t1"
    assert [token_query(one)["scope"] for one in talk.asked[1:]] == [
        ["repository:team/app:pull,push,delete"], ["repository:team/app:*"]]
    assert header(talk.flow(request("manifest_delete"))) == "Bearer t1"


@pytest.mark.parametrize(
    ("life", "kept", "over"),
    [(300, 239, 241), (3600, 2879, 2881), (10**30, 69000, 69200), *((odd, 29, 31) for odd in (5, None, -1, "x", True))],
)
def test_a_token_is_renewed_before_it_ends(life: object, kept: int, over: int) -> None:
    talk = Talk()
    talk.flow(request(), challenge(), grant(expires_in=life))
    talk.now += kept
    assert header(talk.flow(request())) == "Bearer t1"
    talk.now += over - kept
    assert header(talk.flow(request(), grant("t2"))) == "Bearer t2"


def test_the_age_of_a_token_counts_by_the_servers_own_clock() -> None:
    talk = Talk()
    body = {"token": "t1", "expires_in": 600, "issued_at": "2001-01-01T00:00:00.123456789Z"}
    talk.flow(request(), challenge(), answer(200, body, REALM, Date="Mon, 01 Jan 2001 00:05:00 GMT"))
    talk.now += 241  # four fifths of the 300 s that are left
    assert header(talk.flow(request(), grant("t2"))) == "Bearer t2"


@pytest.mark.parametrize("issued_at", ["rubbish", 7, None, "2999-01-01T00:00:00Z", "0000-00-00T00:00:00Z"])
def test_an_issue_time_that_means_nothing_is_passed_over(issued_at: object) -> None:
    talk = Talk()
    body = {"token": "t1", "expires_in": 600, "issued_at": issued_at}
    talk.flow(request(), challenge(), answer(200, body, REALM, Date="Mon, 01 Jan 2001 00:05:00 GMT"))
    talk.now += 470
    assert header(talk.flow(request())) == "Bearer t1"


def test_azure_calls_the_token_access_token() -> None:
    assert header(Talk().flow(request(), challenge(), answer(200, {"access_token": "acr"}, REALM))) == "Bearer acr"


def test_an_identity_token_is_posted_as_refresh_token() -> None:
    talk = Talk(Login(), found=IDENTITY)
    assert header(talk.flow(request(), challenge(), grant())) == "Bearer t1"
    asked = talk.asked[1]
    assert (asked.method, asked.target, header(asked)) == ("POST", REALM, None)
    assert form(asked) == {
        "grant_type": ["refresh_token"], "refresh_token": ["1dent1ty"], "service": ["reg"],
        "client_id": ["registry_api_v2_client"], "scope": ["repository:team/app:pull,push"],
    }


@pytest.mark.parametrize("status", [400, 401, 404, 405])
def test_where_nobody_takes_a_post_the_identity_token_goes_by_get(status: int) -> None:
    talk = Talk(Login(), found=IDENTITY)
    talk.flow(request(), challenge(), answer(status), grant())
    assert talk.asked[2].method == "GET"
    assert header(talk.asked[2]) == "Basic " + base64.b64encode(b"ci:1dent1ty").decode()


def test_where_nobody_takes_a_get_the_password_is_posted() -> None:
    talk = Talk()
    talk.flow(request(), challenge(), answer(405), grant())
    posted = form(talk.asked[2])
    assert (posted["grant_type"], posted["username"], posted["password"]) == (["password"], ["ci"], ["s3cr3t"])


def test_a_registry_token_is_sent_as_it_is() -> None:
    talk = Talk(Login(token="g1ven"))
    assert header(talk.flow(request(), challenge())) == "Bearer g1ven"
    assert len(talk.asked) == 1


def test_a_realm_may_have_a_query_of_its_own() -> None:
    talk = Talk()
    talk.flow(request(), challenge('Bearer realm="https://auth.example.com/t?tenant=7#x",service="a b"'), grant())
    assert talk.asked[1].target.startswith("https://auth.example.com/t?tenant=7&service=a+b&")


def test_a_files_login_is_looked_up_once() -> None:
    talk = Talk(Login(), found=Credentials("file", "ci", "s3cr3t"))
    talk.flow(request(), challenge(BASIC))
    assert header(talk.flow(request(repository="other"))) == CI
    assert talk.lookups == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_request_follows_a_redirect_within_its_origin(status: int) -> None:
    talk = Talk()
    moved = answer(status, url=REALM, Location="/token/?x=1")
    assert header(talk.flow(request(), challenge(), moved, grant())) == "Bearer t1"
    assert (talk.asked[2].target, header(talk.asked[2])) == ("https://auth.example.com/token/?x=1", CI)


@pytest.mark.parametrize("location", [
    "https://evil.example/token", "http://auth.example.com/token", "https://auth.example.com:444/token",
    "https://x@auth.example.com/token", "//evil.example/token", "https://[", "/\r\nX: y",
])
def test_a_token_request_follows_no_redirect_elsewhere(location: str) -> None:
    talk = Talk()
    with pytest.raises(RefusedError) as caught:
        talk.flow(request(), challenge(), answer(302, url=REALM, Location=location))
    assert (len(talk.asked), caught.value.status) == (2, 302)


def test_a_posted_login_is_not_redirected() -> None:
    talk = Talk(Login(), found=IDENTITY)
    with pytest.raises(RefusedError):
        talk.flow(request(), challenge(), answer(307, url=REALM, Location="/token/"))


def test_a_location_beside_a_token_is_not_followed() -> None:
    granted = answer(200, {"token": "t1"}, url=REALM, Location="/token/")
    assert header(Talk().flow(request(), challenge(), granted)) == "Bearer t1"


def test_a_ring_of_redirects_ends() -> None:
    talk = Talk()
    with pytest.raises(RefusedError):
        talk.flow(request(), challenge(), *[answer(302, url=REALM, Location="/token")] * 4)


@pytest.mark.parametrize("realm", ["http://auth.example.com/token", "https://u:p@auth.example.com/", "https://10.0.0.1/t"])
def test_no_login_goes_to_an_unsafe_realm(realm: str) -> None:
    talk = Talk()
    with pytest.raises(AuthenticationError) as caught:
        talk.flow(request(), challenge(f'Bearer realm="{realm}"'))
    assert (caught.value.code, len(talk.asked)) == ("unsafe-realm", 1)


def test_a_realm_of_another_hosts_answer_is_not_learnt() -> None:
    talk = Talk()
    assert header(talk.flow(request(), challenge(url="https://evil.example/v2/"))) is None
    assert talk.renewed(request(), challenge(url="https://evil.example/v2/x")) is None
    assert (len(talk.asked), talk.lookups) == (1, 0)


@pytest.mark.parametrize("target", ["https://evil.example/v2/x", "https://registry.example.com:444/x",
                                    "https://registry.example.com.evil.example/x"])
def test_a_request_to_another_host_carries_nothing(target: str) -> None:
    talk = Talk()
    talk.flow(request(), challenge(BASIC))
    assert header(talk.flow(request(target=target))) is None


@pytest.mark.parametrize("target", ["https://registry.example.com/v2/x", "http://registry.example.com/v2/x",
                                    "https://REGISTRY.example.com:443/x"])
def test_the_registrys_own_address_in_full_is_its_own(target: str) -> None:
    talk = Talk()
    talk.flow(request(), challenge(BASIC))
    assert header(talk.flow(request(target=target))) == CI


def test_a_refused_token_is_renewed_once_for_all_requests() -> None:
    talk = Talk()
    first = talk.flow(request(), challenge(), grant("old"))
    second = talk.flow(request("blob_head"))
    assert header(talk.renewed(first, challenge(), grant("new"))) == "Bearer new"
    assert header(talk.renewed(second, challenge())) == "Bearer new"


def test_a_401_without_challenge_is_renewed_by_that_of_the_ping() -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge(), grant("old"))
    assert header(talk.renewed(sent, answer(401), grant("new"))) == "Bearer new"


def test_the_scope_that_the_registry_asks_for_comes_first() -> None:
    talk = Talk()
    sent = talk.flow(request("blob_head"), challenge(), grant("old"))
    scopes = "repository:real/team/app:push repository:team/app:push"
    talk.renewed(sent, challenge(f'{BEARER},scope="{scopes}",error="insufficient_scope"'), grant("new"))
    assert token_query(talk.asked[-1])["scope"] == ["repository:real/team/app:push", "repository:team/app:pull,push"]
    talk.now += 250
    talk.flow(request("blob_head"), grant("newer"))
    assert token_query(talk.asked[-1])["scope"][0] == "repository:real/team/app:push"


def test_a_registry_that_is_open_for_reading_asks_later() -> None:
    talk = Talk()
    sent = talk.flow(request(), OPEN)
    assert header(talk.renewed(sent, challenge(BASIC))) == CI


def test_a_login_by_password_that_was_refused_is_not_sent_again() -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge(BASIC))
    assert talk.renewed(sent, challenge(BASIC)) is None


def test_nothing_is_left_without_a_login() -> None:
    talk = Talk(Login(anonymous=True))
    sent = talk.flow(request(), challenge(BASIC))
    assert talk.renewed(sent, challenge(BASIC)) is None


def test_a_registry_that_says_401_and_nothing_else_gets_basic() -> None:
    assert header(Talk().flow(request(), answer(401))) == CI


def test_a_ping_is_sent_as_it_is_and_authorized_after_its_401() -> None:
    talk = Talk()
    ping = request("ping", None, "/v2/")
    assert talk.flow(ping) == ping
    assert header(talk.renewed(ping, challenge(), grant())) == "Bearer t1"
    assert "scope" not in token_query(talk.asked[0])


def test_a_request_that_must_stay_bare_stays_bare() -> None:
    talk = Talk()
    talk.flow(request(), challenge(BASIC))
    assert header(talk.flow(request(authorize=False))) is None
    assert talk.renewed(request(authorize=False), challenge()) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'{"token": ""}', b'{"token": 7}', b'{"token": "a\\r\\nb"}', b"[" * 60000,
     b'{"token": "\xc3\xa4"}', b"\xff"],
)
def test_an_answer_without_a_token_is_one_sentence(body: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        Talk().flow(request(), challenge(), answer(200, body, REALM))
    assert caught.value.code == "hostile-answer"
    cause = "a web page" if body.startswith(b"<html") else "no token"
    assert caught.value.message.startswith(f"auth.example.com answered the request for a token with {cause}")


@pytest.mark.parametrize(("status", "body", "headers", "cause"), [
    (200, b"<html><title>Log in</title>", {"Content_Type": "text/html"}, 'a web page titled "Log in"'),
    (403, b"<!DOCTYPE html><title>Blocked</title>", {}, 'a web page titled "Blocked"'),
    (404, b"<html>", {"Content_Type": "text/html"}, "a web page"),
    (302, b"", {"Location": "https://login.example.com/?next=/token"}, "a redirect to login.example.com, where"),
    (307, b"", {"Location": "//[::1"}, "a redirect to nowhere, where no login"),
])
def test_a_token_server_that_sends_us_to_a_page_is_one_sentence(status, body, headers, cause) -> None:
    with pytest.raises(RefusedError, match=re.escape(cause)) as caught:
        Talk().flow(request(), challenge(), answer(status, body, REALM, **headers))
    assert caught.value.code == "hostile-answer"


def error_of(talk: Talk, *answers: Answer) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        talk.flow(request(), *answers)
    return caught.value


def test_the_token_server_refuses_the_login() -> None:
    error = error_of(Talk(), challenge(), answer(401, {"details": "incorrect username or password"}, REALM))
    assert error.one_line() == (
        'registry.example.com refused the login ci from username and password (401 "incorrect username or password").'
        " Check it with `curl -u ci https://registry.example.com/v2/`; tokens run out (ECR: after 12 hours)."
        " [login-refused]"
    )


def test_the_token_server_wants_a_login_and_there_is_none() -> None:
    error = error_of(Talk(Login()), challenge(), answer(403, url=REALM))
    assert error.code == "no-credentials"
    assert "registry.example.com wants a login for team/app, and " in error.message
    assert "(looked at: file)" in error.message


def test_the_token_server_knows_the_login_and_forbids_the_repository() -> None:
    error = error_of(Talk(), challenge(), answer(403, {"errors": [{"code": "DENIED", "message": "no"}]}, REALM))
    assert error.message == (
        'registry.example.com accepts ci but no push to team/app (403 DENIED "no").'
    )
    assert "Give ci the right to push to team/app; Harbor, GitLab, Quay: the project team must exist." in error.hint


def test_the_token_server_is_broken() -> None:
    error = error_of(Talk(), challenge(), answer(404, url=REALM))
    assert error.message == "auth.example.com refused to give a token for team/app: 404."


def test_a_401_although_the_token_server_took_the_login_is_not_the_logins_fault() -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge(), grant())
    assert talk.refusal(sent, challenge()).code == "not-allowed"


@pytest.mark.parametrize(("ping", "code"), [(OPEN, "not-allowed"), (challenge(BASIC), "login-refused")])
def test_by_basic_the_ping_tells_whether_the_login_is_good(ping: Answer, code: str) -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge(BASIC))
    assert talk.refusal(sent, challenge(BASIC), ping).code == code
    assert header(talk.asked[-1]) == CI


def test_if_v2_is_open_a_refused_login_is_not_taken_for_a_good_one() -> None:
    """nginx with limit_except: everybody may read, so that /v2/ says nothing about the password."""
    talk = Talk()
    sent = talk.flow(request(), OPEN)
    sent = talk.renewed(sent, challenge(BASIC)) or sent
    error = talk.refusal(sent, challenge(BASIC))
    assert (error.code, header(sent)) == ("login-refused", CI) and "curl" not in error.hint


@pytest.mark.parametrize(("operation", "message", "hint"), [
    ("upload_start", "no", "the right to push to team/app; Harbor"),
    ("manifest_get", "no", "the right to pull from team/app"),
    ("manifest_delete", "no", "the right to delete in team/app"),
    ("manifest_put", "adding 3 MiB exceeds the quota of the project", "Free space in team"),
    ("manifest_put", "the tag is immutable", "Push under a new tag"),
    ("manifest_put", "repository is locked", "Push under a new tag"),
    ("manifest_get", "vulnerabilities of this image prevent it from being pulled", "about that policy"),
    ("manifest_get", "blocked by policy", "about that policy"),
])
def test_the_hint_follows_what_was_done_and_what_the_registry_says(operation, message, hint) -> None:
    talk = Talk()
    sent = talk.flow(request(operation), challenge(BASIC))
    error = talk.refusal(sent, answer(403, {"errors": [{"code": "DENIED", "message": message}]}))
    assert error.code == "not-allowed" and hint in error.hint


@pytest.mark.parametrize(("uid", "words"), [(0, "those of the user who started the task"), (1000, "root's included")])
def test_whose_logins_are_not_read(uid, words, monkeypatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: uid)
    talk = Talk(Login(anonymous=True))
    hint = talk.refusal(talk.flow(request(), challenge(BASIC)), challenge(BASIC)).hint
    assert hint.endswith(f"logins of other users, {words}, are not read.")


def test_without_a_login_a_401_advises_one_and_a_403_does_not() -> None:
    talk = Talk(Login(anonymous=True))
    sent = talk.flow(request("manifest_get"), challenge(BASIC))
    assert talk.refusal(sent, challenge(BASIC)).code == "no-credentials"
    denied = talk.refusal(sent, answer(403, {"errors": [{"code": "DENIED"}]}))
    assert (denied.code, denied.status, denied.registry_code) == ("not-allowed", 403, "DENIED")
    assert denied.message.startswith("registry.example.com accepts anonymous requests but no pull from team/app")


def test_a_scheme_that_nobody_here_speaks_is_named() -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge("Negotiate"))
    assert talk.renewed(sent, challenge("Negotiate")) is None
    error = talk.refusal(sent, challenge("Negotiate"))
    assert (error.code, "wants a login by negotiate" in error.message) == ("unknown-login", True)


def test_a_servers_words_are_bounded_and_printable() -> None:
    talk = Talk()
    sent = talk.flow(request(), challenge(BASIC))
    error = talk.refusal(sent, answer(403, {"errors": [{"code": "D\x1b[31m", "message": "x\r\n" * 5000}]}))
    assert len(error.message) < 500
    assert error.message.isprintable()


def test_nothing_shows_a_secret() -> None:
    talk = Talk(Login("ci", "s3cr3t"))
    sent = talk.flow(request(), challenge(), answer(405), grant("t0psecret"))
    shown = f"{sent!r}{talk.asked!r}{talk.authorizer!r}{vars(talk.authorizer)!r}{grant('t0psecret')!r}"
    assert "s3cr3t" not in shown
    assert "t0psecret" not in shown
    assert CI.partition(" ")[2] not in shown


def test_half_a_login_is_refused_when_the_client_is_made() -> None:
    with pytest.raises(RegistryError, match="without password"):
        Authorizer(parse_registry(URL), Login("ci"))
