# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an answer means: operation, status and body on one side, code and sentence on the other."""

from __future__ import annotations

import gzip
import json

import pytest
from registry_api_v2_client.formats import media_types
from registry_api_v2_client.reference import Registry
from registry_api_v2_client.transport.answers import Said, decoded, failure, page_for_people, said
from registry_api_v2_client.transport.operations import OPERATIONS
from registry_api_v2_client.transport.request import Answer, Headers, Request

REGISTRY = Registry("http", "registry.example", 5000)
HTML = {"content_type": "text/html"}


def answer(status, body=b"", content_type="application/json"):
    return Answer(status, Headers([("Content-Type", content_type)]), "http://registry.example:5000/v2/", body)


def coded(code, message="a reason"):
    return json.dumps({"errors": [{"code": code, "message": message, "detail": {"a": 1}}]}).encode()


def error_of(operation, status, body=b"", **more):
    headers = (("Content-Type", media_types.DOCKER_MANIFEST),)
    request = Request(operation, "GET", "/", "layer 3 of app:1", "team/app", headers=headers)
    return failure(REGISTRY, request, answer(status, body, **more))


CASES = [
    ("ping", 404, b"404 page not found", {"content_type": "text/plain"}, "not-a-registry",
     "http://registry.example:5000/v2/ is no registry: it answered 404 with text/plain."),
    ("ping", 405, b"<html><title> Wiki\n</title>", HTML, "not-a-registry",
     "http://registry.example:5000/v2/ is no registry: it answered 405 with text/html, titled \"Wiki\"."),
    ("upload_start", 405, b"<html><title> Method\nNot Allowed</title>", HTML, "read-only",
     "registry.example:5000 does not accept pushes to team/app (405 \"Method Not Allowed\"): it is read-only or a "
     "mirror."),
    ("manifest_put", 405, coded("UNSUPPORTED"), {}, "read-only",
     "registry.example:5000 does not accept pushes to team/app (405 UNSUPPORTED \"a reason\"): it is read-only or a "
     "mirror."),
    ("manifest_get", 405, b"<html>", HTML, "web-page",
     "registry.example:5000 answered layer 3 of app:1 with a web page (405, text/html), as no registry does."),
    ("upload_start", 403, b"<html><title>Request blocked</title>", HTML, "web-page",
     "registry.example:5000 answered layer 3 of app:1 with a web page (403, text/html, titled \"Request blocked\"), as "
     "no registry does."),
    ("manifest_put", 400, b"<html><title>Request blocked</title>", HTML, "web-page",
     "registry.example:5000 answered layer 3 of app:1 with a web page (400, text/html, titled \"Request blocked\"), as "
     "no registry does."),
    ("ping", 400, b"Client sent an HTTP request to an HTTPS server.\n", {}, "wrong-scheme",
     "registry.example:5000 speaks https, but registry_url says http."),
    ("blob_get", 400, b"<html>The plain HTTP request was sent to HTTPS port", HTML, "wrong-scheme",
     "registry.example:5000 speaks https, but registry_url says http."),
    ("upload_put", 413, b"<html>413</html>", HTML, "body-too-large",
     "registry.example:5000 refused layer 3 of app:1 with 413: something before the registry limits the size of a "
     "request."),
    ("upload_start", 404, coded("NAME_UNKNOWN"), {}, "no-repository",
     "registry.example:5000 has no repository team/app and makes none by itself (NAME_UNKNOWN)."),
    ("manifest_put", 404, b"", {}, "no-repository",
     "registry.example:5000 has no repository team/app and makes none by itself (404)."),
    ("manifest_put", 404, coded("MANIFEST_BLOB_UNKNOWN"), {}, "refused",
     "registry.example:5000 refused to take layer 3 of app:1: 404 MANIFEST_BLOB_UNKNOWN \"a reason\"."),
    ("upload_put", 404, coded("BLOB_UPLOAD_UNKNOWN"), {}, "not-found",
     "registry.example:5000 has no layer 3 of app:1 BLOB_UPLOAD_UNKNOWN \"a reason\"."),
    ("manifest_delete", 405, coded("UNSUPPORTED"), {}, "deletion-off",
     "registry.example:5000 has deletion switched off (405 UNSUPPORTED \"a reason\"); nothing was deleted."),
    ("manifest_put", 400, coded("MANIFEST_INVALID"), {}, "manifest-refused",
     "registry.example:5000 has all blobs of layer 3 of app:1 but refuses its manifest "
     "(application/vnd.docker.distribution.manifest.v2+json): 400 MANIFEST_INVALID \"a reason\"."),
    ("manifest_put", 400, coded("TAG_INVALID"), {}, "refused",
     "registry.example:5000 refused to take layer 3 of app:1: 400 TAG_INVALID \"a reason\"."),
    ("upload_put", 503, b"", {}, "gave-up",
     "registry.example:5000 answered 503 while layer 3 of app:1 was sent."),
    ("upload_start", 500, coded("UNKNOWN", "no space left on device"), {}, "gave-up",
     "registry.example:5000 answered 500 UNKNOWN \"no space left on device\" while layer 3 of app:1 was announced."),
    ("tags", 418, b"I am a teapot", {"content_type": "text/plain"}, "refused",
     "registry.example:5000 refused to list layer 3 of app:1: 418 \"I am a teapot\"."),
]


