# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""Image tars in the layouts of every tool, and broken ones: deterministic, streaming, without a daemon.

    from pytest_oci_registry.tars import ImageSpec, save_tar
    tar = save_tar("app.tar", ImageSpec(("team/app:1",), layers=3, size="30MB"), layout="podman")
    print(tar.config_digest, tar.diff_ids)

Nothing here needs pytest, aiohttp or a registry. Equal arguments give equal bytes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional, Union

from .broken import Broken, break_entries, cut_at, find_broken, junk
from .build import build
from .content import parse_size
from .docker import docker_entries
from .entries import Entry, header, placed, write_entries
from .images import Image, Index
from .oci import oci_entries
from .outer import SUFFIXES, opened
from .saved import SavedImage, SavedLayer, SavedTar, saved_image
from .spec import OCI_LAYOUTS, ImageSpec, LayerSpec, Layout, TarOptions, find_layout

__all__ = ["OCI_LAYOUTS", "SUFFIXES", "Broken", "ImageSpec", "LayerSpec", "Layout", "SavedImage", "SavedLayer",
           "SavedTar", "TarOptions", "parse_size", "save_tar"]


def save_tar(path: Union[str, os.PathLike[str]], *images: Union[str, ImageSpec],
             layout: Union[str, Layout] = Layout.DOCKER, broken: Union[str, Broken, None] = None,
             **options: Any) -> SavedTar:
    """Write a tar of the images and say what it holds.

    A string is an image of that name with default layers. `options` are the fields of TarOptions: manifest_at, links,
    headers, outer, dot_slash. Sizes are bytes or words such as "3MB". Raises ValueError for an unknown word, for
    several platforms in a layout without indexes, and for a breakage that the layout cannot have.
    """
    written = TarOptions(layout=find_layout(layout), **options)
    kind = find_broken(broken)
    specs = [ImageSpec((image,)) if isinstance(image, str) else image for image in images]
    built = [build(spec, written.layout, kind) for spec in specs]
    check(written, kind)
    entries = placed(members(built, written), "first" if kind is Broken.TRUNCATED else written.manifest_at)
    write(Path(path), break_entries(entries, kind), written, kind)
    return SavedTar(Path(path), tuple(saved_image(image, written.layout) for image in built), written.layout, kind,
                    tuple(built))


def members(built: Sequence[Union[Image, Index]], options: TarOptions) -> list[Entry]:
    """All members of the tar, in the layout's own order."""
    if options.layout in OCI_LAYOUTS:
        return oci_entries(built, options)
    return docker_entries([image for image in built if isinstance(image, Image)], options)


def write(path: Path, entries: Sequence[Entry], options: TarOptions, broken: Optional[Broken]) -> None:
    """Write the members, or what a breakage leaves of them, to the file."""
    rubbish = junk(broken)
    if rubbish is not None:
        path.write_bytes(rubbish)
        return
    with opened(path, options.outer) as out:
        write_entries(out, entries, options, holes=options.outer is None)
    end = end_of(path, entries, options, broken)
    if end is not None:
        os.truncate(path, end)


def end_of(path: Path, entries: Sequence[Entry], options: TarOptions, broken: Optional[Broken]) -> Optional[int]:
    """Offset at which a breakage ends the file; None where it stays whole."""
    if broken is Broken.TRUNCATED_OUTER:
        return path.stat().st_size // 2
    return cut_at(list(entries), broken, lambda listed: offsets(listed, options))


def check(options: TarOptions, broken: Optional[Broken]) -> None:
    """Refuse a cut in the compressed file that is meant for the tar, and the reverse. Raises ValueError."""
    if broken in (Broken.TRUNCATED, Broken.TRUNCATED_HEADER) and options.outer:
        raise ValueError(f"broken={broken.value!r} cuts the tar itself: leave outer out, or use 'truncated-outer'")
    if broken is Broken.TRUNCATED_OUTER and not options.outer:
        raise ValueError("broken='truncated-outer' needs outer='gzip' or another compression")


def offsets(entries: Sequence[Entry], options: TarOptions) -> list[int]:
    """Where the header of each member begins, in bytes from the start of the tar."""
    places, offset = [], 0
    for entry in entries:
        places.append(offset)
        offset += len(header(entry, options)) + -(-entry.size // 512) * 512
    return places
