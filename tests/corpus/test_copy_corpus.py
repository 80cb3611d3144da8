# Copyright (c) 2026, the registry_api.v2 contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every image of the collection is pushed, copied to docker-registry and from there to a third registry, unchanged."""

from __future__ import annotations

import asyncio

import pytest
from corpus_cases import cases
from registry_api_v2_client import CopyImage, CopyOptions, Login, PushOptions, RegistryClient, Settings, Source
from registry_api_v2_client.archive.reader import open_archive

CASES = [case for case in cases() if case.accepted]


def sources(case):
    """Return one source for each image of a tar that can be picked by its number."""
    repository = "corpus/" + case.entry["sha256"][:16]
    with open_archive(case.path) as archive:
        return [
            Source(str(case.path), repository, (f"i{entry.number}",), str(entry.number)) for entry in archive.entries
        ]


def client(registry):
    return RegistryClient(Settings(registry.url, Login(anonymous=True)))


@pytest.mark.skipif(not CASES, reason="the folder of real tars is not beside this checkout")
def test_every_image_is_the_same_after_two_copies(registry_factory):
    first, second, third = (registry_factory(backend=kind) for kind in ("embedded", "process", "embedded"))

    async def main():
        async with client(first) as one, client(second) as two, client(third) as three:
            options = PushOptions(continue_on_error=True, referrers="false")  # a copy leaves them behind
            await one.push([source for case in CASES for source in sources(case)], options)
            images = [CopyImage(name) for name in sorted(first.snapshot())]
            options = CopyOptions(continue_on_error=True)
            results = [await two.copy(images, options, source=one), await three.copy(images, options, source=two)]
            return images, results, [await three.copy(images, options, source=two)]

    images, results, again = asyncio.run(main())
    assert len(images) > 170
    assert [result.error for result in results] == [None, None]
    assert third.snapshot() == first.snapshot() and not again[0].changed
    for repository in {name.rpartition(":")[0] for name in first.snapshot()}:
        assert set(third.store.manifests(repository)) == set(first.store.manifests(repository))
