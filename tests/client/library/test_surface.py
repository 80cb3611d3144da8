# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What is public: names, types, and what importing them costs."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import registry_api_v2_client
from doc_blocks import ROOT
from registry_api_v2_client import PushOptions, Settings
from registry_api_v2_client.options import Push
from registry_api_v2_client.settings import Connection, Login, Tls

HOME = Path(registry_api_v2_client.__file__).parents[1]
PUBLIC = {
    "CopyImage", "CopyOptions", "CopyResult",
    "RegistryClient", "RegistryConfig", "Settings", "Login", "Tls",
    "check_registry_connectivity", "push_docker_tar", "push_docker_tar_with_original_tags",
    "push_docker_tar_with_all_original_tags", "list_repositories", "list_tags", "get_image_info", "get_manifest",
    "delete_image", "delete_image_by_digest",
    "extract_original_tags", "get_primary_tag", "parse_repository_tag", "validate_docker_tar", "get_tar_manifest",
    "inspect_docker_tar",
    "BlobInfo", "ManifestInfo", "ImageInspect", "ImageConfig", "LayerInfo", "Source", "PushOptions", "PushResult",
    "RegistryError", "TarReadError", "ValidationError", "ConnectionFailedError", "RefusedError", "AuthenticationError",
    "NotFoundError", "__version__",
}  # fmt: skip
USER = """
from __future__ import annotations

from typing import Any

from registry_api_v2_client import (
    ImageInspect, PushOptions, RegistryClient, RegistryConfig, Source, get_image_info, get_primary_tag,
    inspect_docker_tar, push_docker_tar,
)


def show(digest: str, done: int, total: int) -> None:
    print(digest, done, total)


async def work() -> None:
    digest: str = await push_docker_tar("a.tar", "http://localhost", "app", "1", password="x", progress=show)
    info: dict[str, Any] = await get_image_info("http://localhost", "app", digest, platform="linux/arm64")
    async with RegistryClient(RegistryConfig.from_env()) as registry:
        result = await registry.push([Source("a.tar")], PushOptions(compare="digest"), progress=show)
        tags: list[str] = await registry.list_tags("app")
    print(info, result.changed, tags)


repository, tag = get_primary_tag("a.tar")
image: ImageInspect = inspect_docker_tar("a.tar")
print(repository.upper(), tag.upper(), image.layers[0].size + 1)
"""
WRONG = {
    "an unknown keyword": 'await push_docker_tar("a.tar", "http://localhost", passwort="x")',
    "a wrong type": 'await push_docker_tar("a.tar", "http://localhost", retries="x")',
    "a missing argument": "await push_docker_tar()",
    "a result that is no int": 'n: int = await push_docker_tar("a.tar", "http://localhost")',
}


def python(script: str, *flags: str) -> str:
    """What a bare interpreter prints that finds this package and what is installed."""
    done = subprocess.run(
        [sys.executable, *flags, "-c", f"import sys; sys.path.insert(0, {str(HOME)!r})\n{script}"],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_names_are_these():
    assert set(registry_api_v2_client.__all__) == PUBLIC
    assert len(registry_api_v2_client.__all__) == len(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there_and_says_what_it_is(name):
    found = getattr(registry_api_v2_client, name)
    assert name == "__version__" or found.__doc__
    assert name in dir(registry_api_v2_client)


def test_star_import_gives_all_of_them():
    names: dict[str, object] = {}
    exec("from registry_api_v2_client import *", names)
    assert names.keys() >= PUBLIC


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        registry_api_v2_client.nothing  # noqa: B018


def test_the_version_is_the_project_s():
    assert f'version = "{registry_api_v2_client.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_importing_the_package_loads_nothing_else_of_it():
    script = "import registry_api_v2_client; print([m for m in sys.modules if m.startswith('registry_api_v2_client.')])"
    assert python(script) == "[]"


@pytest.mark.parametrize("names", ["extract_original_tags", "RegistryError, BlobInfo, Settings, RegistryConfig"])
def test_what_talks_to_no_registry_needs_no_aiohttp(names):
    script = f"from registry_api_v2_client import {names}; print(sorted({{'aiohttp', 'yarl'}} & set(sys.modules)))"
    assert python(script) == "[]"


def test_without_aiohttp_a_call_says_what_is_missing():
    script = """
sys.modules["aiohttp"] = None
import asyncio
from registry_api_v2_client import RegistryError, list_tags
try:
    asyncio.run(list_tags("http://localhost:1", "app"))
except RegistryError as error:
    print(error.code, "aiohttp" in error.hint)
"""
    assert python(script) == "no-aiohttp True"


def test_it_runs_with_assertions_stripped_and_warnings_as_errors():
    script = "from registry_api_v2_client import *; print(parse_repository_tag('a:1'))"
    assert python(script, "-OO", "-W", "error") == "('a', '1')"


def test_the_keywords_of_functions_are_the_fields_of_settings_and_rules():
    fields = {field.name for kind in (Settings, Login, Tls) for field in dataclasses.fields(kind)}
    assert set(Connection.__annotations__) == fields - {"url", "login", "tls", "timeout", "total_timeout"}
    rules = {field.name for field in dataclasses.fields(PushOptions)} - {"original_tags", "continue_on_error"}
    assert set(Push.__annotations__) - set(Connection.__annotations__) == rules | {"progress"}


def test_the_package_says_that_it_is_typed():
    assert (Path(registry_api_v2_client.__file__).parent / "py.typed").is_file()


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_mypy_passes_a_sound_program_and_finds_the_mistakes_of_another(tmp_path):
    lines = "".join(f"    {line}\n" for line in WRONG.values())
    (tmp_path / "sound.py").write_text(USER)
    (tmp_path / "wrong.py").write_text(
        f"from registry_api_v2_client import push_docker_tar\n\nasync def work() -> None:\n{lines}"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "sound.py", "wrong.py"], cwd=tmp_path,
        capture_output=True, text=True, check=False, env={"MYPYPATH": str(HOME)},
    )
    found = re.findall(r"^(\w+)\.py:(\d+): error", done.stdout, re.MULTILINE)
    assert found == [("wrong", str(number)) for number in range(4, 4 + len(WRONG))], done.stdout + done.stderr
