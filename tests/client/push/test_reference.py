# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Names of images as docker reads them, names of repositories, URLs of registries."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_api_v2_client.errors import ValidationError
from registry_api_v2_client.reference import ImageName, check_repository, check_tag, parse_image_name, parse_registry

HEX = "0123456789abcdef" * 4

# The grammar that github.com/distribution/reference documents in reference.go, put together from its productions.
LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
DOMAIN = rf"(?:{LABEL}(?:\.{LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
GRAMMAR = re.compile(
    rf"(?:(?P<host>{DOMAIN})/)?(?P<path>{COMPONENT}(?:/{COMPONENT})*)(?::(?P<tag>[0-9A-Za-z_][0-9A-Za-z_.-]{{0,127}}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def by_docker(text):
    """Return the parts as docker takes them, None where it refuses the name."""
    head, slash, _rest = text.partition("/")
    has_host = slash and ("." in head or ":" in head or head == "localhost" or head.lower() != head)
    found = GRAMMAR.fullmatch(text if has_host else f"docker.io/{text}")
    if found is None or (has_host and found["host"] != head):
        return None
    return ImageName(head if has_host else None, found["path"], found["tag"], found["digest"])


def by_us(text):
    try:
        return parse_image_name(text)
    except ValidationError:
        return None


pieces = st.sampled_from([
    "a", "app", "A", "App", "0", ".", "-", "--", "_", "__", "___", "/", "//", ":", "@", "localhost", "docker.io",
    "[::1]", "5000", "latest", "1.0", "\n", " ", "\N{LATIN SMALL LETTER E WITH ACUTE}", f"sha256:{HEX}", "sha256:ab",
    "reg.io:5000",
])


@given(st.lists(pieces, max_size=8).map("".join))
def test_a_name_means_what_it_means_to_docker(text):
    assert by_us(text) == by_docker(text)


words = st.from_regex(re.compile(COMPONENT), fullmatch=True).filter(lambda word: len(word) < 40)
hosts = st.sampled_from([None, "reg.io", "reg.io:5000", "localhost", "[::1]:80", "REG", "10.0.0.1"])


@given(
    hosts, st.lists(words, min_size=1, max_size=4).map("/".join),
    st.none() | st.from_regex("[A-Za-z0-9_]", fullmatch=True), st.sampled_from([None, f"sha256:{HEX}"]),
)
def test_what_is_written_is_read_again(host, repository, tag, digest):
    name = ImageName(host, repository if host else f"a/{repository}", tag, digest)
    assert parse_image_name(str(name)) == name


@pytest.mark.parametrize(("text", "host", "repository"), [
    ("mirror.example.com/docker.io/library/nginx:1", "mirror.example.com", "docker.io/library/nginx"),
    ("MYREG/team/app:1", "MYREG", "team/app"),
    ("localhost:5000", None, "localhost"),
    ("a-b/c:1", None, "a-b/c"),
])
def test_hosts(text, host, repository):
    found = parse_image_name(text)
    assert (found.host, found.repository) == (host, repository)


@pytest.mark.parametrize(
    "text", ["reg.io./app", "a.-b/app", "[::1/app", "a b/c", "App", "a/App:1", "reg.io/", "/app", "a:1:2"]
)
def test_names_that_docker_refuses(text):
    assert by_us(text) is None


def test_a_mirror_has_repositories_that_look_like_hosts():
    assert check_repository("docker.io/library/nginx") == "docker.io/library/nginx"
    with pytest.raises(ValidationError, match=r'the host "docker\.io".*\n.*Write name: library/nginx'):
        check_repository("docker.io/library/nginx", host=False)


@pytest.mark.parametrize(
    "name", ["reg.io:5000/app", "app:1", "App", "a//b", "", "a/", "-a", "a" * 256, "a\n", "a@b", "a___b"]
)
def test_names_that_are_no_repository(name):
    with pytest.raises(ValidationError) as caught:
        check_repository(name)
    assert caught.value.code == "bad-name" and check_repository(caught.value.hint.split("name: ")[1].partition(";")[0])


@pytest.mark.parametrize("tag", ["", "-a", ".a", "a" * 129, "a:b", "a/b", "1\n", "\N{ARABIC-INDIC DIGIT ONE}"])
def test_words_that_are_no_tag(tag):
    with pytest.raises(ValidationError) as caught:
        check_tag(tag)
    assert caught.value.code == "bad-tag" and caught.value.message.isprintable()


@pytest.mark.parametrize("url", [
    "admin:secret@reg.io", "http://admin:secret@reg.io", "https://admin:se/secret@reg.io", "admin:secret:x@reg.io/v2",
    "https://u:p@secret@reg.io", "https://reg.io:secret", "//admin:secret@reg.io", "ftp://admin:secret@reg.io",
])
def test_a_refused_url_does_not_show_a_password(url):
    with pytest.raises(ValidationError) as caught:
        parse_registry(url)
    assert caught.value.code == "bad-url" and ("secret" not in str(caught.value) or url == "https://reg.io:secret")


@pytest.mark.parametrize(
    "url", ["", "http://", "ftp://reg.io", "https://reg.io/team", "http://reg.io:99999", "http://r?x=1", "http://[::1"]
)
def test_urls_that_are_refused(url):
    with pytest.raises(ValidationError) as caught:
        parse_registry(url)
    assert caught.value.code == "bad-url" and caught.value.message.isprintable()


@pytest.mark.parametrize("url", ["docker.io", "index.docker.io", "http://index.docker.io/v1/", "https://docker.io/"])
def test_docker_hub_is_known_by_all_its_names(url):
    assert parse_registry(url).url == "https://registry-1.docker.io"


def test_the_path_of_the_old_api_is_not_advised_as_a_prefix():
    with pytest.raises(ValidationError, match="no longer in use, /v1/; leave that out") as caught:
        parse_registry("https://registry.example.com/v1/")
    assert "prefix: v1" not in str(caught.value)


def test_the_hint_about_a_name_names_no_option_that_a_module_lacks():
    with pytest.raises(ValidationError) as caught:
        check_repository("app:1")
    assert "tags" not in caught.value.hint


@given(st.text(max_size=30))
def test_any_url_is_a_registry_or_one_sentence(text):
    found, error = parsed(text)
    if error is None:
        assert parse_registry(found.url) == found
    else:
        assert error.code == "bad-url" and error.message.isprintable()


def parsed(text):
    try:
        return parse_registry(text), None
    except ValidationError as error:
        return None, error
