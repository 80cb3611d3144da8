# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Scripts of requests that write: uploads in every form, mounts, manifests sound and malformed, deletion."""

from __future__ import annotations

from functools import partial

from plain_http import digest_of
from request_scripts import (
    ABSENT,
    CONFIG,
    DATA,
    DOCKER,
    INDEX,
    LIST,
    OCI,
    Script,
    Session,
    changed,
    descriptor,
    encoded,
    image,
    index,
    stored_image,
    with_digest,
)

DIGEST = digest_of(DATA)
SHA512 = digest_of(DATA, "sha512")
CHUNK_RANGES = ("0-99", "bytes=0-99", "bytes 0-99/200", "10-109", "0-98", "0-100", "100-0", "a-b", "0", "-99", "0-", "")
CHILD = {"mediaType": OCI, "size": 2, "digest": ABSENT, "platform": {"architecture": "amd64", "os": "linux"}}


def whole_in_put(session: Session) -> None:
    for query in ("", "?digest=", "?digest=x"):
        session.send("POST", f"blobs/uploads/{query}")
    session.send("PUT", with_digest(session.start(), DIGEST), DATA)
    session.send("PUT", with_digest(session.start(), DIGEST), DATA, Content_Type="application/octet-stream")
    session.send("PUT", with_digest(session.start(), DIGEST), DATA, Content_Type="application/x-www-form-urlencoded")
    session.send("PUT", with_digest(session.start(), SHA512), DATA)
    session.send("PUT", with_digest(session.start(), digest_of(b"")))


def single_post(session: Session) -> None:
    for digest in (DIGEST, SHA512, ABSENT, "sha256:x"):
        session.send("POST", f"blobs/uploads/?digest={digest}", DATA)
    session.send("HEAD", f"blobs/{DIGEST}")


def wrong_digests(session: Session) -> None:
    for digest in (ABSENT, "sha256:abc", "md5:0123456789abcdef0123456789abcdef", "x", "", SHA512[:-1]):
        location = session.start()
        session.send("PUT", with_digest(location, digest), DATA)
        session.send("GET", location)
        session.send("PUT", with_digest(location, DIGEST), DATA)
    location = session.start()
    session.send("PUT", location, DATA)
    session.send("GET", location)
    session.send("PUT", with_digest(location, DIGEST), DATA)


def chunks(session: Session) -> None:
    first = session.send("PATCH", session.start(), DATA[:1000])
    session.send("GET", first.headers["location"])
    session.send("HEAD", first.headers["location"])
    second = session.send("PATCH", first.headers["location"], DATA[1000:])
    session.send("PUT", with_digest(second.headers["location"], DIGEST))
    session.send("GET", second.headers["location"])
    first = session.send("PATCH", session.start(), DATA[:1000])
    session.send("PUT", with_digest(first.headers["location"], DIGEST), DATA[1000:])


def chunk_with_range(session: Session, value: str, kind: str) -> None:
    headers = {"Content_Range": value, **({"Content_Type": kind} if kind else {})}
    location = session.start()
    answer = session.send("PATCH", location, DATA[:100], **headers)
    after = answer.headers.get("location", location)
    session.send("GET", after)
    session.send("PUT", with_digest(after, digest_of(DATA[:100])))


def last_chunk_with_range(session: Session, value: str) -> None:
    first = session.quietly("PATCH", session.start(), DATA[:100])
    location = first.headers["location"]
    session.send("PUT", with_digest(location, digest_of(DATA[:200])), DATA[100:200], Content_Range=value)
    session.send("GET", location)


def old_locations(session: Session) -> None:
    location = session.start()
    session.send("PATCH", location, DATA[:100], Content_Type="text/plain")
    session.send("PATCH", location, DATA[100:200])
    session.send("GET", location)
    session.send("PUT", with_digest(location, digest_of(DATA[:100])))
    session.send("GET", changed(session.start(), _state="broken"))
    session.send("GET", changed(session.start(), _state=""))
    session.send("PATCH", changed(session.start(), _state=""), DATA)
    session.send("PUT", with_digest(changed(session.start(), _state="broken"), DIGEST), DATA)


