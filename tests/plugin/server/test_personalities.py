# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""One test for each habit of a real registry that a personality imitates."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from needed import needs
from plain_http import Answer, Wire, basic, digest_of

from pytest_oci_registry.server import EmbeddedRegistry, ServerSettings, TokenAuth
from pytest_oci_registry.server.personalities import PERSONALITIES
from pytest_oci_registry.server.settings import Quirks
from pytest_oci_registry.tars import SavedTar

DATA = random.Random(1).randbytes(3000)
DIGEST = digest_of(DATA)
IMAGE = "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
Imitate = Callable[..., EmbeddedRegistry]


@pytest.fixture
def imitate(registry_with: Callable[..., EmbeddedRegistry]) -> Imitate:
    return lambda name, **more: registry_with(personality=name, **more)


def put_manifest(
    registry: EmbeddedRegistry,
    tag: str = "v1",
    media_type: str = IMAGE,
    layer: str = "",
    repository: str = "team/app",
    **headers: str,
) -> Answer:
    config = {
        "mediaType": "application/vnd.oci.image.config.v1+json",
        "size": 2,
        "digest": registry.store.put_blob(repository, b"{}"),
    }
    layers = [{"mediaType": layer, "size": 3000, "digest": registry.store.put_blob(repository, DATA)}] if layer else []
    document = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers}
    body = json.dumps(document).encode()
    return Wire(registry.url).send("PUT", f"/v2/{repository}/manifests/{tag}", body, Content_Type=media_type, **headers)


def patch(wire: Wire, location: str, data: bytes, first: int = 0) -> Answer:
    return wire.send("PATCH", location, data, Content_Range=f"{first}-{first + len(data) - 1}")


@pytest.mark.parametrize("name", ["distribution2", "distribution3"])
def test_distribution_wants_its_state_back(imitate: Imitate, name: str) -> None:
    wire = Wire(imitate(name).url)
    location = wire.start("app")
    assert "_state=" in location
    assert wire.put(location.partition("?")[0], DIGEST, DATA).status == 404
    assert wire.put(location, DIGEST, DATA).status == 201


def test_a_state_may_have_to_come_back_byte_for_byte(registry_with: Callable[..., EmbeddedRegistry]) -> None:
    wire = Wire(registry_with(quirks=Quirks(upload_state=True)).url)
    location = wire.start("app")
    assert wire.put(location.replace("%3D", "="), DIGEST, DATA).status == 404
    assert wire.put(location, DIGEST, DATA).status == 201


@pytest.mark.parametrize(("name", "status"), [("distribution2", 404), ("distribution3", 416)])
def test_distribution_gives_a_new_state_with_every_chunk(imitate: Imitate, name: str, status: int) -> None:
    wire = Wire(imitate(name).url)
    location = wire.start("app")
    following = patch(wire, location, DATA).headers["location"]
    assert wire.put(location, DIGEST).status == status
    assert wire.put(following, DIGEST).status == 201


def test_distribution2_has_no_pages_order_referrers_tag_deletion(imitate: Imitate) -> None:
    registry = imitate("distribution2")
    for tag in ("b", "a"):
        put_manifest(registry, tag)
    wire = Wire(registry.url)
    assert wire.send("GET", "/v2/team/app/tags/list?n=1").json()["tags"] == ["b", "a"]
    assert wire.send("DELETE", "/v2/team/app/manifests/a").status == 400
    assert wire.send("GET", f"/v2/team/app/referrers/{DIGEST}").status == 404
    assert wire.send("GET", "/v2/_catalog?n=1001").code == "PAGINATION_NUMBER_INVALID"
    assert wire.send("POST", f"/v2/a/blobs/uploads/?digest={DIGEST}", DATA).status == 202


def test_distribution2_loses_a_cut_upload_and_3_goes_on(imitate: Imitate) -> None:
    statuses = []
    for name in ("distribution2", "distribution3"):
        registry = imitate(name)
        wire = Wire(registry.url)
        location = wire.start("app")
        with registry.fail("upload_patch", reset_after=1000), pytest.raises(ConnectionError):
            wire.send("PATCH", location, DATA)
        statuses.append(wire.send("GET", location).status)
    assert statuses == [404, 204]


def test_distribution3_deletes_tags(imitate: Imitate) -> None:
    registry = imitate("distribution3")
    put_manifest(registry)
    assert Wire(registry.url).send("DELETE", "/v2/team/app/manifests/v1").status == 202


def test_ecr_makes_no_repository(imitate: Imitate) -> None:
    assert Wire(imitate("ecr").url).send("POST", "/v2/app/blobs/uploads/").code == "NAME_UNKNOWN"


