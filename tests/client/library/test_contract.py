# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Every block of docs/api-reference.md, run as printed against docker-registry, gives what its comments promise."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import registry_api_v2_client
from doc_blocks import ROOT, Block, blocks_of, run_block
from registry_api_v2_client import RegistryConfig, RegistryError, TarReadError, ValidationError

from pytest_oci_registry.tars import ImageSpec, save_tar

PAGE = "api-reference.md"
BLOCKS = {block.name: block for block in blocks_of(PAGE)}
DIGEST = r"sha256:[0-9a-f]{64}"
PRINTED_URLS = ("http://localhost:15000", "http://slow-registry.com", "slow-registry.com")
SHELL_BLOCKS = {"Installation", "Environment variables", "A registry for development"}


class Page:
    """The page in a test's hands: a folder for its files, and the registry that stands for its URLs."""

    def __init__(self, registry, folder: Path, capsys) -> None:
        self.registry, self.folder, self._capsys = registry, folder, capsys
        self.names = {name: getattr(registry_api_v2_client, name) for name in registry_api_v2_client.__all__}
        self.names.update(
            asyncio=asyncio, time=time, dataclass=dataclasses.dataclass, registry_url=registry.url, __name__="__main__"
        )

    def tar(self, filename: str, *names: str, **words):
        return save_tar(self.folder / filename, ImageSpec(names or ("saved/app:1",), seed=filename, **words))

    def printed(self, name: str) -> str:
        """Run a block and return what it printed."""
        block = BLOCKS[name]
        run_block(self.text(block), self.names)
        if block.coroutine:
            asyncio.run(self.names[block.coroutine]())
        return self._capsys.readouterr().out

    def text(self, block: Block) -> str:
        text = block.text
        for url in PRINTED_URLS:
            text = text.replace(f'"{url}"', f'"{self.registry.url}"')
        return text


