# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whose word is believed about what a layer became: our own record's and the operator's, nobody else's."""

from __future__ import annotations

import io
import tarfile

import pytest
from compressing import (
    BIG,
    Reads,
    config_data,
    gzip_by_another,
    layer_data,
    layers,
    push,
    put_image,
    sha256,
)
from registry_api_v2_client.copying.compression.known_layers import _by_numbers, named_manifest
from registry_api_v2_client.errors import ValidationError

DIGEST = sha256(b"any")


def foreign_layer():
    """Return a layer that was never part of the image: what an attacker wants to be installed."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as file:
        member = tarfile.TarInfo("etc/cron.d/evil")
        member.size = 4
        file.addfile(member, io.BytesIO(b"evil"))
    return gzip_by_another(data.getvalue())


def layer_digests(registry, name):
    return [layer.digest for layer in registry.image(name).layers]


@pytest.mark.parametrize("size", ["60kB", BIG])
def test_a_poisoned_manifest_of_the_repository_is_never_used(registry, docker_save_tar, size):
    """A good config paired with a foreign layer: podman installed it, and skopeo copies it."""
    tar = docker_save_tar("app:1", layers=layers("good", size=size))
    evil = foreign_layer()
    put_image(registry, "app", "9", config_data(tar), [evil])
    result = push(registry, tar)
    assert result.error is None
    assert registry.image("app:1").matches(tar)
    assert sha256(evil) not in layer_digests(registry, "app:1")


def test_a_pair_of_the_repository_is_used_without_compressing_where_the_operator_trusts_it(
    registry, docker_save_tar, monkeypatch
):
    tar = docker_save_tar("app:1", layers=layers("good", "better"))
    theirs = [gzip_by_another(data) for data in layer_data(tar)]
    put_image(registry, "app", "0", config_data(tar), theirs)
    with Reads().counted(monkeypatch) as reads:
        result = push(registry, tar, reuse_trust=True)
    assert layer_digests(registry, "app:1") == [sha256(data) for data in theirs]
    assert registry.image("app:1").matches(tar)
    assert result.bytes_uploaded == 0
    assert max(reads.of_layers(tar)) <= 512


def test_without_trust_the_same_pair_costs_time_and_ours_is_sent(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("good"))
    theirs = gzip_by_another(layer_data(tar)[0])
    put_image(registry, "app", "0", config_data(tar), [theirs])
    push(registry, tar)
    assert layer_digests(registry, "app:1") != [sha256(theirs)]


def test_manifests_named_by_digest_are_trusted_from_another_repository_too(registry, docker_save_tar, monkeypatch):
    tar = docker_save_tar("app:1", layers=layers("good", "better"))
    theirs = [gzip_by_another(data) for data in layer_data(tar)]
    named = put_image(registry, "golden", "0", config_data(tar), theirs)
    with Reads().counted(monkeypatch) as reads:
        result = push(registry, tar, reuse_from=(f"golden@{named}",))
    assert layer_digests(registry, "app:1") == [sha256(data) for data in theirs]
    assert [record["mounted"] for record in result.images()] == [2]
    assert max(reads.of_layers(tar)) <= 512


def test_a_trusted_pair_whose_blob_is_gone_is_not_used(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("good"))
    theirs = gzip_by_another(layer_data(tar)[0])
    named = put_image(registry, "app", "0", config_data(tar), [theirs])
    registry.forget_blob("app", sha256(theirs))
    push(registry, tar, reuse_from=(f"app@{named}",))
    assert registry.image("app:1").matches(tar)
    assert layer_digests(registry, "app:1") != [sha256(theirs)]


def test_a_manifest_that_is_not_what_its_digest_says_is_not_used(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("good"))
    named = put_image(registry, "app", "0", config_data(tar), [gzip_by_another(layer_data(tar)[0])])
    with registry.fail("manifest_get", corrupt=True, times=None, ref=named):
        push(registry, tar, reuse_from=(f"app@{named}",))
    assert registry.image("app:1").matches(tar)


def test_our_own_record_is_trusted(registry, registry_factory, docker_save_tar, tmp_path, monkeypatch):
    tar = docker_save_tar("app:1", layers=layers("one", "two", size="200kB"))
    tmp_path.chmod(0o700)
    record = str(tmp_path / "layers.sqlite")
    first = push(registry, tar, cache_path=record)
    with Reads().counted(monkeypatch) as reads:
        again = push(registry, tar, cache_path=record, compare="digest")
    assert (again.changed, again.digest) == (False, first.digest)
    assert max(reads.of_layers(tar)) <= 512


def test_what_the_record_knows_but_the_registry_has_not_is_compressed_and_sent(
    registry, registry_factory, docker_save_tar, tmp_path
):
    tar = docker_save_tar("app:1", layers=layers("one"))
    tmp_path.chmod(0o700)
    other = registry_factory()
    for target in (registry, other):
        push(target, tar, cache_path=str(tmp_path / "layers.sqlite"))
        assert target.image("app:1").matches(tar)


def test_a_record_that_others_may_write_stops_the_push_before_any_write(registry, docker_save_tar, tmp_path):
    tar = docker_save_tar("app:1", layers=layers("one"))
    tmp_path.chmod(0o777)
    with registry.unchanged(), pytest.raises(ValidationError, match="may be written by others"):
        push(registry, tar, cache_path=str(tmp_path / "layers.sqlite"))


@pytest.mark.parametrize("text", ["app:1", "app", f"reg.example.com/app@{DIGEST}"])
def test_reuse_from_needs_a_digest_and_no_registry(text, registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("one"))
    with pytest.raises(ValidationError, match="does not name a manifest of this registry by its digest"):
        push(registry, tar, reuse_from=(text,))


def test_reuse_from_names_repository_and_digest():
    assert named_manifest(f"team/app@{DIGEST}") == ("team/app", DIGEST)
    assert named_manifest(f"team/app:1.2@{DIGEST}") == ("team/app", DIGEST)


def test_newest_first_is_by_numbers():
    assert sorted(["1.9", "1.10", "latest", "1.9-rc1", "2"], key=_by_numbers)[-2:] == ["1.10", "2"]


def test_predictions_cost_a_bounded_number_of_requests(registry, docker_save_tar):
    tar = docker_save_tar("app:1", layers=layers("good"))
    registry.seed(*(f"app:0.{number}" for number in range(30)))
    push(registry, tar)
    assert len(registry.requests.filter(operation="manifest_get")) <= 1 + 8  # the tag itself, and the newest
    assert len(registry.requests.filter(operation="blob_get")) <= 8