def test_ecr_answers_chunks_with_201_and_a_range_that_stays(imitate: Imitate) -> None:
    registry = imitate("ecr")
    registry.store.create("app")
    wire, big = Wire(registry.url), os.urandom(5_000_000)
    first = patch(wire, wire.start("app"), big)
    second = patch(wire, first.headers["location"], b"more", len(big))
    assert [first.status, second.status] == [201, 201]
    assert first.headers["range"] == second.headers["range"] == "0-4999999"
    assert wire.send("GET", second.headers["location"]).status == 404
    assert wire.put(second.headers["location"], digest_of(big + b"more")).status == 201


def test_ecr_wants_parts_of_5_mb(imitate: Imitate) -> None:
    registry = imitate("ecr")
    registry.store.create("app")
    wire = Wire(registry.url)
    location = patch(wire, wire.start("app"), DATA).headers["location"]
    assert patch(wire, location, DATA, len(DATA)).code == "SIZE_INVALID"


def test_ecr_refuses_even_the_same_digest_for_an_immutable_tag(imitate: Imitate) -> None:
    registry = imitate("ecr", immutable_tags=True)
    assert [put_manifest(registry).status for _number in range(2)] == [201, 400]


def test_ecr_slows_writers_of_manifests_down(imitate: Imitate) -> None:
    registry = imitate("ecr")
    answers = [put_manifest(registry, f"v{number}") for number in range(11)]
    assert [answer.status for answer in answers] == [201] * 10 + [429]
    assert answers[-1].headers["retry-after"] == "1"


def test_ecr_pages_by_cursor_up_to_1000(imitate: Imitate) -> None:
    registry = imitate("ecr")
    for tag in ("a", "b"):
        put_manifest(registry, tag)
    answer = Wire(registry.url).send("GET", "/v2/team/app/tags/list?n=1")
    assert "next_page=" in answer.headers["link"]
    assert Wire(registry.url).send("GET", "/v2/team/app/tags/list?n=1001").status == 400


def test_gar_takes_one_patch_only(imitate: Imitate) -> None:
    wire = Wire(imitate("gar").url)
    location = patch(wire, wire.start("app"), DATA[:1000]).headers["location"]
    assert patch(wire, location, DATA[1000:], 1000).status == 400
    location = wire.send("PATCH", wire.start("app"), DATA).headers["location"]
    assert wire.put(location, DIGEST).status == 201


def test_gar_does_not_name_the_digest_of_a_manifest(imitate: Imitate) -> None:
    assert "docker-content-digest" not in put_manifest(imitate("gar")).headers


def test_gar_says_401_without_a_challenge_but_for_the_ping(imitate: Imitate) -> None:
    wire = Wire(imitate("gar", auth=("token", "u", "p")).url)
    answers = [wire.send("GET", path) for path in ("/v2/", "/v2/app/tags/list")]
    assert [(answer.status, "www-authenticate" in answer.headers) for answer in answers] == [(401, True), (401, False)]


def test_ghcr_takes_no_big_chunks(imitate: Imitate) -> None:
    wire, big = Wire(imitate("ghcr").url), os.urandom(4 * 2**20 + 1)
    location = wire.start("app")
    assert patch(wire, location, big).status == 416
    assert wire.send("PATCH", location, big).status == 202


@pytest.mark.parametrize(
    ("name", "cdn_head", "statuses"),
    [("oci", True, [307, 403]), ("ghcr", False, [200]), ("ghcr", True, [307, 403]), ("gitlab", False, [307, 200])],
)
def test_a_head_of_a_blob_leads_elsewhere(imitate: Imitate, name: str, cdn_head: bool, statuses: list[int]) -> None:
    registry = imitate(name, cdn=True, cdn_head=cdn_head)
    registry.store.put_blob("app", DATA)
    wire, away, path = Wire(registry.url), Wire(registry.cdn_url), f"/v2/app/blobs/{DIGEST}"
    answer = wire.send("HEAD", path)
    followed = [away.send("HEAD", answer.headers["location"]).status] if answer.status == 307 else []
    assert [answer.status, *followed] == statuses
    assert away.send("GET", wire.send("GET", path).headers["location"]).body == DATA


def test_blobs_of_a_registry_with_a_login_are_on_another_host(imitate: Imitate) -> None:
    registry = imitate("ghcr", auth=("basic", "u", "p"))
    registry.store.put_blob("app", DATA)
    login = basic("u", "p")
    location = Wire(registry.url).send("GET", f"/v2/app/blobs/{DIGEST}", Authorization=login).headers["location"]
    assert urlsplit(location).hostname != urlsplit(registry.url).hostname
    away = Wire(registry.cdn_url)
    assert away.send("GET", location, Authorization=login).status == 400
    assert away.send("GET", location).body == DATA