@pytest.mark.parametrize(("operation", "status", "body", "more", "code", "sentence"), CASES)
def test_each_answer_has_its_sentence(operation, status, body, more, code, sentence):
    error = error_of(operation, status, body, **more)
    assert (error.code, error.message) == (code, sentence)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("status", [301, 400, 404, 405, 413, 429, 500])
def test_every_operation_has_a_sentence_for_every_status(operation, status):
    error = error_of(operation, status, coded("X"))
    assert "{" not in str(error) and error.retryable == (status in (429, 500))


def test_a_refused_docker_manifest_advises_the_other_format():
    assert "manifest_format: oci" in error_of("manifest_put", 400, coded("MANIFEST_INVALID")).hint


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (coded("DENIED"), "application/json", Said(("DENIED",), "a reason")),
        (coded("DENIED", "two\nlines\x1b[31m \u202e" + "x" * 500), "application/json", None),
        (b'{"errors":[{"code":1,"message":null,"detail":"why"}]}', "application/json", Said((), "why")),
        (b'{"errors":[]}', "application/json", Said()), (b'{"errors":null}', "application/json", Said()),
        (b'{"errors":["x"]}', "application/json", Said()), (b"[" * 100_000, "application/json", Said()),
        (b"\xff\xfe", "application/json", Said()), (b"<html>x", "text/html", Said()), (b"", "text/plain", Said()),
        (b"no such host", "text/plain; charset=utf-8", Said((), "no such host")),
    ],
)
def test_what_the_registry_says(body, content_type, expected):
    words = said(answer(400, body, content_type))
    assert expected is None or words == expected
    assert words.message is None or (len(words.message) <= 200 and words.message.isprintable())


def test_a_page_at_the_root_of_the_api_is_for_people():
    request = Request("ping", "GET", "/v2/", "its API")
    assert page_for_people(REGISTRY, request, answer(200, b"<!doctype html>")).code == "not-a-registry"
    assert page_for_people(REGISTRY, request, answer(200, b"{}")) is None


@pytest.mark.parametrize(
    ("data", "coding", "plain"),
    [(b"x", "", b"x"), (b"x", "identity", b"x"), (gzip.compress(b"x" * 10, mtime=0), "gzip", b"x" * 10),
     (gzip.compress(b"x" * 11, mtime=0), "GZIP ", None), (gzip.compress(b"x", mtime=0)[:-1], "gzip", None),
     (b"x", "gzip", None), (b"x", "br", None)],
)
def test_content_codings(data, coding, plain):
    assert decoded(data, coding, 10) == plain
