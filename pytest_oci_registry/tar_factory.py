# Copyright (c) 2026, the registry_api.v2 contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
"""The fixture docker_save_tar: short words for the tar maker."""

from __future__ import annotations

import re
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Union

from .tars import SUFFIXES, ImageSpec, SavedTar, TarOptions, save_tar

_IMAGE = tuple(field.name for field in fields(ImageSpec))
_TAR = tuple(field.name for field in fields(TarOptions))
_OWN = ("platform", "gzip", "broken", "filename")


class TarFactory:
    """Call it for one more tar in the test's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, *images: Union[str, ImageSpec], **words: Any) -> SavedTar:
        """A tar. Strings are the names of one image, which `words` describe; several images are given as ImageSpec.

        Words: the fields of ImageSpec (`layers`, `size`, `labels`, `platforms`, `attestations`, `duplicate_layers`,
        `seed`...), of TarOptions (`layout`, `manifest_at`, `links`, `headers`, `outer`, `dot_slash`), and `platform`,
        `gzip=True`, `broken`, `filename`. Raises TypeError for an unknown word, ValueError for an unknown value.
        """
        check_words(words)
        options = {name: words.pop(name) for name in (*_TAR, "broken") if name in words}
        filename = words.pop("filename", None) or self._next_name(images, options.get("outer"))
        return save_tar(self._folder / filename, *specs(images, words), **options)

    def _next_name(self, images: tuple[Union[str, ImageSpec], ...], outer: Any) -> str:
        self._count += 1
        name = images[0] if images and isinstance(images[0], str) else "images"
        return f"{re.sub(r'[^A-Za-z0-9.]+', '-', name).strip('-')}-{self._count}.tar{SUFFIXES.get(outer, '')}"


def check_words(words: dict[str, Any]) -> None:
    """Refuse words that mean nothing. Raises TypeError with the nearest one."""
    known = (*_IMAGE, *_TAR, *_OWN)
    for word in words:
        if word not in known:
            nearest = get_close_matches(word, known, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise TypeError(f"docker_save_tar has no word {word!r}{hint}")


def specs(images: tuple[Union[str, ImageSpec], ...], words: dict[str, Any]) -> list[ImageSpec]:
    """The images that are meant: those given, or one with all the names."""
    given = [image for image in images if isinstance(image, ImageSpec)]
    names = tuple(image for image in images if isinstance(image, str))
    if given and (names or words):
        raise TypeError("give either names and words for one image, or ImageSpec values for several, not both")
    if given:
        return given
    if "platform" in words:
        words["platforms"] = (words.pop("platform"),)
    if words.pop("gzip", False):
        words["compression"] = "gzip"
    return [ImageSpec(names, **words)]