@pytest.fixture
def page(registry, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    return Page(registry, tmp_path, capsys)


pytestmark = pytest.mark.registry(backend="process")


def test_every_block_has_a_test_here():
    tested = {word for name, item in globals().items() if name.startswith("test_") for word in _named(item)}
    assert set(BLOCKS) - SHELL_BLOCKS - tested == set()


def _named(test) -> set[str]:
    return set(re.findall(r'"([^"\n]+)"', inspect.getsource(test)))


def test_quick_start(page):
    tar = page.tar("my-image.tar")
    assert re.search(f"^Pushed with digest: {DIGEST}$", page.printed("main"), re.MULTILINE)
    assert page.registry.image("myapp:latest").matches(tar)


def test_connectivity(page):
    assert page.printed("connectivity_example") == "Registry accessible: True\n"


def test_push(page):
    tar, large = page.tar("app.tar"), page.tar("large-app.tar")
    assert re.search(f"Pushed with digest: {DIGEST}", page.printed("push_example"))
    assert page.registry.image("mycompany/myapp:v1.2.3").matches(tar)
    assert page.registry.image("mycompany/large-app:latest").matches(large)


def test_push_with_original_tag(page):
    tar = page.tar("exported-image.tar", "localhost:5000/team/app:v3", "team/app:v4")
    assert re.search(f"original tag, digest: {DIGEST}", page.printed("push_with_original_tag"))
    assert page.registry.image("team/app:v3").matches(tar)
    assert page.registry.tags("team/app") == ["v3"]


def test_push_with_all_original_tags_gives_one_digest_for_all(page):
    page.tar("multi-tag-image.tar", "app:1", "app:2", "other/app:latest")
    printed = page.printed("push_all_original_tags")
    assert printed.startswith("Pushed 3 tags: ")
    assert len(set(re.findall(DIGEST, printed))) == 1
    assert page.registry.snapshot().keys() == {"app:1", "app:2", "other/app:latest"}


def test_list_repositories(page):
    page.registry.seed("app:1", "team/tool:2")
    assert page.printed("list_repos_example") == "Found 2 repositories:\n  - app\n  - team/tool\n"


def test_list_tags(page):
    page.registry.seed("mycompany/myapp:1", "mycompany/myapp:2", "app:1")
    first, *rest = page.printed("list_tags_example").splitlines()
    assert re.fullmatch(r"Tags for mycompany/myapp: \['[12]', '[12]'\]", first)
    assert rest == ["app: 1 tags", "mycompany/myapp: 2 tags"]


def test_image_info(page):
    page.registry.seed(ImageSpec(("myapp:latest",), layers=3, created="2026-01-02T03:04:05Z"))
    image = page.registry.image("myapp:latest")
    size = sum(entry["size"] for entry in [image.manifest["config"], *image.manifest["layers"]])
    assert page.printed("image_info_example").splitlines() == [
        "Architecture: amd64", "OS: linux", f"Size: {size:,} bytes", "Created: 2026-01-02T03:04:05Z", "Layers: 3",
    ]


def test_manifest(page):
    page.registry.seed("myapp:latest")
    image = page.registry.image("myapp:latest")
    assert page.printed("manifest_example").splitlines() == [
        "Schema version: 2", f"Media type: {image.manifest['mediaType']}",
        f"Config digest: {image.manifest['config']['digest']}", "Layers: 2", f"Manifest digest: {image.digest}",
    ]


def test_delete(page):
    page.registry.seed("myapp:v1.0.0")
    assert page.printed("delete_example") == "Image deleted successfully\n"
    assert page.printed("delete_example") == "Failed to delete image\n"
    assert not page.registry.image("myapp:v1.0.0").exists


def test_delete_by_digest(page):
    page.registry.seed("myapp:latest")
    assert page.printed("delete_by_digest_example") == "Deletion successful: True\n"
    assert not page.registry.image("myapp:latest").exists


@pytest.mark.parametrize(
    "name", ["extract_original_tags(tar_path: str) -> List[str]", "get_primary_tag(tar_path: str) -> Tuple[str, str]"]
)
def test_names_in_a_tar(page, name):
    for filename in ("exported-image.tar", "image.tar"):
        page.tar(filename, "myapp:latest", "myapp:v1.0.0", "myregistry.io/myapp:prod")
    promised = re.search(r"# Example output: (.*)", BLOCKS[name].text)[1]
    assert page.printed(name).strip().endswith(promised)


@pytest.mark.parametrize("name", ["RegistryConfig", "BlobInfo", "ManifestInfo"])
def test_types_have_the_printed_fields_and_properties(page, name):
    ours = getattr(registry_api_v2_client, name)
    page.printed(name)
    printed = page.names[name]
    assert [_shape(field) for field in dataclasses.fields(printed)] == [
        _shape(field) for field in dataclasses.fields(ours)[: len(dataclasses.fields(printed))]
    ]
    assert ours.__dataclass_params__.frozen
    one, other = (kind(**SAMPLES[name]) for kind in (printed, ours))
    properties = [key for key, value in vars(printed).items() if isinstance(value, property)]
    assert properties
    assert [getattr(one, key) for key in properties] == [getattr(other, key) for key in properties]


def _shape(field) -> tuple:
    return field.name, str(field.type), field.default


_BLOB = registry_api_v2_client.BlobInfo("sha256:0123456789abcdef", 5)
SAMPLES = {
    "RegistryConfig": {"url": "http://localhost:15000/"},
    "BlobInfo": {"digest": "sha256:0123456789abcdef", "size": 5},
    "ManifestInfo": {"schema_version": 2, "media_type": "a/b", "config": _BLOB, "layers": (_BLOB, _BLOB)},
}


def test_registry_error(page):
    assert page.printed("RegistryError").startswith("Registry error: ")


def test_tar_read_error(page):
    save_tar(page.folder / "corrupted.tar", "app:1", broken="truncated")
    assert page.printed("TarReadError").startswith("Tar file error: ")


def test_validation_error(page):
    save_tar(page.folder / "invalid.tar", "app:1", broken="not-json")
    assert page.printed("ValidationError").startswith("Invalid Docker tar: ")
    assert page.registry.repositories == []


@pytest.mark.parametrize(("broken", "kind", "word"), [
    ("not-json", ValidationError, "Invalid tar file: "), ("truncated", TarReadError, "Cannot read tar file: "),
])
def test_robust_push_of_a_bad_tar(page, broken, kind, word, capsys):
    save_tar(page.folder / "bad.tar", "app:1", broken=broken)
    run_block(page.text(BLOCKS["robust_push"]), page.names)
    with pytest.raises(kind):
        asyncio.run(page.names["robust_push"]("bad.tar", page.registry.url, "app", "1"))
    assert capsys.readouterr().out.startswith(word)


def test_robust_push(page, capsys):
    page.tar("app.tar")
    run_block(page.text(BLOCKS["robust_push"]), page.names)
    push = page.names["robust_push"]
    assert re.fullmatch(DIGEST, asyncio.run(push("app.tar", page.registry.url, "app", "1")))
    with pytest.raises(RegistryError):
        asyncio.run(push("app.tar", "http://127.0.0.1:1", "app", "1"))
    assert capsys.readouterr().out.startswith("Registry operation failed: ")


def test_concurrent_push(page):
    for name in ("app1.tar", "app2.tar", "app3.tar"):
        page.tar(name)
    printed = page.printed("concurrent_push_example")
    assert re.match(r"Pushed 3 images in \d+\.\d\d seconds\n", printed)
    assert re.search(f"company/app2:v1.0 -> {DIGEST}", printed)


def test_bulk_repository_info(page):
    page.registry.seed("app:latest", "tool:1")
    printed = page.printed("bulk_repository_info")
    assert re.search(r"app:\n  Tags: 1\n  Latest size: [\d,]+ bytes", printed)
    assert re.search(r"tool:\n  Tags: 1\n  Latest: Error - .*no manifest tool:latest", printed)


def test_one_failure_among_concurrent_operations(page):
    page.tar("app1.tar")
    page.tar("app2.tar")
    save_tar(page.folder / "bad.tar", "app:1", broken="truncated")
    printed = page.printed("robust_concurrent_operations")
    assert re.findall(r"Operation (\d) (succeeded|failed)", printed) == [
        ("1", "succeeded"), ("2", "succeeded"), ("3", "failed"),
    ]


def test_memory_block(page):
    for name in ("large-image.tar", *(f"image{number}.tar" for number in range(10))):
        page.tar(name)
    page.printed("Memory")
    assert page.registry.repositories == sorted(["repo", *(f"repo{number}" for number in range(10))])


def test_timeout_block(page):
    page.tar("small.tar")
    page.tar("large.tar")
    page.printed("Timeouts")
    assert page.registry.tags("repo") == ["tag"]


def test_pipeline(page):
    frontend = page.tar("frontend.tar", "frontend:3.1")
    page.tar("backend.tar", "backend:2.0")
    page.registry.seed(*(f"mycompany/old:{number}" for number in range(1, 6)))
    printed = page.printed("deploy_pipeline")
    assert "Skipping worker.tar - file not found" in printed
    assert re.search(r"mycompany/frontend:3\.1 - sha256:[0-9a-f]{5}\.\.\.", printed)
    assert printed.endswith("Pipeline completed!\n")
    assert page.registry.image("mycompany/frontend:3.1").matches(frontend)
    assert len(re.findall("^Deleted mycompany/old:", printed, re.MULTILINE)) == 2
    assert len(page.registry.tags("mycompany/old")) == 3


def test_environment_variables():
    block = next(block for block in blocks_of(PAGE) if block.heading == "Environment variables")
    ask = "from registry_api_v2_client import RegistryConfig as C; import logging; print(C.from_env());" \
          "print(logging.getLogger('registry_api_v2_client').isEnabledFor(logging.DEBUG))"
    script = f"{block.text}\nexec {sys.executable} -c \"{ask}\""
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout == f"{RegistryConfig('http://localhost:15000', 60)}\nTrue\n"


def test_the_development_registry_deletes():
    block = next(block for block in blocks_of(PAGE) if block.language == "yaml")
    assert 'REGISTRY_STORAGE_DELETE_ENABLED: "true"' in block.text
    assert '"15000:5000"' in block.text


def test_the_installed_name_is_this_project():
    commands = [block.text for block in blocks_of(PAGE) if block.heading == "Installation"]
    name = re.search(r'^name = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]
    assert commands == ["pip install .\n", f"pip install {name}\n"]


def _headings() -> list[str]:
    text = (ROOT / "docs" / PAGE).read_text()
    return re.findall(r"^#### `(\w+\(.*\) -> .*)`$", text, re.MULTILINE)


@pytest.mark.parametrize("heading", _headings())
def test_signatures_are_the_printed_ones(heading):
    name, words = re.match(r"(\w+)\((.*)\) ->", heading).groups()
    printed = [re.match(r"(\w+): (.*?)(?: = (.*))?$", word).groups() for word in words.split(", ")]
    found = inspect.signature(getattr(registry_api_v2_client, name)).parameters.values()
    positional = [parameter for parameter in found if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    assert [parameter.name for parameter in positional] == [word for word, _kind, _default in printed]
    for parameter, (_word, _kind, default) in zip(positional, printed):
        assert default is None or str(parameter.default) == default
    keywords = {"tar_path", "repo_tag"} & {parameter.name for parameter in positional}
    assert keywords or any(parameter.kind is parameter.VAR_KEYWORD for parameter in found)
