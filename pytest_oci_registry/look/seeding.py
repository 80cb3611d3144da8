# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Images put into a registry without a client: the bytes come from the tar maker, straight through a source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ..tars import ImageSpec, Layout, SavedTar
from ..tars.build import build
from ..tars.images import OCI_MANIFEST, Image, Index, split_name
from .source import Source

if TYPE_CHECKING:
    Seed = Union[str, ImageSpec, SavedTar]


def seed_images(source: Source, prefix: str, seed: Seed) -> list[str]:
    """Put a name (`app:1`), an ImageSpec or all images of a docker_save_tar in; return their names there.

    A registry host in a name is dropped. Raises TypeError for anything else, ValueError for an image without a name.
    """
    done = []
    for image in built_images(seed):
        if not image.names:
            raise ValueError("an image without a name cannot be seeded: give it one")
        for name in image.names:
            repository, tag = split_name(without_host(name))
            put_image(source, prefix + repository, tag, image)
            done.append(f"{prefix}{repository}:{tag}")
    return done


def built_images(seed: Seed) -> tuple[Union[Image, Index], ...]:
    """The images with their bytes."""
    if isinstance(seed, SavedTar):
        return seed.built
    spec = ImageSpec((seed,)) if isinstance(seed, str) else seed
    if not isinstance(spec, ImageSpec):
        raise TypeError(f"seed a name, an ImageSpec or what docker_save_tar returns, not {type(seed).__name__}")
    return (build(spec, Layout.OCI),)


def without_host(name: str) -> str:
    """The name without `registry:5000/`, by docker's rule: a first part with a dot or colon, or localhost."""
    first, slash, rest = name.partition("/")
    return rest if slash and ("." in first or ":" in first or first == "localhost") else name


def put_image(source: Source, repository: str, reference: str, image: Union[Image, Index]) -> None:
    """Blobs first, then manifests by digest, then the reference."""
    if isinstance(image, Index):
        for child in image.children:
            if child.present:
                put_image(source, repository, child.manifest.digest, child)
        for manifest, blobs in image.attestations:
            for blob in blobs:
                source.put_blob(repository, blob.digest, blob.size, blob.chunks())
            source.put_manifest(repository, manifest.digest, OCI_MANIFEST, manifest.read())
        source.put_manifest(repository, reference, image.media_type, image.blob.read())
        return
    stored = [layer.blob for layer in image.layers if not layer.urls]
    for blob in {blob.digest: blob for blob in [image.config, *stored]}.values():
        source.put_blob(repository, blob.digest, blob.size, blob.chunks())
    source.put_manifest(repository, reference, image.manifest_type, image.manifest.read())