def cancelled(session: Session) -> None:
    location = session.start()
    session.send("DELETE", location)
    for method in ("GET", "DELETE", "PATCH", "HEAD"):
        session.send(method, location, DATA if method == "PATCH" else None)
    session.send("PUT", with_digest(location, DIGEST), DATA)


def foreign_session(session: Session) -> None:
    location = session.start()
    session.send("GET", location.replace(session.repository, session.repository + "/other"))
    session.send("PUT", with_digest(location.replace(session.repository, session.repository + "/other"), DIGEST), DATA)


def mounts(session: Session) -> None:
    source = session.repository
    session.blob(DATA)
    queries = ("mount={0}&from={1}", "mount={0}", "mount={2}&from={1}", "mount={2}", "mount=x&from={1}", "from={1}",
               "mount={0}&from={1}/none", "mount={0}&from=UPPER", "mount={0}&from=", "mount=&from={1}")
    for number, query in enumerate(queries):
        session.repository = f"{source}/{number}"
        session.send("POST", "blobs/uploads/?" + query.format(DIGEST, source, ABSENT).replace(":", "%3A"))
        session.send("HEAD", f"blobs/{DIGEST}")
    session.repository = source


def noted(text: str, replacement: bytes) -> bytes:
    """A manifest whose annotation holds bytes that JSON would not write."""
    return encoded(image(annotations={"a": text})).replace(text.encode(), replacement)


FORMS: dict[str, object] = {
    "empty": b"",
    "text": b"hello",
    "list": [],
    "string": '"x"',
    "null": "null",
    "number": "1",
    "object": {},
    "trailing": encoded(image()) + b" x",
    "BOM": b"\xef\xbb\xbf" + encoded(image()),
    "UTF-16": encoded(image()).decode().encode("utf-16"),
    "latin-1": noted("@", b"\xe9"),
    "control character": noted("@", b"\x01"),
    "NaN": encoded(image(x=1)).replace(b'"x": 1', b'"x": NaN'),
    "NaN as size": encoded(image()).replace(b'"size": 2048', b'"size": NaN'),
    "space around": b" \n" + encoded(image()) + b"\n",
    "key twice": encoded(image()).replace(b'"schemaVersion": 2', b'"schemaVersion": 1, "schemaVersion": 2'),
    "deep": b'{"a":' * 20000 + b"1" + b"}" * 20000,
    "unknown field": image(x={"y": [1]}),
    "capital keys": encoded(image()).replace(b'"config"', b'"Config"'),
}
FIELDS: dict[str, tuple[object, ...]] = {
    "schemaVersion": (None, 1, 3, 0, "2", 2.0, 2.5, True, -2, []),
    "mediaType": (None, "", "text/plain", DOCKER, INDEX, 1, []),
    "config": (None, {}, [], "x", 1),
    "layers": (None, [], {}, "x", [1], ["x"], [{}], [[]]),
    "annotations": ({}, [], "x", {"a": 1}, {"a": None}, {"a": {}}),
    "subject": ({}, "x", [], {"mediaType": OCI, "size": 2, "digest": ABSENT}, {"digest": "x"}),
    "artifactType": ("application/x", 1, ""),
    "manifests": ([], [CHILD], {}, "x"),
}
PARTS: dict[str, tuple[object, ...]] = {
    "size": ("2048", True, 2048.0, 2048.5, -1, 0, 2**63, 1e3, "", [], 7),
    "digest": ("", "x", "sha256:abc", 1, [], ABSENT, SHA512, DIGEST.upper(), "md5:" + "0" * 32, "other:abc"),
    "mediaType": ("", "x", "text/plain", 1, "application/vnd.oci.image.layer.nondistributable.v1.tar"),
    "urls": ([], ["https://example.com/x"], ["ftp://example.com/x"], ["x"], "x", [1], ["https://example.com/#x"]),
    "annotations": ({"a": "b"}, {"a": 1}, [], "x"),
    "platform": ({"architecture": "amd64", "os": "linux"}, "x", {"os": 1}),
    "data": ("eA==", "not base64!", 1),
}


