# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup image_digest in templates: digests, logins, errors, and what it costs the registry."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import yaml

LOOKUP = "registry_api.v2.image_digest"
PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "lookup" / "image_digest.py"


def seeded(registry, *names):
    """Seed images and return their digests."""
    return [registry.image(name).digest for name in registry.seed(*names)]


@pytest.fixture
def look(play, tmp_path):
    """Call it with named Jinja expressions and variables: what each gave, or the error of its task."""

    def run(expressions, **variables):
        out = tmp_path / "results"
        out.mkdir()
        tasks = [
            {"ansible.builtin.copy": {"dest": f"{out}/{name}", "content": "{{ [" + text + "] | to_json }}"},
             "ignore_errors": True, "register": "result_" + name}
            for name, text in expressions.items()
        ]
        tasks += [{
            "ansible.builtin.copy": {"dest": f"{out}/{name}.error", "content": "{{ result_" + name + ".msg }}"},
            "when": f"result_{name} is failed",
        } for name in expressions]
        played = play(tasks, **variables)
        assert played.status == 0, played.output
        return {file.name: file.read_text() if file.suffix else json.loads(file.read_text())
                for file in out.iterdir()}

    return run


def test_digests_cost_one_head_request_each(look, registry):
    app, tools = seeded(registry, "team/app:1.4", "team/tools:latest")
    image = f"{registry.netloc}/team/app:1.4"
    found = look({
        "tag": f"lookup('{LOOKUP}', image)",
        "list": f"lookup('{LOOKUP}', image, wantlist=True)",
        "order": f"query('{LOOKUP}', 'team/tools', 'team/app:1.4', 'team/tools', registry_url=url)",
        "pinned": f"lookup('{LOOKUP}', '{registry.netloc}/team/app:old@{app}')",
    }, image=image, url=registry.url)
    assert found == {"tag": [app], "list": [[app]], "order": [[tools, app, tools]], "pinned": [app]}
    assert {(entry.method, entry.path) for entry in registry.requests if "/manifests/" in entry.path} == {
        ("HEAD", "/v2/team/app/manifests/1.4"), ("HEAD", "/v2/team/tools/manifests/latest"),
        ("HEAD", f"/v2/team/app/manifests/{app}"),
    }
    assert len([entry for entry in registry.requests if "tools" in entry.path]) == 1
    assert registry.requests.writes == []


def test_errors_are_one_sentence(look, registry):
    registry.seed("team/app:1.4")
    found = look({
        "absent": f"lookup('{LOOKUP}', '{registry.netloc}/team/app:1.5')",
        "number": f"lookup('{LOOKUP}', 5000, registry_url=url)",
        "name": f"lookup('{LOOKUP}', 'team/App', registry_url=url)",
        "scheme": f"lookup('{LOOKUP}', 'team/app', registry_url='ftp://registry')",
    }, url=registry.url)
    said = {"absent": "team/app:1.5", "number": "not int", "name": "capital letter", "scheme": "ftp"}
    assert {name for name in found if not name.endswith(".error")} == set()
    for name, words in said.items():
        assert words in found[f"{name}.error"] and "Traceback" not in found[f"{name}.error"], found


def test_logins_are_those_of_the_modules(look, registry_factory, tmp_path):
    registry = registry_factory(auth=("ci", "pass-word"))
    (digest,) = seeded(registry, "team/app:1.4")
    found = look({
        "none": f"lookup('{LOOKUP}', image)",
        "given": f"lookup('{LOOKUP}', image, username='ci', password='pass-word')",
        "file": f"lookup('{LOOKUP}', image, config_path=file)",
    }, image=f"{registry.netloc}/team/app:1.4", file=str(registry.write_auth_file(tmp_path)))
    assert (found["given"], found["file"]) == ([digest], [digest])
    assert "login" in found["none.error"] and "pass-word" not in found["none.error"]


def test_examples_run(play, registry, tmp_path):
    app, _tools = seeded(registry, "team/app:1.4.2", "team/tools:1.0")
    (text,) = [node.value.value for node in ast.parse(PLUGIN.read_text()).body
               if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES"]
    for before, after in (("https://registry.example.com", registry.url), ("registry.example.com", registry.netloc),
                          ("/srv/images", str(tmp_path))):
        text = text.replace(before, after)
    played = play(yaml.safe_load(text), registry_password="secret")
    assert played.status == 0, played.output
    assert f"image: {registry.netloc}/team/app:1.4.2@{app}\n" in (tmp_path / "compose.yml").read_text()
