# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each line of the table in docs/faults.md, through the modules, on the embedded registry and on docker-registry."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fault_rows import ROWS, SURVIVED, down_for

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
CASES = [
    pytest.param((row, step, backend), id=f"{backend}-{step}-{row.often}-{row.fault}")
    for row in ROWS for step in row.steps for backend in row.backends
]


def test_the_document_holds_exactly_these_lines():
    listed = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ") and "| Steps |" not in line]
    assert listed == [row.line for row in ROWS]


@dataclass
class Case:
    """One line at one step of one backend: its registry and what the task is."""

    row: Any
    step: str
    registry: Any
    repository: str
    modules: Any
    tars: dict
    options: dict
    met: Any = None  # the rule, where there is one

    @property
    def tar(self):
        return self.tars["big" if "stall" in self.row.rule and self.step.startswith("upload_p") else "small"]

    @property
    def image(self):
        return self.registry.image(f"{self.repository}:1")

    def push(self, tar=None, **options):
        words = {"path": str((tar or self.tar).path), "name": self.repository, "tags": ["1"], **self.options, **options}
        return self.modules("docker_tar_push", **{name: value for name, value in words.items() if value is not None})

    def prepare(self):
        """Put in what the step needs to be asked for."""
        if self.step == "manifest_get":
            self.push(self.tars["other"])
            return
        wants_it = self.step in ("blob_get", "tags", "catalog", "manifest_delete")
        if wants_it or (self.step == "manifest_head" and "wrong_digest" in self.row.rule):
            self.push()

    def task(self, **options):
        """Run the module that sends the step's request."""
        if self.step == "tags":
            return self.modules("registry_tags_info", name=self.repository, **self.options, **options)
        if self.step == "catalog":
            return self.modules("registry_info", **self.options, **options)
        if self.step == "manifest_delete":
            return self.modules("registry_image_delete", name=self.repository, tags=["1"], **self.options, **options)
        return self.push(**self.push_options(), **options)

    def push_options(self):
        if self.step == "upload_patch":
            return {"chunk_size": "200K" if self.tar is self.tars["small"] else "12M"}
        if self.step == "upload_mount":
            images = [{"path": str(self.tar.path), "name": name, "tags": ["1"]}
                      for name in (self.repository, f"{self.repository}-too")]
            return {"images": images, "path": None, "name": None, "tags": None}
        if self.step == "blob_get":
            return {"verify_existing": True}
        return {}

    def check_done(self, result):
        """The task did what it was for, and doing it again changes nothing."""
        assert not result.get("failed"), result.get("msg")
        if self.step == "tags":
            assert result["tags"] == ["1"]
        elif self.step == "catalog":
            assert self.repository in result["repositories"]
        elif self.step == "manifest_delete":
            assert result["changed"] and not self.image.exists
        else:
            assert self.image.matches(self.tar)
            with self.registry.unchanged():
                again = self.push(**self.push_options())
            assert not again["changed"] and not again.get("failed")

    def check_met(self):
        """The fault has happened, as often as the row says."""
        assert self.met is None or self.met.hits == 1 or (self.row.often == "always" and self.met.hits)

    def check_failed(self, result):
        """One sentence, no half image, and what was there before is whole."""
        assert result.get("failed"), "this cannot have worked"
        assert result["error"]["code"] == self.row.outcome, result["msg"]
        assert self.row.words in result["msg"] and "\n" not in result["msg"] and "exception" not in result
        if self.image.exists:
            assert self.image.matches(self.tar) or self.image.matches(self.tars["other"])


@pytest.fixture
def case(request, opened, repository, modules, tars, connection):
    row, step, backend = request.param
    registry = opened(backend, token="expire" in row.rule or step == "token")
    yield Case(row, step, registry, repository, modules, tars, connection(registry))
    registry.rules.clear()
    registry.requests.clear()


@contextmanager
def going_wrong(case, opened):
    """Let the row's fault happen while the block runs; it must have happened."""
    rule, registry = dict(case.row.rule), case.registry
    if "down" in rule:
        with down(case, rule["down"]):
            yield
        return
    if rule.pop("lie", False):
        digest = case.image.layers[0].digest
        cure = registry.lie_about(registry.repository(case.repository), digest)
        yield
        if cure is not None:
            cure.end()
        return
    if "redirect" in rule:
        rule["redirect"] = elsewhere(case, opened, rule["redirect"])
    if case.step == "upload_put" and ("after_bytes" in rule or rule.get("reset_after")):
        rule["ref"] = case.tar.images[0].layers[-1].digest  # the config is too small for that
    with registry.fail(case.step, **rule) as case.met:
        yield


def elsewhere(case, opened, place):
    """Where a redirect leads: to this registry, or to another one: with the image, without it, or with a login."""
    if place == "itself":
        return case.registry.url
    other = opened("embedded", token=True) if place == "other" else opened("twin")
    if place == "twin":
        tar = case.tars["other" if case.step == "manifest_get" else "small"]
        words = {"registry_url": other.url, "path": str(tar.path), "name": case.repository, "tags": ["1"]}
        assert not case.modules("docker_tar_push", **words).get("failed")
    return other.url


@contextmanager
def down(case, seconds):
    """Let nobody answer: from the start, or from the moment at which the step's request is there."""
    if case.step == "ping":
        with down_for(case.registry, seconds):
            yield
        return
    held = case.registry.slow(case.step, seconds=30, times=1)
    watcher = threading.Thread(target=down_at, args=(case.registry, held, seconds))
    watcher.start()
    yield
    watcher.join()


def down_at(registry, held, seconds):
    while not held.hits:
        time.sleep(0.01)
    with down_for(registry, seconds):
        time.sleep(seconds + 0.2)


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_line_of_the_table(case, opened):
    case.prepare()
    with going_wrong(case, opened):
        result = case.task(**case.row.options)
    if case.row.outcome == SURVIVED:
        case.check_done(result)
    else:
        case.check_failed(result)
        case.check_done(case.task())
    case.check_met()
