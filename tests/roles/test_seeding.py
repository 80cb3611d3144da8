# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""registry_seed as a whole: one module call for all images, one total in the report, copies that nobody can prepare."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from stranger import ROOT

from pytest_oci_registry.tars import ImageSpec

SEED = ROOT / "roles" / "registry_seed"


def tars_of(docker_save_tar, *names):
    return [str(docker_save_tar(ImageSpec((name,), seed=name), filename=f"{name[-1]}.tar")) for name in names]


@pytest.fixture
def seed(play, registry):
    """Call it with tars and variables: the ended play, at a registry on this machine."""
    given = {"url": registry.url, "install": "none"}

    def run(tars, *words, **variables):
        named = {f"registry_seed_{name}": value for name, value in {**given, "tars": tars, **variables}.items()}
        return play("registry_seed", *words, **named)

    return run


def test_one_total_counts_everything_and_verifying_is_one_task(seed, registry, docker_save_tar, tmp_path):
    tars = tars_of(docker_save_tar, "team/app:1", "team/app:2", "team/app:3")
    registry.seed(docker_save_tar(ImageSpec(("team/app:3",), seed="team/app:3"), filename="same.tar"))
    cut = tmp_path / "cut.tar"
    cut.write_bytes(Path(tars[0]).read_bytes()[:3000])
    (tmp_path / "more").mkdir()
    Path(tars[1]).rename(tmp_path / "more" / "2.tar")
    listed = [tars[0], str(tmp_path / "more"), tars[2], str(cut), str(tmp_path / "absent.tar")]
    done = seed(listed, verify="manifest")
    assert done.returncode != 0
    assert f"5 images for {registry.netloc}: 2 pushed, 1 unchanged, 2 failed; " in done.stdout
    assert f"2 of 5 images were not seeded into {registry.netloc}: " in done.stdout
    task = done.stdout.partition(": Look at what was pushed]")[2].partition("\nTASK [")[0]
    assert task.count("[edge]") == 1


def test_what_the_registry_lost_after_the_push_is_found(seed, registry, docker_save_tar):
    tars = tars_of(docker_save_tar, "team/app:1", "team/app:2")
    assert seed(tars, verify="none").returncode == 0
    with registry.fail("manifest_get", status=404, times=None, ref="1"):
        done = seed(tars, verify="blobs")
    assert done.returncode != 0
    said = f"1 of 2 images were not seeded into {registry.netloc}: {registry.netloc}/team/app:1 [not-verified]"
    assert said in done.stdout


def test_copies_are_in_a_private_folder_that_is_removed(seed, registry, docker_save_tar, tmp_path):
    """A folder that another user made beforehand, under a name that everybody knows, is not used."""
    (tmp_path / "copies" / "registry-seed").mkdir(parents=True)
    (tmp_path / "copies" / "registry-seed" / "theirs").touch()
    tars = tars_of(docker_save_tar, "team/app:1", "team/app:2")
    done = seed(tars, "-v", **{"from": "copy", "copy_path": str(tmp_path / "copies")})
    assert done.returncode == 0, done.stdout
    assert registry.tags("team/app") == ["1", "2"]
    task = done.stdout.partition(": Copy the tars]")[2].partition("\nTASK [")[0]
    assert task.count(f'"dest": "{tmp_path}/copies/registry-seed-') == 2
    assert [path.name for path in (tmp_path / "copies").rglob("*")] == ["registry-seed", "theirs"]


def test_a_second_run_copies_nothing(seed, registry, docker_save_tar, tmp_path):
    tars = tars_of(docker_save_tar, "team/app:1", "team/app:2")
    registry.seed(*(docker_save_tar(ImageSpec((f"team/app:{n}",), seed=f"team/app:{n}")) for n in (1, 2)))
    with registry.unchanged():
        done = seed(tars, **{"from": "copy", "copy_path": str(tmp_path / "copies")})
    assert done.returncode == 0, done.stdout
    assert f"2 images for {registry.netloc}: 2 unchanged." in done.stdout
    assert not (tmp_path / "copies").exists()


def test_no_module_of_this_collection_is_called_in_a_loop():
    """A loop pays for a start of Python each time; the modules take lists."""
    looped = [
        task["name"]
        for file in (SEED / "tasks").glob("*.yml")
        for task in yaml.safe_load(file.read_text()) or []
        if "loop" in task and any(name.startswith("registry_api.v2.") for name in task)
    ]
    assert looped == []