def test_gitlab_reads_a_referrers_tag_as_the_digest(imitate: Imitate) -> None:
    registry = imitate("gitlab")
    put_manifest(registry)
    digest = registry.store.tag_digest("team/app", "v1") or ""
    answer = Wire(registry.url).send("GET", f"/v2/team/app/manifests/{digest.replace(':', '-')}")
    assert answer.headers["docker-content-digest"] == digest


@pytest.mark.parametrize("name", ["ghcr", "hub"])
def test_manifests_are_not_deleted_through_this_api(imitate: Imitate, name: str) -> None:
    registry = imitate(name)
    put_manifest(registry)
    assert Wire(registry.url).send("DELETE", "/v2/team/app/manifests/v1").status == 405


def test_quay_needs_from_for_a_mount(imitate: Imitate) -> None:
    registry = imitate("quay")
    registry.store.put_blob("base", DATA)
    wire = Wire(registry.url)
    assert wire.send("POST", f"/v2/app/blobs/uploads/?mount={DIGEST}").status == 202
    assert wire.send("POST", f"/v2/app/blobs/uploads/?mount={DIGEST}&from=base").status == 201


def test_quay_refuses_raw_docker_layers(imitate: Imitate) -> None:
    registry = imitate("quay")
    assert put_manifest(registry, media_type=DOCKER, layer="application/vnd.docker.image.rootfs.diff.tar").status == 400
    assert (
        put_manifest(registry, media_type=DOCKER, layer="application/vnd.docker.image.rootfs.diff.tar.gzip").status
        == 201
    )
    assert put_manifest(registry, layer="application/vnd.oci.image.layer.v1.tar").status == 201


def deletes_with(registry: EmbeddedRegistry, *scopes: str) -> int:
    put_digest = registry.store.put_manifest("app", b'{"schemaVersion": 2}', IMAGE, "v1")
    query = "&".join(f"scope=repository:app:{scope}" for scope in scopes)
    answer = Wire(registry.url).send("GET", f"/token?{query}", Authorization=basic("u", "p"))
    token = answer.json().get("token") or answer.json()["access_token"]
    return Wire(registry.url).send("DELETE", f"/v2/app/manifests/{put_digest}", Authorization=f"Bearer {token}").status


@pytest.mark.parametrize(
    ("name", "scopes", "status"),
    [
        ("oci", ["delete"], 202),
        ("oci", ["*"], 202),
        ("oci", ["pull,push"], 401),
        ("quay", ["delete"], 401),
        ("quay", ["*"], 202),
        ("ibm", ["delete"], 401),
        ("ibm", ["pull,push,delete"], 202),
        ("gitlab", ["delete", "pull"], 401),
        ("gitlab", ["pull", "delete"], 202),
        ("gitlab", ["pull,push,delete"], 202),
        ("acr", ["delete"], 202),
    ],
)
def test_scopes_of_deletion(imitate: Imitate, name: str, scopes: list[str], status: int) -> None:
    assert deletes_with(imitate(name, auth=("token", "u", "p")), *scopes) == status


def test_harbor_takes_a_cookie_for_a_browser(imitate: Imitate) -> None:
    wire = Wire(imitate("harbor").url)
    cookie = wire.send("GET", "/v2/").headers["set-cookie"].partition(";")[0]
    refused = wire.send("POST", "/v2/app/blobs/uploads/", Cookie=cookie)
    assert (refused.status, "CSRF" in refused.body.decode()) == (403, True)
    assert wire.send("POST", "/v2/app/blobs/uploads/").status == 202


def test_a_length_by_head_may_be_another_one(registry_with: Callable[..., EmbeddedRegistry]) -> None:
    registry = registry_with(quirks=Quirks(head_length_differs=True))
    put_manifest(registry)
    head, get = (Wire(registry.url).send(method, "/v2/team/app/manifests/v1") for method in ("HEAD", "GET"))
    assert head.headers["content-length"] != get.headers["content-length"] == str(len(get.body))


@pytest.mark.parametrize(("path", "status"), [("tags/list", 403), ("manifests/v1", 403), (f"blobs/{DIGEST}", 404)])
def test_artifactory_forbids_manifests_that_are_not_there(imitate: Imitate, path: str, status: int) -> None:
    assert Wire(imitate("artifactory").url).send("GET", f"/v2/app/{path}").status == status


