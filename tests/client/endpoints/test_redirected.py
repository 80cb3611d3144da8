# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A redirect does not mean that a blob or manifest exists: the answer behind it decides, for each code and target."""

from __future__ import annotations

import asyncio

import pytest
from raw_server import RawServer, answer
from registry_api_v2_client.endpoints.blobs import blob_exists
from registry_api_v2_client.endpoints.manifests import head_manifest
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.reference import digest_of
from registry_api_v2_client.settings import Login, Settings
from registry_api_v2_client.transport.session import Session

DATA = b'{"schemaVersion": 2, "layers": []}'
DIGEST = digest_of(DATA)
FOLLOWED, NOT_FOLLOWED = (301, 302, 303, 307, 308), (300, 304, 305, 306, 399)
THERE, ABSENT = True, False

# what answers behind the redirect: where it is, its status for HEAD and for GET, and what follows from them
TARGETS = {
    "the same host has it": ("/there", 200, 200, THERE),
    "the same host lacks it": ("/there", 404, 404, ABSENT),
    "the same host serves it by GET only": ("/there", 405, 200, THERE),
    "the same host refuses HEAD and lacks it": ("/there", 403, 404, ABSENT),
    "a login page": ("/login", "page", "page", "not-a-registry"),
    "a login page elsewhere": ("other/login", "page", "page", "not-a-registry"),
    "storage has it": ("other/x", 200, 200, THERE),
    "storage lacks it": ("other/x", 404, 404, ABSENT),
    "storage serves it by GET only": ("other/x", 403, 200, THERE),
    "storage refuses HEAD and lacks it": ("other/x", 501, 404, ABSENT),
    "a URL that is signed for GET": ("other/x?X-Amz-Signature=0123", 403, 200, THERE),
    "another URL that is signed for GET": ("other/x?sig=0123", 400, 200, THERE),
    "a signed URL of nothing": ("other/x?sig=0123", 404, 404, ABSENT),
    "a registry that has moved and requires a login": ("other/x", 401, 401, "redirected"),
    "itself": ("/v2/app/{kind}/{digest}", 200, 200, "hostile-answer"),
    "a file": ("file:///etc/passwd", 200, 200, "hostile-answer"),
    "nowhere": ("", 200, 200, "refused"),
}


def served(status):
    if status == "page":
        return answer(200, b"<!DOCTYPE html><title>Log in</title>", Content_Type="text/html")
    kind = media_types.OCI_MANIFEST
    return answer(status, DATA if status == 200 else b"", Content_Type=kind, Docker_Content_Digest=DIGEST)


def without_body(asked, data):
    return data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if asked.method == "HEAD" else data


def outcome(code, location, statuses, call, kind, retries=0, received=None):
    """Return what `call` says of a blob or manifest whose every request is redirected by `code` to `location`."""
    def behind(asked):
        if received is not None:
            received.append(asked.method)
        return without_body(asked, served(statuses[asked.method]))

    def registry(asked):
        if asked.path == "/v2/":
            return answer()
        if not asked.path.startswith("/v2/"):
            return behind(asked)
        target = location.format(kind=kind, digest=DIGEST).replace("other/", f"{other.url}/")
        return without_body(asked, answer(code, b"", **({"Location": target} if target else {})))

    async def main(url):
        settings = Settings(url, login=Login("ci", "s3cr3t"), retries=retries, timeout=5)
        async with Session(settings, environ={}) as session:
            return await call(session, "app", DIGEST) not in (False, None)

    with RawServer(registry) as server, RawServer(behind) as other:
        try:
            return asyncio.run(main(server.url))
        except RegistryError as error:
            return error.code


@pytest.mark.parametrize(("call", "kind"), [(blob_exists, "blobs"), (head_manifest, "manifests")])
@pytest.mark.parametrize("target", TARGETS)
def test_the_answer_behind_a_redirect_decides(target, call, kind):
    location, head, get, expected = TARGETS[target]
    for code in FOLLOWED:
        assert outcome(code, location, {"HEAD": head, "GET": get}, call, kind) == expected, code


@pytest.mark.parametrize(("call", "kind"), [(blob_exists, "blobs"), (head_manifest, "manifests")])
@pytest.mark.parametrize("code", NOT_FOLLOWED)
def test_other_codes_are_refusals(code, call, kind):
    assert outcome(code, "/there", {"HEAD": 200, "GET": 200}, call, kind) == "refused"


@pytest.mark.parametrize("location", ["/there", "other/x"])
def test_what_is_absent_behind_a_redirect_is_not_requested_again(location):
    received = []
    assert outcome(301, location, {"HEAD": 404, "GET": 404}, head_manifest, "manifests", 4, received) is ABSENT
    assert received == ["HEAD", "GET"]
