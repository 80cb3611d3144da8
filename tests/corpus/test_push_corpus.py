# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every tar of the collection ends as its verdict says, on the embedded registry and on a real one.

`accept`: pushed, and the validator (every blob read back, digests, sizes, diff_ids of unpacked layers) agrees with the
index. `sound`: one clear error with nothing tagged, or an image that the validator finds nothing wrong with.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from corpus_cases import Case, cases
from registry_api_v2_client.archive.reader import open_archive
from registry_api_v2_client.client import RegistryClient
from registry_api_v2_client.copying.request import PushOptions, Source
from registry_api_v2_client.copying.result import PushResult
from registry_api_v2_client.errors import RegistryError, TarReadError, ValidationError
from registry_api_v2_client.images.model import Entry
from registry_api_v2_client.settings import Settings

from pytest_oci_registry.registry import Registry
from pytest_oci_registry.validate import Report, validate

CASES = cases()
ACCEPTED = [case for case in CASES if case.accepted]
ODD = [case for case in CASES if not case.accepted]

# Accepted although the validator rightly complains: the registry has to hold these manifests byte for byte.
PLACEHOLDER = "holds .*, config .* names|its media type says application/vnd.oci.image.layer.v1.tar.gzip"
TOLERATED = {
    # layers are a line of text
    "layout-dirs-tarred/containers_image/delete_image_two_identical_references.tar": PLACEHOLDER,
    "layout-dirs-tarred/containers_image/delete_image_multiple_images.tar":
        PLACEHOLDER + "|has 584 bytes, the manifest says 585",
    "layout-dirs-tarred/google_go-containerregistry/test_index.tar":
        "the index says application/vnd.oci.image.manifest",
}


def test_the_tars_are_there() -> None:
    if not CASES and os.environ.get("CI") != "true":
        pytest.skip("the folder of real tars is not beside this checkout; generated ones cover the same layouts")
    assert len(CASES) == 284


@pytest.fixture(scope="module", params=["embedded", "process"])
def server(request: pytest.FixtureRequest, registry_factory_session: t.Callable[..., Registry]) -> Registry:
    return registry_factory_session(backend=request.param)


def name(case: Case) -> str:
    return case.entry["file"]


def repository(case: Case) -> str:
    return "corpus/" + case.entry["sha256"][:16]


def sources(case: Case) -> list[Source]:
    """Return one source for each image of the file, so that images without a name are pushed too."""
    with open_archive(case.path) as archive:
        return [
            Source(str(case.path), repository(case), (f"i{entry.number}",), picked(entry, archive.entries))
            for entry in archive.entries
        ]


def picked(entry: Entry, entries: tuple[Entry, ...]) -> str:
    """Return what `image` takes: a name that only this image has, else its number."""
    taken = [name for one in entries for name in one.names]
    return next((name for name in entry.names if taken.count(name) == 1), str(entry.number))


async def push(url: str, wanted: list[Source]) -> PushResult:
    async with RegistryClient(Settings(url)) as client:
        return await client.push(wanted, PushOptions(continue_on_error=True))


def pushed(case: Case, server: Registry) -> PushResult:
    return asyncio.run(push(server.url, sources(case)))


def reports(result: PushResult, server: Registry) -> list[Report]:
    return [
        validate(server.url, image["repository"], image["tags"][0])
        for image in result.images() if image["status"] != "failed"
    ]


@pytest.mark.parametrize("case", ACCEPTED, ids=name)
def test_an_accepted_tar_becomes_what_its_index_says(case: Case, server: Registry, tmp_path: Path) -> None:
    result = pushed(case, server)
    assert result.error is None, result.message()
    found = reports(result, server)
    assert [problem for report in found for problem in report.problems if not tolerated(case, problem)] == []
    images = {(image.config_digest, image.diff_ids) for report in found for image in report.images}
    assert case.images <= images
    referrers = {one["digest"] for image in result.images() for one in image["referrers"]}
    assert case.manifests <= {image.digest for report in found for image in report.images} | referrers
    second = asyncio.run(push(server.url, sources(case)))
    assert not second.changed, second.message()
    if server.backend == "process" and name(case) not in TOLERATED:
        skopeo_reads_back(result, server, tmp_path)


def skopeo_reads_back(result: PushResult, server: Registry, folder: Path) -> None:
    for image in result.images():
        if image["platforms"]:
            source = f"docker://{server.netloc}/{image['repository']}:{image['tags'][0]}"
            command = ["skopeo", "copy", "--all", "--src-tls-verify=false", source, f"dir:{folder / image['tags'][0]}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
    shutil.rmtree(folder)


def tolerated(case: Case, problem: str) -> bool:
    return name(case) in TOLERATED and re.search(TOLERATED[name(case)], problem) is not None


@pytest.mark.parametrize("case", ODD, ids=name)
def test_an_odd_tar_is_refused_in_one_sentence_or_becomes_a_sound_image(case: Case, server: Registry) -> None:
    try:
        result = pushed(case, server)
    except (TarReadError, ValidationError) as error:
        assert_one_sentence(error)
        return
    for image in result.images():
        if image["error"] is not None:
            assert image["error"]["code"] not in ("refused", "hostile-answer"), image["error"]
            assert "\n" not in image["error"]["message"]
            assert all(not server.image(f"{image['repository']}:{tag}").exists for tag in image["tags"])
    assert [str(report) for report in reports(result, server) if report.problems] == []


def assert_one_sentence(error: RegistryError) -> None:
    assert "\n" not in error.message and error.hint and error.code
    assert error.path is not None and error.path.rpartition("/")[2] in error.message
