# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry that registry_server runs, seen from its host: process, port, certificate, password, images, room."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

testinfra_hosts = ["local://"]
FOLDER = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
PLACE = json.loads((FOLDER / "place.json").read_text())
ADDRESS = f"127.0.0.1:{PLACE['port']}"
AUTHORITY = FOLDER / "tls" / "client.pem"
LOGIN = "deployer:a long password of tests"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def registry(host_registry):
    user, _colon, password = LOGIN.partition(":")
    return host_registry(f"https://{ADDRESS}", username=user, password=password, ca_file=str(AUTHORITY))


@pytest.fixture
def answer(host):
    """Call it with curl's words: the status of /v2/."""

    def ask(*words):
        quoted = " ".join(f"'{word}'" for word in words)
        return host.run(f"curl --silent --noproxy '*' --output /dev/null --write-out '%{{http_code}}' {quoted} https://{ADDRESS}/v2/")

    return ask


def test_the_process_runs(host):
    pid = host.file(str(FOLDER / "run" / "pid")).content_string.strip()
    process = host.process.get(pid=int(pid))
    assert process.comm == "docker-registry"


def test_the_port_listens(host):
    assert host.socket(f"tcp://{ADDRESS}").is_listening


def test_the_chain_of_the_certificate_is_valid(host):
    words = f"-connect {ADDRESS} -CAfile {AUTHORITY} -verify_return_error -verify_ip 127.0.0.1"
    talk = host.run(f"openssl s_client {words} </dev/null")
    assert talk.rc == 0 and "Verify return code: 0 (ok)" in talk.stdout


def test_who_may_log_in(answer):
    authority = ("--cacert", str(AUTHORITY))
    assert answer(*authority, "--user", LOGIN).stdout == "200"
    assert answer(*authority, "--user", "deployer:wrong").stdout == "401"
    assert answer(*authority).stdout == "401"
    assert answer("--user", LOGIN).rc == 60  # curl: the certificate is not known here


def test_secrets_are_not_for_everybody(host):
    assert host.file(str(FOLDER / "etc" / "htpasswd")).mode == 0o640
    assert host.file(str(FOLDER / "etc" / "tls.key")).mode == 0o640


def test_unfinished_uploads_are_removed_and_deletion_is_on(host):
    settings = host.file(str(FOLDER / "etc" / "config.yml")).content_string
    assert "uploadpurging" in settings and "age: 1h" in settings and "delete:" in settings


@pytest.mark.parametrize(("name", "machine"), [
    ("team/app:1.0", "amd64"), ("team/app:stable", "amd64"), ("team/old:2", "amd64"), ("team/again:1", "amd64"),
    ("team/multi:1", "amd64"), ("team/multi:1", "arm64"),
])
def test_images_pull_after_the_garbage_collection(host, tmp_path, name, machine):
    words = f"--override-os linux --override-arch {machine} --src-creds '{LOGIN}'"
    words += f" --src-cert-dir {certificates(tmp_path)}"
    pulled = host.run(f"skopeo copy {words} docker://{ADDRESS}/{name} dir:{tmp_path}/image")
    assert pulled.rc == 0, pulled.stderr


def certificates(tmp_path):
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(AUTHORITY.read_bytes())
    return folder


def test_an_index_still_has_all_its_images(registry, tars):
    image = registry.image("team/multi:1")
    assert image.platforms == ["linux/amd64", "linux/arm64"]
    assert image.matches(tars["more/multi.tar"])


def test_the_pruned_tag_is_gone_and_the_newest_stays(registry, tars):
    assert not registry.image("team/old:1").exists
    assert registry.image("team/old:2").matches(tars["old-2.tar"])
    assert registry.tags("team/app") == ["1.0", "stable"]


def test_what_was_pruned_can_be_seeded_again(registry, tars):
    assert registry.image("team/again:1").matches(tars["old-1.tar"])


def test_disk_use_fell():
    full, pruned = (int((FOLDER / name).read_text().split()[0]) for name in ("full.kb", "pruned.kb"))
    assert pruned < full - 5000  # the layer of 6 MB that only team/old:1 had


def test_the_second_converge_wrote_nothing():
    log = [json.loads(line) for line in (FOLDER / "second.jsonl").read_text().splitlines()]
    assert log
    assert [entry for entry in log if entry["method"] in WRITES] == []