def with_null(document: dict[str, object], name: str, value: object) -> dict[str, object]:
    """The document with another value of a field; None takes the field away."""
    rest = {key: old for key, old in document.items() if key != name}
    return rest if value is None else {**rest, name: value}


def put_noted(session: Session, body: bytes, kind: str) -> None:
    """PUT a manifest, and look whether it arrived."""
    session.send("PUT", "manifests/v1", body, Content_Type=kind)


def prepared(session: Session) -> None:
    """Store the blobs that the manifests of these scripts name."""
    for data in (CONFIG, DATA):
        session.blob(data)


def forms(session: Session, kind: str) -> None:
    prepared(session)
    for form in FORMS.values():
        put_noted(session, encoded(form).replace(OCI.encode(), kind.encode()), kind)


def fields(session: Session, kind: str, name: str) -> None:
    prepared(session)
    for value in FIELDS[name]:
        put_noted(session, encoded(with_null(image(kind), name, value)), kind)
    put_noted(session, encoded({**image(kind), name: None}), kind)


def parts(session: Session, kind: str, name: str, place: str) -> None:
    prepared(session)
    for value in (None, *PARTS[name]):
        document = image(kind)
        if place == "config":
            document["config"] = with_null(document["config"], name, value)
        else:
            document["layers"] = [with_null(document["layers"][0], name, value)]
        put_noted(session, encoded(document), kind)
    put_noted(session, encoded({**image(kind), "config": {**image(kind)["config"], name: None}}), kind)


def absent_layers(session: Session, kind: str) -> None:
    prepared(session)
    foreign = ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
               "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    for media_type in (image(kind)["layers"][0]["mediaType"], *foreign):
        for urls in ([], ["https://example.com/x"], ["http://example.com/x"], ["ftp://x/y"], [""]):
            for digest in (ABSENT, DIGEST):
                layer = {"mediaType": media_type, "size": 6, "digest": digest, **({"urls": urls} if urls else {})}
                put_noted(session, encoded(image(kind, layers=[layer])), kind)
    put_noted(session, encoded(image(kind, config=descriptor(b"absent", "x"))), kind)
    put_noted(session, encoded(image(kind, layers=[descriptor(b"a1", "x"), descriptor(b"a2", "x")])), kind)


def indexes(session: Session, kind: str) -> None:
    child = stored_image(session, "child", OCI if kind == INDEX else DOCKER)
    body = encoded(image(OCI if kind == INDEX else DOCKER))
    good = {"mediaType": OCI if kind == INDEX else DOCKER, "size": len(body), "digest": child,
            "platform": {"architecture": "amd64", "os": "linux"}}
    for children in ([], [good], [CHILD], [good, CHILD], [good, good], [with_null(good, "platform", None)],
                     [with_null(good, "size", 1)], [with_null(good, "mediaType", None)], [{}], ["x"], [1],
                     [with_null(good, "digest", "x")], [with_null(good, "size", "1")], [{**good, "digest": DIGEST}],
                     [with_null(good, "platform", "x")], [with_null(good, "platform", {"os": 1})]):
        put_noted(session, encoded(index(kind, *children)), kind)  # type: ignore[arg-type]
    for changes in ({"manifests": None}, {"mediaType": None}, {"schemaVersion": None}, {"schemaVersion": 1},
                    {"annotations": {"a": "b"}}, {"annotations": {"a": 1}}, {"subject": CHILD}, {"layers": []},
                    {"layers": [descriptor(DATA, "x")]}, {"config": descriptor(CONFIG, "x")}, {"mediaType": OCI},
                    {"manifests": {}}, {"artifactType": "x"}):
        put_noted(session, encoded({**index(kind, good), **changes}), kind)
        put_noted(session, encoded(index(kind, **{"manifests": [good], **changes})), kind)


