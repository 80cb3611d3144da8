# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What stores/protocols.py says of a source, for every kind of source."""

from __future__ import annotations

import pickle

from registry_api_v2_client.images.model import images_of
from registry_api_v2_client.reference import digest_of
from store_kinds import SOURCES, any_source, content_of, run


def with_source(kind, tmp_path, docker_save_tar, call):
    async def main():
        async with SOURCES[kind](tmp_path, docker_save_tar) as source:
            return await call(source)

    return run(main())


def layers(source):
    return [layer for entry in source.entries for image in images_of(entry.node) for layer in image.layers]


@any_source
def test_entries_are_values_with_names_and_complete_images(kind, tmp_path, docker_save_tar):
    async def call(source):
        return source.label, source.entries

    label, entries = with_source(kind, tmp_path, docker_save_tar, call)
    assert isinstance(label, str) and label
    assert entries and all(entry.names and entry.label and entry.node.complete for entry in entries)
    assert pickle.loads(pickle.dumps(entries)) == entries  # nothing in them is open


@any_source
def test_the_body_of_a_piece_has_its_size_and_digest(kind, tmp_path, docker_save_tar):
    async def call(source):
        found = []
        for layer in layers(source):
            data = await content_of(await source.body(layer.member, None))
            found.append((layer, data, await source.digest(layer.member), await source.diagnose(layer.member)))
        return found

    found = with_source(kind, tmp_path, docker_save_tar, call)
    assert found
    for layer, data, digest, now in found:
        assert (len(data), digest, now) == (layer.member.size, digest_of(data), digest_of(data))
        assert layer.descriptor is None or layer.descriptor.digest == digest


@any_source
def test_a_body_is_made_as_often_as_it_is_asked_for(kind, tmp_path, docker_save_tar):
    async def call(source):
        piece = layers(source)[0].member
        first, second = await source.body(piece, None), await source.body(piece, None)
        return await content_of(first), await content_of(second), await content_of(second)

    assert len(set(with_source(kind, tmp_path, docker_save_tar, call))) == 1


@any_source
def test_configs_are_held_or_are_pieces(kind, tmp_path, docker_save_tar):
    async def call(source):
        (image,) = images_of(source.entries[0].node)
        data = image.config.data or await content_of(await source.body(image.config_member, None))
        return image.config_descriptor, data

    descriptor, data = with_source(kind, tmp_path, docker_save_tar, call)
    assert (digest_of(data), len(data)) == (descriptor.digest, descriptor.size)


@any_source
def test_sound_layers_are_verified(kind, tmp_path, docker_save_tar):
    async def call(source):
        return [await source.verify(layer) for layer in layers(source)]

    assert set(with_source(kind, tmp_path, docker_save_tar, call)) == {""}
