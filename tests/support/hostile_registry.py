# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry whose manifests, indexes, configs and lists say whatever hypothesis likes, under the right digests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from hypothesis import strategies as st
from raw_server import answer
from registry_api_v2_client.formats import media_types

TAG, REPOSITORY = "1", "team/app"


@dataclass
class World:
    """What one case answers: content by digest, and what the tag, the lists and the headers say."""

    held: dict
    root: bytes
    kind: str
    said: str
    referrers: tuple
    listed: tuple
    tags: bytes
    catalog: bytes = b""
    children: dict = field(default_factory=dict)

    def respond(self, asked):
        """The bytes of one answer."""
        status, body, headers = self._answer(asked.path)
        data = answer(status, body, **headers)
        return data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if asked.method == "HEAD" else data

    def _answer(self, path):
        last = path.rpartition("/")[2]
        if "/referrers/" in path:
            return self.referrers[0], self.referrers[1], {}
        if path.endswith(("/tags/list", "/_catalog")):
            return 200, self.catalog if path.endswith("/_catalog") else self.tags, {}
        if last == TAG or last == digest_of(self.root):
            said = {"Docker_Content_Digest": self.said.format(digest=digest_of(self.root))} if self.said else {}
            return 200, self.root, {"Content_Type": self.kind, **said}
        if last.startswith("sha256-"):
            return self.listed[0], self.listed[1], {"Content_Type": media_types.OCI_INDEX}
        body = self.held.get(last)
        kind = self.children.get(last, "application/octet-stream")
        return (404, b"{}", {}) if body is None else (200, body, {"Content_Type": kind})


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def dumped(value):
    return json.dumps(value).encode()


# Few draws for each case, since hypothesis needs more time to draw than the client to read.
VALUES = (
    None, True, False, 0, -1, 1, 5, 2**70, 1.5, 1e308, float("inf"), float("nan"), "", "a", "linux", "unknown",
    "\ud800", "\x1b]0;x\x07", "a\r\nb: c", "a" * 5000, "\u202e", "2024-01-01T00:00:00Z", "9999-99-99T99:99:99Z",
    "9999-12-31T23:59:59-23:59", "sha256:" + "0" * 64, "sha256:" + "0" * 63, "sha512:" + "0" * 128, "md5:1",
    *media_types.IMAGES, *media_types.INDEXES, *media_types.CONFIGS, media_types.DOCKER_SCHEMA1, [], {}, [None], [[]],
    [{}], {"digest": []}, {"digest": "sha256:" + "0" * 64}, {"os": 1, "architecture": []}, {"os": "\x1b" * 90},
    {"Labels": []}, {"Labels": {"a": 1, "\ud800": "\x1b"}}, {"org.opencontainers.image.created": {}},
    {"vnd.docker.reference.digest": None}, ["a"] * 2000, {str(n): n for n in range(2000)},
)
ANY = st.sampled_from(VALUES)
GONE = object()
TIMES = st.sampled_from([
    "", "2024-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2024-01-01T00:00:00.9+99:99",
])  # fmt: skip
TAGS = st.sampled_from([
    TAG, "2", "1.10", "v" + "9" * 127, "9" * 5000, "\u00b2", "1.\u0663", "x y", "x/../y", "x\r\na: b", "?n=1", "",
    "\ud800",
])  # fmt: skip
CATALOGS = st.sampled_from([
    [REPOSITORY], None, "a", [[]],
    [REPOSITORY, "team/App", "team/../x", "team/a b", "team/\ud800", "team/x\r\na: b", None],
])  # fmt: skip
JUNK = st.binary(max_size=200) | ANY.map(dumped) | st.sampled_from(
    [b"", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5000, b'{"size":' + b"9" * 5000 + b"}", b"\xff\xfe{\x00}\x00"])
TYPES = st.sampled_from([*media_types.IMAGES, *media_types.INDEXES, media_types.DOCKER_SCHEMA1, "application/json", ""])
SAID = st.sampled_from(["{digest}", "{digest}", "{digest}", "", "sha256:" + "0" * 64, "md5:1", "\u00e9" * 300])


def changed(document, *names):
    """The document, of which up to two members, or of these others, say anything or are left out."""
    spots = st.lists(st.tuples(st.sampled_from([*document, *names]), ANY | st.just(GONE)), max_size=2)
    return spots.map(lambda spots: {k: v for k, v in {**document, **dict(spots)}.items() if v is not GONE})


def described(data, kind):
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}


@st.composite
def worlds(draw):
    """A registry's content: an image below an index, every document spoilt in places, or junk in its stead."""
    config = draw(changed({"os": "linux", "architecture": "amd64", "config": {"Labels": {"a": "b"}},
                           "created": draw(TIMES), "rootfs": {"diff_ids": []}}, "variant").map(dumped)
                  | JUNK)  # fmt: skip
    layer = b"layer"
    descriptor = draw(changed(described(layer, media_types.OCI_LAYER), "urls", "annotations"))
    sound = described(config, media_types.OCI_CONFIG)
    named = draw(st.just(sound) | changed(sound))
    image = draw(changed({"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST, "config": named,
                          "layers": [descriptor]}, "annotations", "manifests").map(dumped) | JUNK)  # fmt: skip
    child = draw(changed({**described(image, draw(TYPES)), "platform": {"os": "linux", "architecture": "amd64"}},
                         "annotations", "artifactType"))  # fmt: skip
    index = draw(changed({"schemaVersion": 2, "mediaType": media_types.OCI_INDEX, "manifests": [child]}, "subject")
                 .map(dumped))  # fmt: skip
    root = draw(st.sampled_from([image, index]) | JUNK)
    return World(
        {digest_of(data): data for data in (config, layer, image, index)}, root, draw(TYPES), draw(SAID),
        draw(st.tuples(st.sampled_from([200, 200, 404, 400, 403]), st.just(index) | JUNK)),
        draw(st.tuples(st.sampled_from([200, 404]), st.just(index) | JUNK)),
        draw(st.lists(TAGS, max_size=2).map(lambda odd: dumped({"name": REPOSITORY, "tags": [TAG, *odd]})) | JUNK
             | ANY.map(lambda v: dumped({"tags": v}))),
        draw(CATALOGS.map(lambda v: dumped({"repositories": v})) | JUNK),
        {digest_of(image): draw(TYPES), digest_of(index): media_types.OCI_INDEX},
    )
