# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The session: one loop, one process, one registry that gets the credentials, one pace for all requests."""

from __future__ import annotations

import asyncio
import multiprocessing

import pytest
from raw_server import RawServer, answer
from registry_api_v2_client.endpoints.blobs import blob_exists, read_blob
from registry_api_v2_client.endpoints.uploads import upload_blob
from registry_api_v2_client.errors import RefusedError, RegistryError
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.request import Request
from registry_api_v2_client.transport.session import Session
from scripted import Script, no_wait, play
from sending import layer

DATA = b"bytes"
DIGEST = digest_of(DATA)
BLOB = f"/v2/app/blobs/{DIGEST}"
PING = Request("ping", "GET", "/v2/", "its API")


def test_another_loop_is_told_that_it_is_one(script):
    session = Session(Settings("http://127.0.0.1:1"), environ={})

    async def open_and_leave():
        async with session:
            return session._home

    home = asyncio.run(open_and_leave())
    session._home = home
    with pytest.raises(RegistryError) as caught:
        asyncio.run(session.send(PING))
    assert caught.value.code == "wrong-loop"


def test_a_session_that_was_not_opened_says_so():
    with pytest.raises(RegistryError) as caught:
        asyncio.run(Session(Settings("http://127.0.0.1:1"), environ={}).send(PING))
    assert caught.value.code == "wrong-loop"


async def send_in_child(session, results):
    try:
        await session.send(PING)
    except RegistryError as error:
        results.put(error.code)


def test_after_a_fork_the_client_says_so():
    context = multiprocessing.get_context("fork")
    results = context.Queue()

    async def main():
        async with Session(Settings("http://127.0.0.1:1"), environ={}) as session:
            process = context.Process(target=lambda: asyncio.run(send_in_child(session, results)))
            process.start()
            process.join(10)

    asyncio.run(main())
    assert results.get(timeout=5) == "wrong-loop"


def leak(target, headers=None, method="GET"):
    """Return what a second host was sent after the first one, which has our login, named it."""
    first, second = Script(), Script()

    async def main():
        async with second.serving() as other, first.serving() as url:
            target(first, second, other)
            settings = Settings(url, login=Login(username="user", password="secret"), timeout=5, retries=0)
            async with Session(settings, environ={}, sleep=no_wait) as session:
                await upload_or_read(session, method)

    asyncio.run(main())
    first.check()
    second.check()
    assert any("authorization" in request.headers for request in first.received)
    return second.received


async def upload_or_read(session, method):
    if method == "PUT":
        await upload_blob(session, "app", layer(DIGEST, len(DATA)), DATA)
    else:
        assert await read_blob(session, "app", DIGEST) == DATA


def asks_for_login(script):
    script.expect("GET", "/v2/").answer(401, www_authenticate='Basic realm="r"')


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_takes_no_credentials_along(status):
    def target(first, second, other):
        asks_for_login(first)
        step = first.expect("GET", BLOB, sends={"Authorization": "Basic dXNlcjpzZWNyZXQ="})
        step.answer(status, location=f"{other}/storage?X=a%2Fb", set_cookie="session=1")
        second.expect("GET", "/storage?X=a%2Fb").answer(200, DATA)

    (request,) = leak(target)
    assert not {"authorization", "cookie", "proxy-authorization"} & set(request.headers)


def test_a_location_on_another_host_gets_the_blob_and_no_credentials():
    def target(first, second, other):
        asks_for_login(first)
        first.expect("POST", "/v2/app/blobs/uploads/").answer(202, location=f"{other}/u/1?sig=a%2Bb", set_cookie="a=b")
        second.expect("PUT", f"/u/1?sig=a%2Bb&digest={DIGEST}", body=DATA).answer(201)

    (request,) = leak(target, method="PUT")
    assert not {"authorization", "cookie"} & set(request.headers)


def test_a_401_of_another_host_is_not_answered_with_our_login():
    def target(first, second, other):
        asks_for_login(first)
        first.expect("GET", BLOB).answer(307, location=f"{other}/storage")
        second.expect("GET", "/storage").answer(401, www_authenticate='Basic realm="mine"')

    with pytest.raises(RefusedError):
        leak(target)