def content_types(session: Session) -> None:
    prepared(session)
    kinds = ("", "text/plain", OCI, f"{OCI}; charset=utf-8", DOCKER, INDEX, LIST, "application/json", "x;;",
             OCI.upper(), "application/vnd.docker.distribution.manifest.v1+json", f"{OCI};a=b;", "application/*",
             "application/vnd.docker.distribution.manifest.v1+prettyjws", "application/x-www-form-urlencoded")
    for document in (image(), image(DOCKER), image(mediaType=None), index(), index(LIST), index(mediaType=None)):
        for kind in kinds:
            session.send("PUT", "manifests/v1", encoded(document), **({"Content_Type": kind} if kind else {}))
    for document in (image(), image(DOCKER), index(), index(LIST)):
        put_noted(session, encoded(document), str(document["mediaType"]))
        session.send("GET", "manifests/v1", Accept=f"{OCI}, {DOCKER}, {INDEX}, {LIST}")


def references(session: Session) -> None:
    prepared(session)
    body = encoded(image())
    for reference in ("v1", digest_of(body), ABSENT, digest_of(body, "sha512"), "sha256:abc", "x:y", ".x", "t" * 128,
                      "t" * 129, "A_b-c.1", digest_of(body).upper(), digest_of(body).replace(":", "%3A"), "a%2Fb",
                      f"{digest_of(body)}?tag=one&tag=two", "md5:" + "0" * 32):
        session.send("PUT", f"manifests/{reference}", body, Content_Type=OCI)
    session.send("GET", "tags/list")


def big_manifests(session: Session) -> None:
    prepared(session)
    for size in (3_900_000, 4 * 2**20, 4 * 2**20 + 1, 5_000_000):
        bare = len(encoded(image(annotations={"a": ""})))
        put_noted(session, encoded(image(annotations={"a": "x" * (size - bare)})), OCI)


def deletion(session: Session) -> None:
    digest = stored_image(session)
    stored_image(session, "v2")
    other = stored_image(session, "v3", annotations={"a": "b"})
    for reference in ("none", ABSENT, "sha256:abc", "v1", "v1", digest, digest, "sha512:" + "0" * 128, ".x", other):
        session.send("DELETE", f"manifests/{reference}")
        session.send("GET", "tags/list")
        session.send("HEAD", "manifests/v2", Accept=OCI)
    for name in (DIGEST, DIGEST, ABSENT, "sha256:abc", "sha512:" + "0" * 128):
        session.send("DELETE", f"blobs/{name}")
        session.send("HEAD", f"blobs/{DIGEST}")


WRITING: dict[str, Script] = {
    "whole in put": whole_in_put,
    "single post": single_post,
    "wrong digests": wrong_digests,
    "chunks": chunks,
    "old locations": old_locations,
    "cancelled": cancelled,
    "foreign session": foreign_session,
    "mounts": mounts,
    "content types": content_types,
    "references": references,
    "big manifests": big_manifests,
    "deletion": deletion,
    **{f"chunk {value!r} {kind}": partial(chunk_with_range, value=value, kind=kind)
       for value in CHUNK_RANGES for kind in ("", "application/octet-stream")},
    **{f"last chunk {value!r}": partial(last_chunk_with_range, value=value)
       for value in ("100-199", "0-99", "bytes=100-199", "100-150", "150-249", "x")},
    **{f"forms {kind}": partial(forms, kind=kind) for kind in (OCI, DOCKER)},
    **{f"field {name} {kind}": partial(fields, kind=kind, name=name) for name in FIELDS for kind in (OCI, DOCKER)},
    **{f"{place} {name} {kind}": partial(parts, kind=kind, name=name, place=place)
       for name in PARTS for kind in (OCI, DOCKER) for place in ("config", "layer")},
    **{f"absent layers {kind}": partial(absent_layers, kind=kind) for kind in (OCI, DOCKER)},
    **{f"indexes {kind}": partial(indexes, kind=kind) for kind in (INDEX, LIST)},
}
