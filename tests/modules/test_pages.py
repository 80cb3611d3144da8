# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks on documentation pages, played as printed."""

from __future__ import annotations

import re

import pytest
import yaml
from doc_blocks import blocks_of

REGISTRY = "https://registry.example.com"


def tasks_of(page: str, heading: str, *, first_line: str = "") -> list[list[dict]]:
    """The YAML blocks below a heading, as lists of tasks."""
    return [
        yaml.safe_load(block.text) for block in blocks_of(page)
        if (block.language, block.heading) == ("yaml", heading) and block.text.startswith(first_line)
    ]


@pytest.fixture
def images(tmp_path, docker_save_tar):
    """The tars that pages speak of."""
    for name, image in (("app.tar", "team/app:1.4.2"), ("web.tar", "web:1")):
        (tmp_path / name).write_bytes(docker_save_tar(image, seed=name, filename=name).path.read_bytes())
    return tmp_path


def here(tasks: list[dict], folder, url: str) -> list[dict]:
    """The tasks with this test's folder and registry in place of the page's."""
    text = yaml.safe_dump(tasks, sort_keys=False).replace("/srv/images/", f"{folder}/").replace(REGISTRY, url)
    return yaml.safe_load(re.sub(r"path: (\w+\.tar)", rf"path: {folder}/\1", text))


def test_results_are_used_as_the_page_shows(images, registry, play, module_environment):
    module_environment["REGISTRY_URL"] = registry.url
    use, react = tasks_of("results-and-check-mode.md", "Use the result")
    checks = [{"name": "Check", "ansible.builtin.assert": {"that": [
        "deployed is match('sha256:[0-9a-f]{64}$')", "pushed.actions | length == 2",
    ]}}]
    played = play(here(use + checks, images, registry.url))
    assert played.status == 0, played.output
    registry.seed("team/app:1.4.2")
    played = play(here(react, images, registry.url))
    assert (played.status, played.failed) == (0, 0), played.output
    assert "tag-is-taken" in play(here(react, images, registry.url), "-v").output


def test_a_push_in_the_background_returns_what_others_do(images, registry, play, module_environment):
    module_environment.update(REGISTRY_URL=registry.url, ANSIBLE_ASYNC_DIR=str(images / "jobs"))
    (tasks,) = tasks_of("results-and-check-mode.md", "In the background")
    tasks[0]["registry_api.v2.docker_tar_push"]["progress_path"] = str(images / "push.json")
    tasks[1]["delay"] = 1
    check = {"name": "Check", "ansible.builtin.assert": {"that": ["pushed.images[0].status == 'pushed'"]}}
    played = play(here([*tasks, check], images, registry.url))
    assert (played.status, played.failed) == (0, 0), played.output
    assert '"ended": true' in (images / "push.json").read_text()
    assert registry.image("team/app:1.4.2").exists


@pytest.mark.parametrize("heading", ["From `command: docker`", "From `command: skopeo copy`", "From community.docker"])
def test_the_new_side_of_a_migration_works(images, registry_factory, play, heading):
    (tasks,) = tasks_of("migration.md", heading.strip("`"), first_line="# after")
    registry = registry_factory(auth=("ci", "secret"))
    login = {"username": "ci", "password": "secret"}
    for task in tasks:
        task["registry_api.v2.docker_tar_push"].update(login)
    played = play(here(tasks, images, registry.url), registry_password="secret")
    assert played.status == 0, played.output
    assert registry.image("team/app:1.4.2").exists
    assert play(here(tasks, images, registry.url), registry_password="secret").changed == 0


def test_a_number_as_tag_is_refused_with_its_code(images, play):
    (tasks,) = tasks_of("troubleshooting.md", "tag-is-a-number")
    played = play(here(tasks, images, "http://localhost:15000"))
    assert played.failed == 1 and "[tag-is-a-number]" in played.output, played.output