def test_a_cookie_is_never_sent_back(script):
    """Harbor's session cookie would make it ask for a CSRF token at the next write."""
    for _request in range(2):
        script.expect("HEAD", BLOB, lacks=("Cookie",)).answer(200, set_cookie="sid=1; Path=/")

    async def twice(send):
        return [await blob_exists(send, "app", DIGEST) for _request in range(2)]

    assert play(script, twice) == [True, True]


def test_redirects_without_end_end(script):
    for _hop in range(5):
        script.expect("GET", BLOB).answer(307, location=BLOB)
    with pytest.raises(RefusedError, match="redirects without end"):
        play(script, lambda send: read_blob(send, "app", DIGEST))


@pytest.mark.parametrize("target", ["/v2/a b", "/v2/a\r\nX: y", "/v2/a\tb", "/v2/\u00e4", "/v2/a\x7f", "/v2/a\0"])
def test_what_no_request_line_can_hold_is_never_sent(script, target):
    """aiohttp 3.8 and 3.9 write it there as it is, and a proxy reads two requests."""
    with pytest.raises(RefusedError, match="no URL may hold") as caught:
        play(script, lambda send: send.send(Request("blob_get", "GET", target, "a blob", "app", authorize=False)))
    assert caught.value.code == "hostile-answer" and not script.received


def waits(script, call, **settings):
    """Return the seconds that the session asked to sleep."""
    asked = []

    async def sleep(seconds):
        asked.append(seconds)

    async def main():
        async with script.serving() as url:
            options = Settings(url, login=Login(anonymous=True), **settings)
            async with Session(options, environ={}, sleep=sleep) as session:
                await call(session)

    asyncio.run(main())
    script.check()
    return asked


def test_retry_after_is_obeyed(script):
    script.expect("HEAD", BLOB).answer(429, retry_after="7")
    script.expect("HEAD", BLOB).answer(200)
    asked = waits(script, lambda send: blob_exists(send, "app", DIGEST))
    assert 6.5 < asked[0] <= 7


class Clock:
    """A clock that moves by what is slept."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(("down", "survived"), [(15, True), (60, False)])
@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_a_registry_that_restarts_within_fifteen_seconds_is_survived(down, survived, chance, monkeypatch):
    monkeypatch.setattr("random.random", lambda: chance)
    clock = Clock()

    async def main(url):
        settings = Settings(url, login=Login(anonymous=True))
        async with Session(settings, environ={}, sleep=clock.sleep, clock=clock) as session:
            return await blob_exists(session, "app", DIGEST)

    with RawServer(lambda asked: answer(200 if clock.now >= 1000 + down or asked.path == "/v2/" else 503)) as server:
        if survived:
            assert asyncio.run(main(server.url)) is True
            return
        with pytest.raises(RefusedError, match=rf"503 to 5 tries in {18 if chance == 0 else 24} s") as caught:
            asyncio.run(main(server.url))
    assert caught.value.code == "gave-up"


def test_a_wait_that_one_request_was_told_holds_the_others(script):
    script.expect("HEAD", BLOB).answer(429, retry_after="9")
    script.expect("HEAD", BLOB).answer(200)
    script.expect("HEAD", BLOB).answer(200)

    async def one_then_another(send):
        await blob_exists(send, "app", DIGEST)
        await blob_exists(send, "app", DIGEST)

    asked = waits(script, one_then_another)
    assert len(asked) == 3 and all(8 < seconds <= 9 for seconds in asked)  # the fake sleep lets no time pass


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_request_is_tried_as_often_as_the_settings_say(script, retries):
    for _try in range(retries + 1):
        script.expect("HEAD", BLOB).answer(502)
    with pytest.raises(RefusedError) as caught:
        play(script, lambda send: blob_exists(send, "app", DIGEST), retries=retries)
    assert caught.value.code == "gave-up"
    script.check()


def test_no_message_holds_a_query_or_a_header(script):
    script.expect("POST", "/v2/app/blobs/uploads/").answer(202, location="/u/1?_state=SECRET")
    script.expect("PUT", f"/u/1?_state=SECRET&digest={DIGEST}").answer(400, b'{"errors":[{"code":"X"}]}', x="SECRET")
    script.expect("GET", "/u/1?_state=SECRET").answer(404)
    with pytest.raises(RefusedError) as caught:
        play(script, lambda send: upload_blob(send, "app", layer(DIGEST, len(DATA)), DATA))
    assert "SECRET" not in str(caught.value) + repr(caught.value.details())
