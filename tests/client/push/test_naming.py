# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Names in an archive and words of a task become repositories and tags."""

from __future__ import annotations

import json

import pytest
from registry_api_v2_client.copying.naming import check_source, chosen_entries, targets
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.errors import RegistryError
from registry_api_v2_client.images.config import Config
from registry_api_v2_client.images.descriptor import Descriptor
from registry_api_v2_client.images.model import Entry, Image
from registry_api_v2_client.reference import digest_of


def entry(*names: str, number: int = 1) -> Entry:
    config = json.dumps({"number": number}).encode()
    image = Image(Config(config), Descriptor("application/json", digest_of(config), len(config)), None, ())
    return Entry(number, names, image, names[0] if names else f"image {number}")


def named(source: Source, *names: str, **options: str) -> list[str]:
    return [f"{repo}:{tag}" for repo, tag in targets(source, entry(*names), PushOptions(**options), "reg.example.com")]


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("nginx:1", "nginx:1"),
        ("docker.io/library/nginx:1", "library/nginx:1"),
        ("registry.io:5000/team/app:1", "team/app:1"),
        ("localhost/app:1", "app:1"),
        ("localhost:5000/app", "app:latest"),
        ("team/app", "team/app:latest"),
    ],
)
def test_an_original_name_keeps_its_path_and_loses_its_host(original: str, expected: str) -> None:
    assert named(Source("a.tar"), original) == [expected]


def test_keep_puts_the_original_host_into_the_repository() -> None:
    assert named(Source("a.tar"), "registry.io/team/app:1", original_registry="keep") == ["registry.io/team/app:1"]


def test_keep_refuses_a_host_with_a_port() -> None:
    with pytest.raises(RegistryError, match="no repository name can hold"):
        named(Source("a.tar"), "registry.io:5000/app:1", original_registry="keep")


def test_prefix_comes_first_whether_the_name_is_given_or_original() -> None:
    assert named(Source("a.tar"), "nginx:1", prefix="library") == ["library/nginx:1"]
    assert named(Source("a.tar", "app", ("2",)), "nginx:1", prefix="team") == ["team/app:2"]


def test_name_alone_keeps_the_original_tags() -> None:
    assert named(Source("a.tar", "team/app"), "x/app:1", "x/app:latest") == ["team/app:1", "team/app:latest"]


def test_tags_alone_keep_the_original_repositories() -> None:
    assert named(Source("a.tar", None, ("7",)), "app:1", "app:2", "other:1") == ["app:7", "other:7"]


def test_first_takes_the_first_name_only() -> None:
    assert named(Source("a.tar"), "app:1", "app:2", original_tags="first") == ["app:1"]


def test_a_bare_tag_of_an_oci_layout_needs_a_name() -> None:
    assert named(Source("a.tar", "app"), "1.0") == ["app:1.0"]
    with pytest.raises(RegistryError) as caught:
        named(Source("a.tar"), "1.0")
    assert caught.value.code == "untagged"


def test_an_image_without_a_name_is_refused_until_name_and_tags_are_given() -> None:
    with pytest.raises(RegistryError) as caught:
        named(Source("a.tar", "app"))
    assert caught.value.code == "untagged"
    assert named(Source("a.tar", "app", ("1",))) == ["app:1"]


def test_an_empty_list_of_tags_asks_for_nothing() -> None:
    assert named(Source("a.tar", "app", ()), "app:1") == []
    assert named(Source("a.tar", None, ()), "app:1") == []


def test_a_name_that_breaks_the_grammar_is_refused() -> None:
    with pytest.raises(RegistryError) as caught:
        named(Source("a.tar"), "UPPERCASE:1")
    assert caught.value.code == "bad-image-name"


@pytest.mark.parametrize(("wanted", "number"), [("app:1", 1), ("other:2", 2), ("2", 2), ("reg.io/app:1", 1)])
def test_image_picks_by_name_with_or_without_host_or_by_number(wanted: str, number: int) -> None:
    entries = (entry("reg.io/app:1"), entry("other:2", number=2))
    assert [found.number for found in chosen_entries(Source("a.tar", image=wanted), entries)] == [number]


def test_image_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(RegistryError, match="holds no image app:9; it holds app:1"):
        chosen_entries(Source("a.tar", image="app:9"), (entry("app:1"),))


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        (Source("a", "reg.io/app"), PushOptions(), "bad-name"),
        (Source("a", "app:1"), PushOptions(), "bad-name"),
        (Source("a", "app", ("-x",)), PushOptions(), "bad-tag"),
        (Source("a", "app"), PushOptions(prefix="Team"), "bad-name"),
    ],
)
def test_bad_grammar_is_refused_before_anything_is_read(source: Source, options: PushOptions, code: str) -> None:
    with pytest.raises(RegistryError) as caught:
        check_source(source, options)
    assert caught.value.code == code
