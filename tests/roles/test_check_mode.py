# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rehearsals of the roles: on a host that has nothing yet they tell what a run would do, and change nothing."""

from __future__ import annotations

import venv

import pytest


@pytest.fixture
def rehearse(play):
    """Call it with a role, its variables and an interpreter: the ended ansible-playbook --check."""
    return lambda role, python=None, **variables: play(role, "--check", python=python, **variables)


def test_seeding_a_fresh_host(rehearse, registry, docker_save_tar, tmp_path):
    venv.create(tmp_path / "bare", symlinks=True)
    (tmp_path / "wheels").mkdir()
    done = rehearse(
        "registry_seed", tmp_path / "bare" / "bin" / "python", registry_seed_url=registry.url,
        registry_seed_tars=[str(docker_save_tar("team/app:1"))], registry_seed_install="wheels",
        registry_seed_wheels=str(tmp_path / "wheels"), registry_seed_environment=str(tmp_path / "environment"),
    )
    assert done.returncode == 0, done.stdout
    assert "edge has no aiohttp yet. A run installs it (wheels)" in done.stdout
    assert not (tmp_path / "environment").exists() and not list(registry.requests)


@pytest.mark.parametrize("place", ["target", "copy"])
def test_seeding_says_what_would_be_pushed(rehearse, registry, docker_save_tar, place, tmp_path):
    done = rehearse(
        "registry_seed", registry_seed_url=registry.url, registry_seed_tars=[str(docker_save_tar("team/app:1"))],
        registry_seed_install="none", registry_seed_from=place, registry_seed_copy_path=str(tmp_path / "copies"),
    )
    assert done.returncode == 0, done.stdout
    assert f"would be pushed  {registry.netloc}/team/app:1" in done.stdout
    assert registry.requests.writes == [] and not (tmp_path / "copies").exists()


def test_a_registry_that_is_away_is_said_before_anything_is_read(rehearse, registry):
    registry.down()
    done = rehearse("registry_seed", registry_seed_url=registry.url, registry_seed_tars=["/nowhere"],
                    registry_seed_install="none")  # fmt: skip
    assert done.returncode != 0
    assert "[unreachable]" in done.stdout and "Look at the files" not in done.stdout


def test_pruning_says_what_would_go_and_why(rehearse, registry):
    for version in range(1, 4):
        registry.seed(f"team/app:{version}")
    registry.requests.clear()
    done = rehearse("registry_prune", registry_prune_url=registry.url,
                    registry_prune_rules=[{"name": "team/*", "keep_last": 1, "order_by": "version"}])  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "team/app: 2 manifests would go, 1 kept (1 newest)" in done.stdout
    assert registry.tags("team/app") == ["1", "2", "3"]


def test_more_than_the_limit_is_not_pruned(rehearse, registry):
    for version in range(1, 4):
        registry.seed(f"team/app:{version}")
    done = rehearse("registry_prune", registry_prune_url=registry.url, registry_prune_limit=1,
                    registry_prune_rules=[{"name": "team/app", "match": "."}])  # fmt: skip
    assert done.returncode != 0
    assert "would delete 3 manifests, and registry_prune_limit is 1; nothing was deleted" in done.stdout


@pytest.mark.parametrize(("rule", "said"), [
    ({"match": [], "keep_last": 0}, "Nothing to prune"),
    ({"match": [], "keep_last": 1, "order_by": "version"}, "Nothing to prune"),
    ({"keep_last": 0, "order_by": "version"}, "team/app: 2 manifests would go, 0 kept"),
    ({"match": None, "keep_last": 1, "order_by": "version"}, "team/app: 1 manifest would go, 1 kept"),
], ids=str)  # fmt: skip
def test_nought_and_nothing_are_values_of_a_rule(rehearse, registry, rule, said):
    """A rule that lost its `match: []` would delete what it must not."""
    registry.seed("team/app:1", "team/app:2")
    done = rehearse("registry_prune", registry_prune_url=registry.url,
                    registry_prune_rules=[{"name": "team/app", **rule}])  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert said in done.stdout


def test_one_tar_needs_no_list(rehearse, registry, docker_save_tar):
    done = rehearse("registry_seed", registry_seed_url=registry.url, registry_seed_install="none",
                    registry_seed_tars=str(docker_save_tar("team/app:1")))  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"would be pushed  {registry.netloc}/team/app:1" in done.stdout


def test_what_failed_is_said_once_with_its_next_step(rehearse, registry, docker_save_tar):
    tar = {"path": str(docker_save_tar("team/app:1")), "name": "team/app", "tags": [1.1]}
    done = rehearse("registry_seed", registry_seed_url=registry.url, registry_seed_install="none",
                    registry_seed_tars=[tar])  # fmt: skip
    assert done.returncode != 0
    start = f"1 of 1 image was not seeded into {registry.netloc}: {registry.netloc} [tag-is-a-number] tags holds"
    assert start in done.stdout
    (sentence,) = [line for line in done.stdout.splitlines() if line.startswith("fatal:")]
    assert sentence.count("[tag-is-a-number]") == 1 and "Write it in quotes" in sentence