def test_nexus_lists_null(imitate: Imitate) -> None:
    registry = imitate("nexus")
    registry.store.create("app")
    assert Wire(registry.url).send("GET", "/v2/app/tags/list").json() == {"name": "app", "tags": None}


def test_nexus_wants_the_length_of_a_manifest(imitate: Imitate) -> None:
    registry = imitate("nexus")
    wire = Wire(registry.url)
    assert wire.send("PUT", "/v2/app/manifests/v1", iter([b"{}"]), Content_Type=IMAGE).status == 411
    assert put_manifest(registry).status == 201


def test_hub_has_no_catalog_and_wants_a_namespace(imitate: Imitate) -> None:
    wire = Wire(imitate("hub").url)
    assert wire.send("GET", "/v2/_catalog").status == 404
    assert wire.send("GET", "/v2/alpine/tags/list").status == 401
    assert wire.send("POST", "/v2/library/alpine/blobs/uploads/").status == 202


def test_hub_refuses_to_mount_what_is_foreign(imitate: Imitate) -> None:
    registry = imitate("hub")
    registry.store.put_blob("library/alpine", DATA)
    wire = Wire(registry.url)
    assert wire.send("POST", f"/v2/team/app/blobs/uploads/?mount={DIGEST}&from=library/alpine").status == 401
    assert wire.send("POST", f"/v2/library/app/blobs/uploads/?mount={DIGEST}&from=library/alpine").status == 201


def test_acr_answers_with_access_token_alone(imitate: Imitate) -> None:
    registry = imitate("acr", auth=("token", "u", "p"))
    assert set(Wire(registry.url).send("GET", "/token", Authorization=basic("u", "p")).json()) == {
        "access_token",
        "expires_in",
    }


def test_gitea_knows_no_post_for_tokens(imitate: Imitate) -> None:
    registry = imitate("gitea", auth=TokenAuth("u", "p", anonymous_pull=True))
    assert Wire(registry.url).send("HEAD", "/v2/app/manifests/v1").status == 401
    assert Wire(registry.url).send("POST", "/token", b"grant_type=password").status == 404


@pytest.mark.parametrize("path", ["manifests/v1", f"blobs/{DIGEST}"])
def test_a_registry_without_head(imitate: Imitate, path: str) -> None:
    registry = imitate("no-head")
    registry.store.put_blob("team/app", DATA)
    put_manifest(registry)
    statuses = [Wire(registry.url).send(method, f"/v2/team/app/{path}").status for method in ("HEAD", "GET")]
    assert statuses == [405, 200]


def test_zot_refuses_docker_manifests(imitate: Imitate) -> None:
    registry = imitate("zot")
    answer = put_manifest(registry, media_type=DOCKER)
    assert (answer.code, put_manifest(registry).status) == ("MANIFEST_INVALID", 201)


def test_zot_drops_all_tags_with_their_manifest(imitate: Imitate) -> None:
    registry = imitate("zot")
    for tag in ("a", "b"):
        put_manifest(registry, tag)
    digest = registry.store.tag_digest("team/app", "a")
    assert Wire(registry.url).send("DELETE", f"/v2/team/app/manifests/{digest}").status == 202
    assert registry.store.tags("team/app") == []


@pytest.mark.parametrize("name", sorted(PERSONALITIES))
def test_an_image_goes_in_and_out_everywhere(imitate: Imitate, name: str) -> None:
    registry = imitate(name)
    registry.store.create("team/app")
    wire = Wire(registry.url)
    assert wire.put(wire.start("team/app"), DIGEST, DATA).status == 201
    assert put_manifest(registry).status == 201
    assert wire.send("GET", "/v2/team/app/manifests/v1", Accept=IMAGE).status == 200


@pytest.mark.parametrize("name", sorted(set(PERSONALITIES) - {"no-head"}))
def test_skopeo_pushes_twice(imitate: Imitate, docker_save_tar: Callable[..., SavedTar], name: str) -> None:
    registry = imitate(name)
    registry.store.create("team/app")
    kind = "oci" if name == "zot" else "v2s2"
    command = [needs("skopeo"), "copy", "--format", kind, "--dest-tls-verify=false",
               f"docker-archive:{docker_save_tar('team/app:1')}", f"docker://{registry.netloc}/team/app:1"]
    for _number in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    assert registry.store.tags("team/app") == ["1"]


def test_what_is_set_by_hand_wins() -> None:
    settings: Any = ServerSettings(personality="distribution2", page_limit=5)
    assert (settings.page_limit, settings.tag_delete, settings.quirks.paging) == (5, False, False)
