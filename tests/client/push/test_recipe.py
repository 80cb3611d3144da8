# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Which library compresses, with or without the optional ones, and what is said when it cannot."""

from __future__ import annotations

import importlib.util
import sys
import zlib

import pytest
from registry_api_v2_client.copying.compression.recipe import recipe
from registry_api_v2_client.errors import ValidationError

DATA = b"a line of text that compresses\n" * 50_000


def packed(how):
    packer = how.new()
    return packer.compress(DATA) + packer.flush()


@pytest.fixture
def without(monkeypatch):
    """Call it with names of libraries that shall be missing."""

    def remove(*names):
        for name in names:
            for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
                monkeypatch.delitem(sys.modules, loaded)
            monkeypatch.setitem(sys.modules, name, None)

    return remove


@pytest.mark.skipif(importlib.util.find_spec("isal") is None, reason="needs the Python library isal")
def test_igzip_comes_first_at_the_levels_that_are_the_same_everywhere():
    assert recipe("gzip", None).library.startswith("isal ")
    assert [recipe("gzip", level).library.split()[0] for level in (0, 1, 2)] == ["isal"] * 3


@pytest.mark.parametrize("level", range(10))
def test_levels_of_igzip_that_depend_on_the_processor_are_never_used(level, without):
    without("zlib_ng")
    how = recipe("gzip", level)
    assert how.level == level
    assert not (how.library.startswith("isal") and level > 2)
    assert zlib.decompress(packed(how), 31) == DATA


def test_without_igzip_and_zlib_ng_pythons_own_zlib_does_it(without):
    without("isal", "zlib_ng")
    how = recipe("gzip", None)
    assert how.library == f"zlib {zlib.ZLIB_RUNTIME_VERSION} level 1"
    assert zlib.decompress(packed(how), 31) == DATA


@pytest.mark.skipif(importlib.util.find_spec("zlib_ng") is None, reason="needs the Python library zlib_ng")
def test_zlib_ng_is_second(without):
    without("isal")
    how = recipe("gzip", None)
    assert how.library.startswith("zlib-ng ")
    assert zlib.decompress(packed(how), 31) == DATA


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_one_recipe_gives_the_same_bytes_each_time(kind):
    assert packed(recipe(kind, None)) == packed(recipe(kind, None))


def test_gzip_holds_no_time_and_no_name():
    head = packed(recipe("gzip", None))[:10]
    assert head[3] == 0  # no optional field
    assert head[4:8] == b"\0\0\0\0"


def test_a_level_makes_a_difference():
    assert len(packed(recipe("zstd", 19))) < len(packed(recipe("zstd", 1)))


@pytest.mark.parametrize(("kind", "level"), [("gzip", 10), ("gzip", -1), ("zstd", 20), ("zstd", -5)])
def test_a_level_that_does_not_exist_is_refused(kind, level):
    with pytest.raises(ValidationError, match=f"compression_level: {level} does not exist for {kind}"):
        recipe(kind, level)


def test_zstd_without_its_library_says_what_to_install(without):
    without("zstandard")
    with pytest.raises(ValidationError, match="Install python3-zstandard") as caught:
        recipe("zstd", None)
    assert caught.value.code == "bad-option"


def test_none_leaves_data_as_they_are():
    assert packed(recipe("none", None)) == DATA
