# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module's page against its argument spec: names, types, defaults, choices, aliases, environment variables."""

from __future__ import annotations

import ast
import importlib
import os
import re

import pytest
import yaml
from ansible_collections.registry_api.v2.plugins.module_utils import _module

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..", ".."))
FILES = os.listdir(os.path.join(ROOT, "plugins", "modules"))
MODULES = sorted(name[:-3] for name in FILES if name.endswith(".py") and name[0] != "_")
COLLECTION = "ansible_collections.registry_api.v2.plugins"
KEYS = ("type", "elements", "choices", "default", "required")


class Built(Exception):
    """Ends a module's main at the point where its spec is known."""


@pytest.fixture
def spec_of(monkeypatch):
    def find(name):
        module = importlib.import_module(f"{COLLECTION}.modules.{name}")

        def caught(spec, **_words):
            raise Built(spec)

        monkeypatch.setattr(module, "registry_module", caught)
        with pytest.raises(Built) as built:
            module.main()
        return built.value.args[0]

    return find


def page(name, part="DOCUMENTATION"):
    return yaml.safe_load(getattr(importlib.import_module(f"{COLLECTION}.modules.{name}"), part))


def fragments(document):
    """The documents of all fragments that a page extends."""
    found = []
    for reference in document["extends_documentation_fragment"]:
        name, _dot, part = reference.replace("registry_api.v2.", "").partition(".")
        fragment = importlib.import_module(f"{COLLECTION}.doc_fragments.{name}").ModuleDocFragment
        found.append(yaml.safe_load(getattr(fragment, part.upper() or "DOCUMENTATION")))
    return found


def documented(name):
    document = page(name)
    options = {}
    for part in [*fragments(document), document]:
        options.update(part.get("options") or {})
    return options


def described(option):
    return " ".join(option["description"]) if isinstance(option["description"], list) else option["description"]


def compare(spec, options, where):
    assert sorted(spec) == sorted(options), where
    for name, option in options.items():
        declared = spec[name]
        assert sorted(declared.get("aliases", [])) == sorted(option.get("aliases", [])), f"{where}: {name}"
        for key in KEYS:
            expected = {"type": "str"}.get(key) if key == "type" else False if key == "required" else None
            assert declared.get(key, expected) == option.get(key, expected), f"{where}: {key} of {name}"
        if "options" in declared or "suboptions" in option:
            compare(declared["options"], option["suboptions"], f"{where}: {name}")


@pytest.mark.parametrize("name", MODULES)
def test_options_are_documented_as_they_are(name, spec_of):
    compare(spec_of(name).options, documented(name), name)


@pytest.mark.parametrize("name", MODULES)
def test_environment_variables_are_documented(name, spec_of):
    for option, declared in spec_of(name).options.items():
        for variable in declared.get("fallback", (None, []))[1]:
            assert f"E({variable})" in described(documented(name)[option]), option


@pytest.mark.parametrize("name", MODULES)
def test_rules_name_options_that_exist(name, spec_of):
    spec = spec_of(name)
    for rule in (*spec.required_together, *spec.mutually_exclusive, *spec.required_one_of):
        assert set(rule) <= set(spec.options)


@pytest.mark.parametrize("name", MODULES)
def test_no_secret_is_shown(name, spec_of):
    for option, declared in spec_of(name).options.items():
        if re.search("password|token|secret|key", option):
            assert "no_log" in declared, option


@pytest.mark.parametrize("name", MODULES)
def test_the_page_says_what_a_reader_looks_for(name):
    document = page(name)
    assert document["module"] == name and not document["short_description"].endswith(".")
    attributes = {}
    for part in [*fragments(document), document]:
        for attribute, words in (part.get("attributes") or {}).items():
            attributes.setdefault(attribute, {}).update(words)
    assert attributes["check_mode"]["support"] == attributes["idempotent"]["support"] == "full"
    assert attributes["diff_mode"]["support"] == ("N/A" if name.endswith("_info") else "full")
    assert attributes["action_group"]["membership"] == ["registry_api.v2.registry"]
    assert document["seealso"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_named_tasks_of_full_names(name):
    tasks = [inner for task in page(name, "EXAMPLES") for inner in task.get("block", [task])]
    actions = [key for task in tasks for key in task if "." in key]
    assert len(actions) == len(tasks) and all(task["name"] for task in tasks)
    assert f"registry_api.v2.{name}" in actions


@pytest.mark.parametrize("name", MODULES)
def test_returned_values_are_described_to_the_last_key(name):
    def check(values, where):
        for key, value in values.items():
            assert value["description"] and value["returned"] and value["type"], f"{where}.{key}"
            assert "contains" in value or "sample" in value, f"{where}.{key}"
            assert value["type"] != "list" or "elements" in value, f"{where}.{key}"
            check(value.get("contains", {}), f"{where}.{key}")

    check(page(name, "RETURN"), name)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_documentation_and_two_lines(name):
    with open(os.path.join(ROOT, "plugins", "modules", f"{name}.py")) as source:
        tree = ast.parse(source.read())
    docs = {"DOCUMENTATION", "EXAMPLES", "RETURN"}
    code = [node for node in tree.body if not (isinstance(node, ast.Assign) and node.targets[0].id in docs)]
    assert sum(node.end_lineno - node.lineno + 1 for node in code) <= 35


def test_the_action_group_lists_every_module():
    with open(os.path.join(ROOT, "meta", "runtime.yml")) as source:
        assert yaml.safe_load(source)["action_groups"]["registry"] == MODULES


def test_an_option_given_twice_is_an_error():
    with pytest.raises(ValueError, match="name"):
        _module.Spec({"name": {}}) + _module.Spec({"name": {}})
